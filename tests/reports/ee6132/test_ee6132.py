"""The report of EE6132: its sentences follow the numbers that it reads."""

import json

import pytest
from pypdf import PdfReader

from foolproof.compute.clusters import clustered_rate
from foolproof.compute.intervals import Interval, Ratio, rate_with_interval
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
from tests.reports.ee6132.records import (
    activations,
    filters,
    interval,
    losses,
    maps,
    patch,
    ratio,
    same_images,
)

ONE_FILL = {"reference": "grey", "by_fill": {}}

BATCHNORM_CASES: list[tuple[Interval, Ratio, Ratio | None, int, tuple[str, str, str]]] = [
    (
        interval(0.0004, 0.0001),
        ratio(1.2, 0.05),
        ratio(0.7, 0.1),
        0,
        (
            "Batch norm improves the test accuracy: +0.04 ± 0.01 points (n = 5), paired",
            "It makes an epoch slower: time ratio 1.20 (95 % interval 1.15–1.25, n = 5).",
            "The target accuracy takes fewer epochs with batch norm: ratio 0.70 (95 % interval "
            "0.60–0.80, n = 5), paired over the seeds.",
        ),
    ),
    (
        interval(-0.0004, 0.0001),
        ratio(0.9, 0.05),
        None,
        5,
        (
            "Batch norm lowers the test accuracy: −0.04 ± 0.01 points (n = 5), paired",
            "It makes an epoch faster: time ratio 0.90",
            "The target accuracy is reached by 0 of 5 networks without and by 5 of 5 with batch",
        ),
    ),
    (
        interval(0.0004, 0.0005),
        ratio(1.0, 0.05),
        ratio(0.83, 0.2, 3),
        2,
        (
            "Batch norm has no significant effect on the test accuracy: +0.04 ± 0.05 points",
            "It has no significant effect on the time of an epoch: time ratio 1.00",
            "is reached by 3 of 5 networks without and by 5 of 5 with batch norm. The epochs to "
            "the target accuracy do not differ significantly with batch norm: ratio 0.83",
        ),
    ),
    (
        interval(0.0004, None, 1),
        ratio(1.2, None, 1),
        ratio(1.5, None, 1),
        0,
        (
            "A single seed gives no interval, so the effect of batch norm",
            "One pair of timed epochs gives no interval",
            "One pair of networks gives no interval of the epochs",
        ),
    ),
    (
        interval(0.0003, 0.0001),
        ratio(1.3, 0.05),
        ratio(1.5, 0.1),
        0,
        (
            "Batch norm improves the test accuracy: +0.03",
            "It makes an epoch slower: time ratio 1.30",
            "The target accuracy takes more epochs with batch norm: ratio 1.50",
        ),
    ),
]


@pytest.mark.parametrize("case", range(len(BATCHNORM_CASES)))
def test_verdict_on_batch_norm_follows_the_paired_intervals(
    report: Report, metrics: Metrics, case: int
) -> None:
    difference, time_ratio, epochs_ratio, never, _ = BATCHNORM_CASES[case]
    comparison = metrics["metrics/mnist.json"]["comparison"]
    comparison["test_accuracy_difference"] = difference
    epochs = comparison["epochs_to_target"]
    epochs["ratio"] = epochs_ratio
    epochs["nobn"] = {"reached": None if never == 5 else interval(0.65, 0.1), "never": never}
    metrics["metrics/timing/batchnorm_mnist.json"]["ratio"] = time_ratio
    text = report.text(metrics).replace("\u00a0", " ")
    for number, (*_, sentences) in enumerate(BATCHNORM_CASES):
        for sentence in sentences:
            assert (sentence in text) == (number == case), sentence
    assert "times the time in all" not in text, "a product of means has no interval"


@pytest.mark.parametrize(
    ("comparison", "sentence"),
    [
        (losses(-0.2, -0.3), "the training loss is lower after every epoch (2 of 2, n = 5)"),
        (losses(0.2, 0.3), "the training loss is higher after every epoch (2 of 2, n = 5)"),
        (losses(-0.2, 0.05, 0.3), "significantly lower after 1 and higher after 1 of 3 epochs"),
        (losses(-0.2, ci95=None, n=1), "A single seed gives no interval of the training losses."),
    ],
)
def test_sentence_on_the_losses_follows_the_intervals_by_epoch(
    report: Report, metrics: Metrics, comparison: Metrics, sentence: str
) -> None:
    metrics["metrics/mnist.json"]["comparison"]["training_loss"] = comparison
    assert sentence in report.text(metrics)


def test_mcnemars_tests_are_counted_and_listed(report: Report, metrics: Metrics) -> None:
    metrics["metrics/mnist.json"]["comparison"]["same_images"] = same_images(2, 1, n=3)
    text = report.text(metrics).replace("\u00a0", " ")
    assert "of 3 pairs of networks" in text
    assert "in favour of batch norm for 2 and against it for 1" in text
    assert "12 and 34; 12 and 34; 12 and 34" in text


def test_other_verdicts_turn_with_their_numbers(report: Report, metrics: Metrics) -> None:
    base = report.text(metrics)
    mnist, attacks = metrics["metrics/mnist.json"], metrics["metrics/attacks.json"]
    mnist["predictions"] |= {
        "test_accuracy": rate_with_interval(100, 100),
        "mistakes": 0,
        "mean_confidence_wrong": None,
    }
    mnist["activations"] |= activations(maps(0.4, 0.12, 0.16), maps(0.6, 0.2, 0.33))
    mnist["activations"]["filters"] = filters((0.3, 0.1), (0.15, 0.3))
    mnist["occlusion"] |= {"drops": {"grey": {"5": patch(0.1, 0.2)}}, "fill_differences": ONE_FILL}
    attacks["nontargeted"]["min_confidence"] = 0.5
    attacks["nontargeted"]["cost"] |= {
        "rise": interval(-3.0, 0.5, 100),
        "early_minus_late": interval(-3.0, 0.5, 100),
    }
    nearest = attacks["nontargeted"]["nearest_digit_mse"]
    nearest["farther"] = {"value": 0.55, "low": 0.45, "high": 0.64, "n": [100, 100]}
    attacks["targeted"]["success_rate"] = clustered_rate(2, 63, 7)
    attacks["targeted"]["mse_difference"]["difference"] = interval(-0.002, 0.001, 7)
    attacks["noise"] |= {
        "error_rate": clustered_rate(75, 81, 9),
        "excess_error": interval(0.9, 0.05, 9),
        "excess_transfer": interval(0.5, 0.1, 9),
    }
    attacks["noise"]["minimal"]["l2_ratio"] |= {"low": 0.8}
    text = report.text(metrics, "turned.pdf")
    for before, after in (
        ("misclassifies 2 of 100 test images", "classifies all 100 test images correctly"),
        ("the maps become coarser", "the maps become finer"),
        ("Yes: more slopes than in random", "Fewer slopes, which respond to edges"),
        ("the share of slopes falls by 10.0 ± 3.0", "the share of slopes rises by 20.0 ± 3.0"),
        ("Yes: every kind of patch lowers", "no kind of patch lowers the probability"),
        ("as its target, with high confidence", "but not always with high confidence"),
        ("No: they are farther from every", "does not differ significantly from that of test"),
        ("The cost increases.", "The cost decreases."),
        ("It flattens:", "It steepens:"),
        ("Yes, mostly: they resemble their", "Seldom: most of them either"),
        ("The starts do not differ significantly", "Starting from noise ends nearer"),
        ("A transfer is not shown", "most other images are misclassified"),
        ("another image the direction to the target differs", "So the pattern transfers"),
        ("The noise is larger than necessary", "of no significantly different norm"),
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


OCCLUSION_CASES = {
    "Yes: every kind of patch": (patch(0.2, 0.1), patch(0.3, 0.1)),
    "Mostly: most kinds of patch": (patch(0.2, 0.1), patch(0.3, 0.1), patch(0.11, 0.1, 0.02)),
    "In part: some kinds of patch": (patch(0.2, 0.1), patch(0.11, 0.1, 0.02)),
    "It depends on the patch": (patch(0.2, 0.1), patch(0.1, 0.2)),
    "It is not shown: no kind": (patch(0.2, 0.1, 0.2), patch(0.3, 0.1, 0.3)),
}


@pytest.mark.parametrize("sentence", OCCLUSION_CASES)
def test_verdict_on_occlusion_follows_the_paired_intervals(
    report: Report, metrics: Metrics, sentence: str
) -> None:
    kinds = zip(("3", "11", "15"), OCCLUSION_CASES[sentence], strict=False)
    occlusion = metrics["metrics/mnist.json"]["occlusion"]
    occlusion["drops"] = {"grey": dict(kinds)}
    occlusion["fill_differences"] = ONE_FILL
    text = report.text(metrics)
    assert [each for each in OCCLUSION_CASES if each in text] == [sentence]
    assert "n = 77 images" in text


def test_patches_are_compared_on_the_same_images(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "That of every other kind is significantly smaller on the same images." in text
    assert "On the digit, grey patches lower the probability significantly from 3 × 3." in (
        text.replace("\u00a0", " ")
    )
    assert "significantly smaller for 1 of the 2 sizes, compared with grey ones" in text
    occlusion = metrics["metrics/mnist.json"]["occlusion"]
    occlusion["largest"]["not_below"] = [{"fill": "black", "size": 11}]
    occlusion["fill_differences"]["by_fill"]["black"]["3"] = interval(-0.06, 0.07, 77)
    text = report.text(metrics)
    assert "Not significantly smaller on the same images: black 11 × 11." in text
    assert "not significantly different from that of grey ones at any size" in text


def test_rates_of_clustered_trials_say_what_their_interval_is_over(
    report: Report, metrics: Metrics
) -> None:
    text = report.text(metrics).replace("\u00a0", " ")
    for sentence in (
        "60 of 63 (95 %, 95 % interval 59–100 % over 7 references) pairs",
        "Of the other sums 6 of 81 (7 %, 95 % interval 1–39 % over 9 noises) are misclassified",
        "The paired difference is +7.0 points (95 % interval −1.0 to 15.0, n = 9)",
        "1.40 (95 % interval 1.20–1.60, n = 8) times that of the minimal attack",
    ):
        assert sentence in text
    assert "each of 100 randomly drawn other test digits of the reference" in text


def test_numbers_come_from_the_metrics(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics).replace("\u00a0", " ")
    for number in (
        "99.34 ± 0.04 %",
        "99.38 ± 0.04 %",
        "799,078",
        "799,206",
        "31,870",
        "98 of 100 (98 %, 95 % interval 93–99 %)",
        "91.0 ± 1.0 % on correctly classified images (n = 98) and 60.0 ± 50.0 % on misclassified",
        "chosen on held-out training images, by benchmarks/recipes.py",
    ):
        assert number in text
    assert "optimistic" not in text
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
