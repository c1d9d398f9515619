"""Classifiers against scikit-learn's pipelines and an explicit grid search."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.svm import LinearSVC

from foolproof.core.errors import FoolproofError
from foolproof.probes.evaluation import evaluate
from foolproof.probes.features import unit_length
from foolproof.probes.logistic_regression import TOLERANCE, train_probes

NAMES = ("ant", "bee", "cat", "dog")
SETTINGS: dict[str, Any] = {
    "folds": 5,
    "seed": 3,
    "C_values": [1, 0.1, 10, 100],
    "neighbours": [1, 3, 5, 9],
    "max_iter": 10000,
}


def make(each: int, *, spread: float = 1.5, seed: int = 0) -> tuple[NDArray[Any], NDArray[Any]]:
    """Make rectified features of four classes that overlap, and their labels."""
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(NAMES)), each)
    centres = np.random.default_rng(99).normal(size=(len(NAMES), 12))
    noise = spread * generator.normal(size=(len(labels), 12))
    return np.maximum(centres[labels] + noise, 0), labels


def normalized(features: NDArray[Any]) -> NDArray[Any]:
    return unit_length(torch.from_numpy(features)).numpy().astype(float)


@pytest.mark.parametrize(
    ("name", "classifier", "parameter", "grid"),
    [
        (
            "logistic_regression",
            LogisticRegression(tol=TOLERANCE, max_iter=10000),
            "C",
            [0.1, 1, 10, 100],
        ),
        ("svm", LinearSVC(dual=False, max_iter=10000), "C", [0.1, 1, 10, 100]),
        ("knn", KNeighborsClassifier(), "n_neighbors", [1, 3, 5, 9]),
    ],
)
def test_train_probes_equals_grid_search_on_pipelines(
    name: str, classifier: Any, parameter: str, grid: list[float]
) -> None:
    (features, labels), (unseen, truth) = make(20), make(40, seed=1)
    probe = train_probes(normalized(features), labels, NAMES, **SETTINGS)[name]
    accuracies = []
    for value in grid:
        pipeline = make_pipeline(Normalizer(), classifier.set_params(**{parameter: value}))
        parts = StratifiedKFold(5, shuffle=True, random_state=3).split(features, labels)
        accuracies.append(
            [
                balanced_accuracy_score(
                    labels[held_out],
                    pipeline.fit(features[rest], labels[rest]).predict(features[held_out]),
                )
                for rest, held_out in parts
            ]
        )
    assert probe.grid == grid
    np.testing.assert_allclose(probe.validation, accuracies, atol=1e-9)
    best = grid[int(np.argmax(np.mean(accuracies, axis=1)))]
    assert probe.chosen == best
    pipeline = make_pipeline(Normalizer(), classifier.set_params(**{parameter: best}))
    expected = balanced_accuracy_score(truth, pipeline.fit(features, labels).predict(unseen))
    predicted = probe.predict(normalized(unseen))
    found = evaluate(truth, predicted, len(NAMES))
    assert found.accuracy["value"] == pytest.approx(expected)


def test_ties_choose_the_strongest_penalty_or_the_fewest_neighbours() -> None:
    features, labels = make(10, spread=0.01)
    probes = train_probes(normalized(features), labels, NAMES, **SETTINGS)
    chosen = {name: probe.chosen for name, probe in probes.items()}
    assert chosen == {"logistic_regression": 0.1, "svm": 0.1, "knn": 1}


def test_train_probes_is_reproducible_by_seed() -> None:
    features, labels = make(12)
    first, second = (train_probes(features, labels, NAMES, **SETTINGS) for _ in range(2))
    for name, probe in first.items():
        np.testing.assert_array_equal(probe.validation, second[name].validation)
        np.testing.assert_array_equal(probe.predict(features), second[name].predict(features))
    other = train_probes(features, labels, NAMES, **{**SETTINGS, "seed": 4})
    assert any((other[name].validation != first[name].validation).any() for name in first)


def test_folds_are_limited_by_the_smallest_class() -> None:
    features, labels = make(6)
    kept = np.delete(np.arange(24), [0, 1, 2])
    probes = train_probes(features[kept], labels[kept], NAMES, **SETTINGS)
    assert {probe.validation.shape for probe in probes.values()} == {(4, 3)}


def test_neighbours_above_the_size_of_a_fold_are_dropped() -> None:
    features, labels = make(2)
    probes = train_probes(features, labels, NAMES, **SETTINGS)
    assert probes["knn"].grid == [1, 3]


def test_classes_with_fewer_than_two_images_are_rejected_by_name() -> None:
    features, labels = make(3)
    kept = np.delete(np.arange(12), [0, 1, 3, 4, 5])
    with pytest.raises(FoolproofError) as error:
        train_probes(features[kept], labels[kept], NAMES, **SETTINGS)
    assert str(error.value) == (
        "cross-validation needs at least two training images of every class; "
        "there are of ant: 1, bee: 0"
    )


def test_all_images_of_a_fold_take_the_place_of_neighbours_that_are_all_too_many() -> None:
    features, labels = make(2)
    probes = train_probes(features, labels, NAMES, **{**SETTINGS, "neighbours": [9, 5]})
    assert probes["knn"].grid == [4]


def test_missing_convergence_is_said(caplog: pytest.LogCaptureFixture) -> None:
    features, labels = make(10)
    probes = train_probes(features, labels, NAMES, **{**SETTINGS, "max_iter": 3})
    message = "LogisticRegression did not converge within 3 iterations; allow more by max_iter"
    assert message in caplog.messages
    assert not probes["logistic_regression"].converged
    assert probes["knn"].converged


def test_one_class_alone_is_refused() -> None:
    features, labels = make(10)
    with pytest.raises(FoolproofError, match="one class only, Beagle; expected two or more"):
        train_probes(features[labels == 0], labels[labels == 0], ["Beagle"], **SETTINGS)
