"""Questions 1.1 and 1.2: training and test accuracy."""

import pytest

from foolproof.answers.document import Answer
from foolproof.answers.ee6132.training import predictions_answer, training_answer
from foolproof.compute.intervals import rate_with_interval
from tests.answers.compiled import project_params
from tests.answers.ee6132.records import Metrics, confusion, curves, mnist, structures
from tests.answers.ee6132.words import plain, table, words
from tests.answers.recorded import interval

CONFIG = project_params()["train"]["mnist"]


def trained(found: Metrics | None = None, *losses: float, smoothing: float = 0.1) -> Answer:
    found = found or mnist()
    _, layers = structures()
    return training_answer(
        {key: found[key] for key in ("nobn", "bn")},
        found["comparison"]["end"],
        curves(*(losses or (0.2, 0.1))),
        layers["mnist_nobn"],
        CONFIG | {"label_smoothing": smoothing},
    )


def predicted(mistakes: int, rows: list[dict[str, str]], images: int = 30) -> Answer:
    found = mnist()["predictions"] | {
        "mistakes": mistakes,
        "test_accuracy": rate_with_interval(100 - mistakes, 100),
    }
    return predictions_answer(found, rows, images)


def test_accuracies_are_the_means_over_the_seeds() -> None:
    answer = trained()
    assert plain(answer.answer) == (
        "Test accuracy 99.34 ± 0.04 % without batch norm and 99.38 ± 0.04 % with batch norm "
        "(5 seeds, mean ± 95 % interval)."
    )
    text = words(answer)
    for part in (
        "`conv1` – `pool1` – `conv2` – `pool2` – `fc1` – `fc2` – softmax",
        "chosen on held-out training images, by `benchmarks/recipes.py`",
        "trained for 17 epochs",
        "3 of 17",
        "At the end the mean training accuracy is 99.80 ± 0.10 % without batch norm",
    ):
        assert part in text


def test_one_seed_has_no_interval() -> None:
    found = mnist()
    for network in ("nobn", "bn"):
        found[network]["test_accuracy"] = interval(0.99, None, 1)
    answer = trained(found)
    assert plain(answer.answer).endswith("99.00 % with batch norm (one seed).")
    assert "±" not in answer.glance


@pytest.mark.parametrize(
    ("losses", "overfits"), [((0.2, 0.1), False), ((0.1, 0.104), False), ((0.1, 0.106), True)]
)
def test_overfitting_is_a_validation_loss_that_has_risen(
    losses: tuple[float, float], overfits: bool
) -> None:
    text = words(trained(None, *losses))
    assert ("Neither network overfits within 17 epochs" in text) == (not overfits)
    risen = "The final validation loss without batch norm and with batch norm exceeds its minimum"
    assert (risen in text) == overfits


def test_label_smoothing_is_named_where_there_is_some() -> None:
    assert "labels smoothed by 0.1, which discourages overconfident" in words(trained())
    assert "smoothed" not in words(trained(smoothing=0))


def test_mistakes_are_counted_and_their_confusions_named() -> None:
    answer = predicted(2, confusion((4, 9), (4, 9)))
    text = words(answer)
    for part in (
        "@fig-predictions shows 30.",
        "classifies 98 of 100 (98 %, 95 % interval 93–99 %) test images correctly.",
        "91.0 ± 1.0 % on correctly classified images (n = 98) and 60.0 ± 50.0 % on misclassified",
        "The most frequent confusion is 4 classified as 9 (2 images); all",
        "so @fig-mistakes shows all.",
    ):
        assert part in text
    matrix = table(answer, "tab-confusion")
    assert matrix.rows[4] == ["*4*", "", "", "", "", "8", "", "", "", "", "2"]
    assert [*matrix.shades[4]] == [None] * 9 + [1.0]


def test_equally_frequent_confusions_are_all_named() -> None:
    text = words(predicted(3, confusion((4, 9), (3, 5), (4, 8)), images=2))
    assert (
        "The most frequent confusions are 3 classified as 5, 4 classified as 9 and 4 classified as "
        "8 (one image each)" in text
    )
    assert "so @fig-mistakes shows some." in text
    assert "The 2 misclassified test images with the highest confidence" in text


def test_without_mistakes_there_is_no_picture_of_them() -> None:
    answer = predicted(0, confusion())
    assert answer.glance == "The network classifies all 100 test images correctly."
    assert "fig-mistakes" not in words(answer)
    assert "tab-confusion" not in words(answer)
