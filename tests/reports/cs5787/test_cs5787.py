"""The report of CS5787: its sentences follow the numbers that it reads."""

import pytest

from foolproof.compute.intervals import Interval
from tests.reports.conftest import (
    Metrics,
    Report,
    assert_names_machines,
    assert_reproducible,
    stand_in,
)
from tests.reports.cs5787.records import (
    example,
    manipulated,
    on_images,
    superiority,
    training,
)
from tests.reports.ee6132.records import interval, losses


def test_numbers_are_those_of_the_metrics(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics).replace("\u00a0", " ")
    for number in (
        "are bell pepper (93.96 %), cucumber (1.33 %) and orange (0.92 %), in this order",
        "channel 14 to brightness",
        "it classifies 2 of 2 (100 %",
        "colours and edges explain falls by 59.0 ± 3.0 points, the share of zeros rises by 30.0",
        "Beagle: 2 of 4 (50",
        "mean-per-class accuracy of 84.5 % (95 % interval 77.5–89.5 %)",
        "1,280 features per image, of which 31 % are zero",
        "73 images per second",
        "Beagle misclassified as Birman (2 of 4 images)",
        "without batch norm: 74.12 ± 0.30 % (n = 3 seeds).",
        "The test error is 25.88 ± 0.30 % without and 20.66 ± 0.30 % with batch norm (n = 3).",
        "by the deep network: 9,056 of 10,000 (90.6 %, 95 % interval 90.0–91.1 %)",
        "over six views of each image: 9,101 of 10,000 (91.0 %, 95 % interval 90.4–91.6 %)",
        "This gains accuracy (first seed: +0.45 ± 0.20 points, paired over n = 10,000 test images",
        "is −0.200 ± 0.100 nats in the first epoch and −0.300 ± 0.100 in the last (n = 3",
        "With batch norm the training loss is lower after every epoch (2 of 2, n = 3).",
        "smoother in 81 ± 4 %, more coloured in 45 ± 6 % and more oriented in 30 ± 5 % (n = 3",
        "So filters with batch norm are smoother and less oriented.",
        "Muon (Jordan 2024), momentum 0.6, for the filters of the convolutions",
        "is 0.24 of Muon, 100 of the biases and 0.02 of the fully connected weights.",
        "is trained for 3 epochs",
        "mirrored in every other epoch (at random in the first)",
        "benchmarks/recipes.py and, for the deep network, benchmarks/deep_recipe.py",
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
    ("difference", "loss", "sentences"),
    [
        (
            interval(0.05, 0.01, 3),
            losses(-0.2, -0.3, n=3),
            [
                "improves the test accuracy: +5.00 ± 1.00 points (n = 3)",
                "is lower after every epoch",
            ],
        ),
        (
            interval(-0.05, 0.01, 3),
            losses(0.2, 0.3, n=3),
            ["lowers the test accuracy: −5.00 ± 1.00", "is higher after every epoch"],
        ),
        (
            interval(0.0146, 0.02, 3),
            losses(-0.2, 0.01, n=3),
            [
                "no significant effect on the test accuracy: +1.46 ± 2.00",
                "lower after 1 and higher",
            ],
        ),
        (
            interval(0.0146, None, 1),
            losses(-0.2, -0.1, ci95=None, n=1),
            ["A single seed gives no interval, so", "no interval of the training losses"],
        ),
    ],
)
def test_verdict_on_batch_norm_follows_the_paired_intervals(
    report: Report, metrics: Metrics, difference: Interval, loss: Metrics, sentences: list[str]
) -> None:
    comparison = metrics["metrics/cifar10.json"]["comparison"]
    comparison |= {"test_accuracy_difference": difference, "training_loss": loss}
    text = report.text(metrics)
    assert [each for each in sentences if each not in text] == []


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (
            interval(0.1, 0.01, 10000),
            "It is more accurate than the sheet's network with batch norm",
        ),
        (interval(-0.1, 0.01, 10000), "It is less accurate than the sheet's network with batch"),
        (interval(0.001, 0.01, 10000), "Its accuracy does not differ significantly from that of"),
    ],
)
def test_verdict_on_the_deep_network_follows_the_interval_over_images(
    report: Report, metrics: Metrics, difference: Interval, sentence: str
) -> None:
    results = metrics["metrics/cifar10.json"]
    results["deep_comparison"] = on_images(difference, 0.01)
    results["deep_views"]["first_seed_comparison"] = on_images(difference, 0.01)
    text = report.text(metrics).replace("\u2019", "'")
    assert sentence in text
    effects = (
        "This gains accuracy",
        "This costs accuracy",
        "no significant effect on the accuracy",
    )
    assert sum(effect in text for effect in effects) == 1


def test_several_seeds_of_the_deep_network_give_a_mean(report: Report, metrics: Metrics) -> None:
    results = metrics["metrics/cifar10.json"]
    results["deep"] = training(0.93)
    assert "by the deep network: 93.00 ± 0.30 % (n = 3 seeds)" in report.text(metrics)


def test_filters_that_differ_within_chance_are_not_called_different(
    report: Report, metrics: Metrics
) -> None:
    filters = metrics["metrics/cifar10.json"]["filters"]
    filters["bn_above_nobn"] = superiority(0.52, 0.49, 0.53)
    text = report.text(metrics)
    assert "None of these differs significantly from 50" in text
    filters["bn_above_nobn"]["smoothness"] = interval(0.9, None, 1)
    assert "One seed gives no interval." in report.text(metrics)


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
    photos |= {"labelled": 0, "top1": None, "topk": None}
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
    assert "it classifies 2 of 2 (100 %, 95 % interval 99" in text
    assert "among the top" not in text
    assert "the layer has no activation function" in text


def test_classifiers_differ_where_the_interval_of_the_difference_excludes_zero(
    report: Report, metrics: Metrics
) -> None:
    text = report.text(metrics)
    assert "logistic regression is not significantly different, by 3.4 ± 5.0 points" in text
    assert "logistic regression is better by 7.5 ± 5.0 points" in text
    comparison = metrics["metrics/pets.json"]["classifiers"]["logistic_regression_against"]
    comparison["svm"]["difference"]["mean"] = -0.06
    assert "logistic regression is worse by 6.0 ± 5.0 points" in report.text(metrics)


def test_changes_between_layers_are_claimed_only_where_significant(
    report: Report, metrics: Metrics
) -> None:
    change = metrics["metrics/photos.json"]["feature_maps"]["change"]
    change["explained_by_low_level_features"]["mean"] = -0.02
    text = report.text(metrics)
    assert "explain does not change significantly (−2.0 ± 3.0 points)" in text
    change["explained_by_low_level_features"]["mean"] = 0.2
    assert "explain rises by 20.0 ± 3.0 points" in report.text(metrics)


def test_training_images_are_called_separable_only_without_an_error(
    report: Report, metrics: Metrics
) -> None:
    assert "training images are linearly separable" in report.text(metrics)
    classifiers = metrics["metrics/pets.json"]["classifiers"]["classifiers"]
    classifiers["logistic_regression"]["training_accuracies"] = [0.9, 0.99]
    assert "of the grid leaves no training error" in report.text(metrics)


def test_errors_of_the_adder_are_reported(report: Report, metrics: Metrics) -> None:
    metrics["metrics/toys.json"]["adder"]["errors"] = 3
    text = report.text(metrics)
    assert "make errors: on 3 of 1,048,576 pairs" in text


def test_machines_and_epochs_of_trainings_are_named(report: Report, metrics: Metrics) -> None:
    metrics["metrics/cifar10.json"]["deep"]["epochs"] = 23
    text = report.text(metrics)
    assert "17 epochs on all training images" in text
    assert "23 epochs on all training images" in text
    assert_names_machines(text, "Deep network", "Abacus 1", "Abacus 2", "Abacus 3", "bfloat16")


def test_equal_inputs_give_equal_bytes_without_a_warning(
    report: Report, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    assert_reproducible(report, metrics, caplog)
