"""Logistic regression, linear SVM and k-NN on frozen features, tuned by cross-validation."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from foolproof.core.errors import FoolproofError

log = logging.getLogger(__name__)

# Features of unit length have small gradients: with scikit-learn's default tolerance of 1e-4 a
# strongly regularized logistic regression stops after its first step.
TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Probe:
    """A classifier of features, and the grid search that tuned it on the training images."""

    search: GridSearchCV
    """Refitted on all training images with the chosen hyperparameter."""

    chosen: float
    """The hyperparameter: C of the linear classifiers, k of k-NN."""

    grid: list[float]
    """The hyperparameters tried, ascending."""

    training: NDArray[np.float64]
    """Mean-per-class accuracy on the training folds, (grid, folds)."""

    validation: NDArray[np.float64]
    """Mean-per-class accuracy on the validation fold, (grid, folds)."""

    converged: bool
    """Whether every fit did, within the iterations that it had."""

    def predict(self, features: NDArray[Any]) -> NDArray[Any]:
        """Predict the labels (N,) of features (N, D)."""
        predicted: NDArray[Any] = self.search.predict(features)
        return predicted


def train_probes(
    features: NDArray[Any],
    labels: NDArray[Any],
    classes: Sequence[str],
    *,
    folds: int,
    seed: int,
    C_values: Sequence[float],  # noqa: N803 (the symbol of the literature)
    neighbours: Sequence[int],
    max_iter: int,
) -> dict[str, Probe]:
    """Train a logistic regression, a linear SVM and a k-nearest-neighbour classifier.

    The logistic regression is multinomial. The SVM is one-vs-rest with the squared hinge loss,
    solved in the primal, which converges even for nearly equal images. Both have an L2 penalty of
    inverse strength C. Neighbours are nearest by Euclidean distance, which for features of unit
    length orders as the cosine does. Folds are stratified and the same for all three. Ties are
    resolved in favour of the strongest penalty or the fewest neighbours.

    Args:
        features: of the training images, (N, D).
        labels: indices of their classes, (N,).
        classes: names of all classes, at least two.
        folds: of cross-validation, at most as many as the smallest class has images.
        seed: of the folds.
        C_values: grid of the linear classifiers.
        neighbours: grid of k-NN; values above the number of a fold's training images are dropped,
            and this number takes their place where all are.
        max_iter: iterations of the linear classifiers at most.

    Returns:
        `logistic_regression`, `svm` and `knn`.

    Raises:
        FoolproofError: when there is one class only, or a class has fewer than two images.
    """
    if len(classes) < 2:
        raise FoolproofError(f"there is one class only, {classes[0]}; expected two or more")
    folds = min(folds, _min_class_size(labels, classes))
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    smallest = min(len(training) for training, _ in parts.split(features, labels))
    few_enough = [number for number in neighbours if number <= smallest] or [smallest]
    candidates = {
        "logistic_regression": (
            LogisticRegression(tol=TOLERANCE, max_iter=max_iter),
            "C",
            C_values,
        ),
        "svm": (LinearSVC(dual=False, max_iter=max_iter), "C", C_values),
        "knn": (KNeighborsClassifier(), "n_neighbors", few_enough),
    }
    return {
        name: _choose(*candidate, parts, features, labels) for name, candidate in candidates.items()
    }


def _min_class_size(labels: NDArray[Any], classes: Sequence[str]) -> int:
    counts = np.bincount(labels, minlength=len(classes))
    if scarce := [f"{name}: {n}" for name, n in zip(classes, counts, strict=True) if n < 2]:
        raise FoolproofError(
            "cross-validation needs at least two training images of every class; "
            f"there are of {', '.join(scarce)}"
        )
    return int(counts.min())


def _choose(
    classifier: Any,
    name: str,
    grid: Sequence[float],
    parts: StratifiedKFold,
    features: NDArray[Any],
    labels: NDArray[Any],
) -> Probe:
    """Choose a hyperparameter by the mean validation accuracy over the folds, and refit."""
    search = GridSearchCV(
        classifier,
        {name: sorted(grid)},
        cv=parts,
        scoring="balanced_accuracy",
        return_train_score=True,
        error_score="raise",
    )
    # BLAS defaults to one thread for each core. With matrices of this size a second thread saves
    # little on a free core, and costs a hundred times the time on a busy one.
    with threadpool_limits(1), catch_warnings(record=True) as raised:
        simplefilter("always")
        search.fit(features, labels)
    slow = [each for each in raised if issubclass(each.category, ConvergenceWarning)]
    if slow:
        log.warning(
            "%s did not converge within %d iterations; allow more by max_iter",
            type(classifier).__name__,
            classifier.max_iter,
        )
    for other in raised:
        if other not in slow:
            log.warning("%s", other.message)
    accuracies = {
        part: np.stack(
            [search.cv_results_[f"split{fold}_{part}_score"] for fold in range(search.n_splits_)],
            axis=1,
        )
        for part in ("train", "test")
    }
    return Probe(
        search=search,
        chosen=search.best_params_[name],
        grid=sorted(grid),
        training=accuracies["train"],
        validation=accuracies["test"],
        converged=not slow,
    )
