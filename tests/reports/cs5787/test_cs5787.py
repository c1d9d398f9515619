"""The report of CS5787: its sentences follow the numbers that it reads."""

import pytest

from tests.reports.conftest import (
    Metrics,
    Report,
    assert_names_machines,
    assert_reproducible,
    stand_in,
)
from tests.reports.cs5787.conftest import write_curves
from tests.reports.cs5787.records import example, manipulated, training


def test_numbers_are_those_of_the_metrics(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    for number in (
        "are bell pepper (93.96 %), cucumber (1.33 %) and orange (0.92 %), in this order",
        "channel 14 follows brightness",
        "mean-per-class accuracy of 84.5 % (95 % interval 77.5–89.5 %)",
        "1,280 features per image, of which 31 % are zero",
        "73 images per second",
        "Beagle misclassified as Birman (2 of 4 images)",
        "The network without batch norm classifies 74.12 %",
        "The test error goes from 25.88 % to 20.66 %: clearly better.",
        "classifies 90.56 % correctly, 11.22 points",
        "With batch norm the training loss is lower after every epoch.",
        "smoother in 81 % and less oriented in 70 % of all pairs",
        "all 4 photos are classified as their target",
        "peppers.png as “space shuttle” with a probability of 99.9 %.",
        "Of random pairs of photo and target, 99 of 100 (99 %, 95 % interval 95–100 %) succeed",
        "does rounding to 8 bits change the success significantly",
        "0 of 20 are classified as their target; after manipulation: mirrored 0 of 20 (0–16 %)",
        "rotated by 30° 0 of 20 (0–16 %)",
        "8/255 and with 320 gradients a photo each: the mean probability of the target is higher",
        "rotated by 30° (+75.0 ± 8.1 points)",
        "at these numbers of strengths: rotation 2 of 2.",
        "1,048,576 pairs of 10-bit numbers without error, and 1,000 random pairs of 2,000 bits",
    ):
        assert number in text, number
    assert "else [" not in text, "a rule that Typst took for text"


def test_stand_ins_are_marked(report: Report, metrics: Metrics) -> None:
    metrics["metrics/assets.json"]["pets"] = stand_in()
    text = report.text(metrics)
    assert "STAND-IN DATA" in text
    assert "not from PETS itself" in text
    assert "not from CIFAR10 itself" not in text


@pytest.mark.parametrize(
    ("with_norm", "sentence"),
    [
        ([0.8, 0.3], "the training loss is lower after every epoch"),
        ([1.2, 0.7], "the training loss is higher after every epoch"),
        ([1.2, 0.3], "the training loss is lower after 1 of 2 epochs"),
    ],
)
def test_verdict_on_batch_norm_follows_the_losses(
    report: Report, metrics: Metrics, with_norm: list[float], sentence: str
) -> None:
    write_curves(report.root, with_norm)
    assert sentence in report.text(metrics)


@pytest.mark.parametrize(
    ("accuracy", "sentence"),
    [
        (0.80, "5.88 points more than the better of the two: clearly better."),
        (0.75, "0.88 points more than the better of the two: no clear difference."),
        (0.70, "4.12 points less than the better of the two."),
    ],
)
def test_verdict_on_the_deep_network_follows_its_accuracy(
    report: Report, metrics: Metrics, accuracy: float, sentence: str
) -> None:
    results = metrics["metrics/cifar10.json"]
    results["bn"], results["deep"] = training(0.70), training(accuracy)
    assert sentence in report.text(metrics)


def test_failed_attacks_are_reported(report: Report, metrics: Metrics) -> None:
    attacks = metrics["metrics/attacks.json"]
    attacks["linf"]["examples"][0] = example("peppers.png", "bell pepper", 0.31)
    attacks["robustness"] = manipulated({"clean": 1, "plain": 0.5, "plain_large": 1, "eot": 0.25})
    attacks["linf"]["by_epsilon"]["1"]["rounding"] |= {"only_first": 9, "p_value": 0.0039}
    text = report.text(metrics)
    assert "3 of the 4 photos are classified as their target" in text
    assert "peppers.png is not classified as “space shuttle” (31.0 %)" in text
    assert "the mean probability of the target is lower when mirrored (−75.0 ± 8.1 points)" in text
    assert "significantly lower than with plain PGD" in text
    assert "changes the success significantly at 1/255 (9 of 100 pairs succeed only" in text


def test_attacks_without_a_significant_difference_are_not_ranked(
    report: Report, metrics: Metrics
) -> None:
    shares = {"clean": 1, "plain": 0.5, "plain_large": 0.5, "eot": 0.55}
    metrics["metrics/attacks.json"]["robustness"] = manipulated(shares)
    text = report.text(metrics)
    assert "not significantly different when mirrored (+5.0 ± 8.1 points)" in text
    assert "numbers of strengths" not in text


def test_attacks_on_unlabelled_photos_start_from_predicted_classes(
    report: Report, metrics: Metrics
) -> None:
    photos = metrics["metrics/photos.json"]["classification"]
    photos |= {"labelled": 0, "top1_accuracy": None, "top_accuracy": None}
    for each in photos["photos"]:
        each |= {"label": None, "label_rank": None, "label_probability": None}
    attacks = metrics["metrics/attacks.json"]
    unlabelled = {"photos_by": "prediction", "labelled_photos": 0}
    attacks["linf"] |= unlabelled | {"attacked_photos": 20, "input_shape": [3, 240, 240]}
    attacks["robustness"]["photos_by"] = "prediction"
    text = report.text(metrics)
    for sentence in (
        "No photo has a label among the network's classes, so that no accuracy can be given",
        "classifies no photo correctly: of 20 photos, none has a label among its classes.",
        "each starting from the class that mobilenet_v2 predicts for it",
        "Predicted class before Target",
        "For the originals, as their predicted class.",
        "Each of the photo's 172,800 numbers",
    ):
        assert sentence in text.replace("\u2019", "'"), sentence
    assert "its true class again" not in text


def test_misclassified_and_unlabelled_photos_are_distinguished(
    report: Report, metrics: Metrics
) -> None:
    attack = metrics["metrics/attacks.json"]["linf"]
    attack |= {"photos_by": "prediction", "labelled_photos": 7}
    assert "of 20 photos, 7 with a label among its classes are misclassified" in report.text(
        metrics
    )


def test_replaced_examples_are_named(report: Report, metrics: Metrics) -> None:
    attack = metrics["metrics/attacks.json"]["linf"]
    attack["examples"] = attack["examples"][:1]
    attack["examples"][0] |= {
        "replaced": True,
        "requested": {"photo": "owl.jpg", "target": "teapott"},
    }
    shares = {"clean": 1, "plain": 0, "plain_large": 0, "eot": 1}
    metrics["metrics/attacks.json"]["robustness"] = manipulated(shares, photos=1)
    text = report.text(metrics)
    for sentence in (
        "peppers.png towards “space shuttle” in place of owl.jpg towards “teapott”",
        "There are photos for 1 of the 4 examples only.",
        "one photo was attacked: peppers.png as “space shuttle” with a probability of 99.9 %",
        "One photo gives no interval, so plain PGD and EOT cannot be compared.",
    ):
        assert sentence in text, sentence


def test_report_compiles_with_one_photo_and_few_classes(report: Report, metrics: Metrics) -> None:
    photos = metrics["metrics/photos.json"]
    photos["classification"] |= {"classes": 3, "photos": photos["classification"]["photos"][:1]}
    photos["classification"] |= {"labelled": 1}
    maps = photos["feature_maps"]
    maps["photos"] = 1
    for each in maps["layers"]:
        each["between_photos"] = None
    metrics["metrics/pets.json"]["features"] |= {"activation": None, "rectified": False}
    text = report.text(metrics)
    assert "it classifies 100 % correctly (Figure" in text
    assert "among the top" not in text
    assert "the layer has no activation function" in text


def test_significance_follows_mcnemars_test(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "points is not significant" in text
    assert "points is significant" in text


def test_errors_of_the_adder_are_reported(report: Report, metrics: Metrics) -> None:
    metrics["metrics/toys.json"]["adder"]["errors"] = 3
    text = report.text(metrics)
    assert "make errors: on 3 of 1,048,576 pairs" in text


def test_machines_and_epochs_of_trainings_are_named(report: Report, metrics: Metrics) -> None:
    metrics["metrics/cifar10.json"]["deep"]["epochs"] = 23
    text = report.text(metrics)
    assert "17 epochs of" in text
    assert "23 epochs of" in text
    assert_names_machines(text, "Deep network", "Abacus 1", "Abacus 2", "Abacus 3", "bfloat16")


def test_equal_inputs_give_equal_bytes_without_a_warning(
    report: Report, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    assert_reproducible(report, metrics, caplog)
