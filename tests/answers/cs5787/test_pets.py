"""CS5787, problem 2: sentences on the classifiers of the pets."""

from typing import Any

import pytest

from foolproof.answers.cs5787.pets import (
    against,
    confusions_text,
    pets_answer,
    rectified_text,
    separable_text,
    subset_text,
    validation_text,
    worst_text,
)
from tests.answers.compiled import asset
from tests.answers.cs5787.records import pets
from tests.answers.cs5787.texts import text_of_answer
from tests.answers.recorded import interval


@pytest.fixture
def features() -> dict[str, Any]:
    """Give the record of the features."""
    record: dict[str, Any] = pets()["features"]
    return record


@pytest.fixture
def result() -> dict[str, Any]:
    """Give the record of the classifiers."""
    record: dict[str, Any] = pets()["classifiers"]
    return record


def test_accuracy_begins_the_answer(features: dict[str, Any], result: dict[str, Any]) -> None:
    answer = pets_answer(features, result, asset(), (0.1, 10, 1000))
    assert answer.answer.startswith(
        "84.5\u00a0% (95\u00a0% interval 77.5–89.5\u00a0%) mean-per-class accuracy, by logistic"
    )
    text = text_of_answer(answer)
    assert "1,280 features an image, of which 31\u00a0% are zero" in text
    assert "6-fold cross-validation on the training images among 0.1, 10 and 1000" in text
    assert "which gives C = 10" in text


@pytest.mark.parametrize(
    ("items", "stand_in", "named"),
    [(370, False, True), (7349, False, False), (300, True, False)],
)
def test_part_of_the_photos_is_named_in_the_answer(items: int, stand_in: bool, named: bool) -> None:
    text = subset_text(asset(stand_in=stand_in) | {"items": items})
    assert ("of the data set's 7,349 photos, not its official split" in text) == named


@pytest.mark.parametrize(
    ("change", "present"),
    [
        ({}, "The activation is ReLU6: the values, 0.00 to 4.97, are not negative"),
        ({"rectified": False, "min": -0.2}, "without a ReLU some values are negative (−0.20 to"),
        ({"activation": None, "rectified": False}, "The layer has no activation function; without"),
    ],
)
def test_sign_of_features_follows_the_activation(
    features: dict[str, Any], change: dict[str, Any], present: str
) -> None:
    assert present in rectified_text(features | change)


@pytest.mark.parametrize(
    ("best", "sentence"),
    [(1.0, "training images are linearly separable"), (0.99, "leaves no training error")],
)
def test_training_images_are_called_separable_only_without_an_error(
    features: dict[str, Any], result: dict[str, Any], best: float, sentence: str
) -> None:
    result["classifiers"]["logistic_regression"]["training_accuracies"] = [0.9, best]
    text = separable_text(features, result)
    assert sentence in text
    assert text.startswith("No _C_") == (best < 1)


@pytest.mark.parametrize(
    ("validation", "stand_in", "sentence"),
    [
        (0.85, False, "Cross-validation gives 85.0\u00a0%, within the interval of the test"),
        (0.95, False, "above the interval of the test accuracy: it is the best of 2 values"),
        (0.95, True, "above the interval of the test accuracy: the folds of the stand-in share"),
        (0.5, False, "below the interval of the test accuracy: each fold trains on fewer images"),
    ],
)
def test_cross_validation_is_compared_with_the_test(
    result: dict[str, Any], validation: float, stand_in: bool, sentence: str
) -> None:
    main = result["classifiers"]["logistic_regression"]
    main["validation_accuracies"] = [0.3, validation]
    assert sentence in validation_text(main, asset(stand_in=stand_in))


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (0.034, "the difference is not significant, at 3.4 ± 5.0 points (n = 37 classes"),
        (-0.034, "the difference is not significant, at −3.4 ± 5.0 points"),
        (0.075, "logistic regression is better by 7.5 ± 5.0 points"),
        (-0.075, "logistic regression is worse by 7.5 ± 5.0 points"),
    ],
)
def test_classifiers_differ_where_the_interval_excludes_zero(
    result: dict[str, Any], difference: float, sentence: str
) -> None:
    found = result["logistic_regression_against"]["svm"]
    found["difference"] = interval(difference, 0.05, 37)
    assert sentence in against(result, "svm")


def test_one_class_gives_no_interval(result: dict[str, Any]) -> None:
    found = result["logistic_regression_against"]["knn"]
    found["difference"] = interval(0.03, None, 1)
    assert "one class gives no interval of the difference, 3.0 points" in against(result, "knn")


def test_worst_classes_come_first(result: dict[str, Any]) -> None:
    text = worst_text(result)
    assert text.startswith("Lowest accuracies: Beagle 2 of 4 (50")
    assert text.endswith("1 of 2 classes have no error.")
    rates = result["per_class"]
    rates["Beagle"], rates["Birman"] = rates["Birman"], rates["Beagle"]
    assert worst_text(result).startswith("Lowest accuracies: Birman 2 of 4 (50")


def test_confusions_are_listed_where_there_are_any(result: dict[str, Any]) -> None:
    assert "Beagle misclassified as Birman (2 of 4 images)" in confusions_text(result)
    assert "No image is misclassified" in confusions_text(result | {"most_confused": []})
