"""The report of EE6132: its sentences follow the numbers that it reads."""

import json

import pytest
from pypdf import PdfReader

from foolproof.compute.intervals import Interval
from tests.reports.conftest import (
    OTHER_DIGEST,
    TEMPLATES,
    Metrics,
    Report,
    assert_names_machines,
    assert_reproducible,
    explained,
    stand_in,
)
from tests.reports.ee6132.records import activations, filters, interval, maps, patch

BATCHNORM_CASES: list[tuple[Interval, Interval, Metrics, tuple[str, str, str]]] = [
    (
        interval(0.0004, 0.0001),
        interval(1.2, 0.05),
        {"reached": interval(0.65, 0.1), "never": 0},
        (
            "Batch norm improves the test accuracy.",
            "It makes an epoch slower.",
            "With batch norm the target accuracy is reached in fewer epochs.",
        ),
    ),
    (
        interval(-0.0004, 0.0001),
        interval(0.9, 0.05),
        {"reached": None, "never": 5},
        (
            "Batch norm lowers the test accuracy.",
            "It makes an epoch faster.",
            "Only the network with batch norm reached the target accuracy.",
        ),
    ),
    (
        interval(0.0004, 0.0005),
        interval(1.0, 0.05),
        {"reached": interval(0.65, 0.1), "never": 2},
        (
            "the interval of the difference includes zero",
            "An effect on the time of an epoch cannot be shown.",
            "More trainings reached the target accuracy with batch norm.",
        ),
    ),
    (
        interval(0.0004, None, 1),
        interval(1.2, None, 1),
        {"reached": interval(0.25, None, 1), "never": 0},
        (
            "A single seed gives no interval",
            "One pair of timed epochs gives no interval",
            "With batch norm the target accuracy takes more epochs.",
        ),
    ),
]


@pytest.mark.parametrize("case", range(len(BATCHNORM_CASES)))
def test_verdict_on_batch_norm_follows_the_intervals(
    report: Report, metrics: Metrics, case: int
) -> None:
    difference, ratio, epochs, _ = BATCHNORM_CASES[case]
    comparison = metrics["metrics/mnist.json"]["comparison"]
    comparison["test_accuracy_difference"] = difference
    comparison["epochs_to_target"]["nobn"] = epochs
    metrics["metrics/timing/batchnorm_mnist.json"]["ratio"] = ratio
    text = report.text(metrics)
    for number, (*_, sentences) in enumerate(BATCHNORM_CASES):
        for sentence in sentences:
            assert (sentence in text) == (number == case), sentence


def test_other_verdicts_turn_with_their_numbers(report: Report, metrics: Metrics) -> None:
    base = report.text(metrics)
    mnist, attacks = metrics["metrics/mnist.json"], metrics["metrics/attacks.json"]
    mnist["predictions"] |= {
        "test_accuracy": 1.0,
        "mistakes": 0,
        "mean_confidence_wrong": None,
    }
    mnist["activations"] |= activations(maps(0.4, 0.12, 0.16), maps(0.6, 0.2, 0.33))
    mnist["activations"]["filters"] = filters((0.3, 0.1), (0.15, 0.3))
    mnist["occlusion"]["drops"] = {"grey": {"5": patch(0.1, 0.2)}}
    attacks["nontargeted"] |= {
        "min_confidence": 0.5,
        "cost_last": -3.0,
        "nearest_digit_mse": {"images": 0.025, "test_digits": 0.024},
    }
    attacks["targeted"]["success_rate"] = 0.1
    attacks["noise"]["error_rate"] = 0.9
    text = report.text(metrics, "turned.pdf")
    for before, after in (
        ("misclassifies 2 of 100 test images", "classifies all 100 test images correctly"),
        ("the maps become coarser", "the maps become finer"),
        ("Yes: more slopes than in random", "Fewer slopes, which respond to edges"),
        ("the share of slopes falls by 10.0 ± 3.0", "the share of slopes rises by 20.0 ± 3.0"),
        ("Yes: every patch lowers", "patches do not lower the probability more on the digit"),
        ("as its target, with high confidence", "but not always with high confidence"),
        ("No: they are far from every", "Yes: they are about as near to a training digit"),
        ("The cost increases.", "The cost does not increase."),
        ("Yes: they resemble their reference", "Seldom: most of them either"),
        ("The noises hardly transfer", "most other images are misclassified"),
    ):
        assert before in base
        assert before not in text
        assert after not in base
        assert after in text


def test_changes_with_depth_without_significance_are_called_so(
    report: Report, metrics: Metrics
) -> None:
    found = metrics["metrics/mnist.json"]["activations"]
    found |= activations(maps(0.4, 0.12, 0.16), maps(0.405, 0.121, 0.18))
    found["filters"] = filters((0.12, 0.23), (0.11, 0.24))
    text = report.text(metrics)
    for words in (
        "No more slopes, which respond to edges, than in random weights can be shown.",
        "No part differs significantly from that of random weights.",
        "the share of slopes does not change significantly",
        "neither coarser nor finer significantly",
        "neither more nor less significantly",
        "the blurring of the compared student report is not found here",
    ):
        assert words in text, words


def test_numbers_come_from_the_metrics(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    for number in (
        "99.34 ± 0.04 %",
        "99.38 ± 0.04 %",
        "799,078",
        "799,206",
        "31,870",
        "12.5 times",
    ):
        assert number in text
    assert "11 × 11" in text, "sizes of patches are those of the metrics"
    assert "else [" not in text, "a rule that Typst took for text"


def test_explains_the_counts_of_the_compared_report(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "fc3, the layer with 10 outputs (5,010 parameters, 10 neurons)" in text
    assert "which accounts for the whole difference" in text

    path = report.root / TEMPLATES / "literature.json"
    literature = json.loads(path.read_text())
    literature["student_report"]["layers"]["fc1"]["parameters"] += 1
    path.write_text(json.dumps(literature))
    text = report.text(metrics)
    assert "which accounts for the whole difference" not in text
    assert "Its counts differ from ours in fc1 and fc3." in text


EXPLAIN_CASES = {
    "All 2 maps tell which pixels matter": {"saliency": (0.1, 0.2), "gradcam": (0.3, 0.1)},
    "by both scores: saliency. By the deletion score only: Grad-CAM.": {
        "saliency": (0.1, 0.2),
        "gradcam": (0.3, 0.01),
    },
    "by both scores: saliency. By neither: Grad-CAM.": {
        "saliency": (0.1, 0.2),
        "gradcam": (-0.3, 0.01),
    },
    "No map is better than a random one by both scores. By the insertion score only: Grad-CAM.": {
        "saliency": (0.0, 0.0),
        "gradcam": (0.01, 0.3),
    },
    "No map can be told from a random one by its scores": {
        "saliency": (0.0, -0.2),
        "gradcam": (0.01, 0.01),
    },
}


@pytest.mark.parametrize("sentence", EXPLAIN_CASES)
def test_verdict_on_explanation_maps_follows_the_intervals(
    report: Report, metrics: Metrics, sentence: str
) -> None:
    record = explained(EXPLAIN_CASES[sentence], controls=["random", "intensity"], shown=7)
    metrics["metrics/explain/mnist.json"] = record
    text = report.text(metrics)
    assert [each for each in EXPLAIN_CASES if each in text] == [sentence]
    assert "Maps of 7 digits by each method" in text
    assert "on 40 correctly classified test images" in text
    better = better_than_intensity(EXPLAIN_CASES[sentence])
    assert ("which needs no network" in text) == (not better)


def better_than_intensity(gains: dict[str, tuple[float, float]]) -> list[str]:
    return [name for name, both in gains.items() if min(both) > 0.02]


def test_the_best_map_is_called_better_only_where_the_gain_is_significant(
    report: Report, metrics: Metrics
) -> None:
    gains = {"saliency": (0.1, 0.2), "gradcam": (0.11, 0.1)}
    metrics["metrics/explain/mnist.json"] = explained(
        gains, controls=["random", "intensity"], shown=7
    )
    text = report.text(metrics)
    assert "Grad-CAM (0.290 ± 0.020), not significantly better than saliency (gain 0.010" in text
    assert "saliency (0.700 ± 0.020), significantly better than all others" in text


def test_one_image_shows_nothing_about_maps(report: Report, metrics: Metrics) -> None:
    metrics["metrics/explain/mnist.json"]["images"] = 1
    assert "One image gives no interval" in report.text(metrics)


def test_stand_in_data_are_said_loudly_and_real_data_are_not(
    report: Report, metrics: Metrics
) -> None:
    assert "stand-in data" not in report.text(metrics).lower()
    metrics["metrics/assets.json"]["mnist"] = stand_in()
    pdf = PdfReader(report.root / "report.pdf")
    text = report.text(metrics)
    assert "STAND-IN DATA." in text
    assert "not from MNIST itself: Small digits." in text
    assert text.count("computed on stand-in data") >= len(pdf.pages) - 2, "on every page but one"


@pytest.mark.parametrize(
    ("path", "part", "stage"),
    [("mnist", "occlusion", "occlude"), ("attacks", "noise", "attack_noise")],
)
def test_says_which_stage_saw_other_weights(
    report: Report, metrics: Metrics, path: str, part: str, stage: str
) -> None:
    assert "WEIGHTS CHANGED" not in report.text(metrics)
    metrics[f"metrics/{path}.json"][part]["weights_sha256"] = OTHER_DIGEST
    text = report.text(metrics)
    assert "WEIGHTS CHANGED" in text
    assert f"differ from those of the chosen network in {stage}." in text


def test_machines_and_epochs_of_trainings_are_named(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "3 of 17" in text
    assert_names_machines(
        text, "Timed epochs", "Abacus 1", "Abacus 2", "Timer", "bfloat16", "12.3, 45.6", "–"
    )


def test_equal_inputs_give_equal_bytes_without_a_warning(
    report: Report, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    assert_reproducible(report, metrics, caplog)
