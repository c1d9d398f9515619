"""Question 1.6: effect of batch norm on accuracy and training time."""

import pytest

from foolproof.answers.document import Answer
from foolproof.answers.ee6132.batchnorm import batchnorm_answer
from foolproof.compute.intervals import Interval, Ratio
from tests.answers.ee6132.records import Metrics, batchnorm_timing, mnist, ratio
from tests.answers.ee6132.words import plain, table, words
from tests.answers.recorded import interval, losses, same_images

CASES: list[tuple[Interval, Ratio, Ratio | None, int, tuple[str, str, str], str]] = [
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
        "Accuracy higher (+0.04 ± 0.01 points), time of an epoch slower (× 1.20 (1.15–1.25)).",
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
        "Accuracy lower (−0.04 ± 0.01 points), time of an epoch faster (× 0.90 (0.85–0.95)).",
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
        "Accuracy not significantly different (+0.04 ± 0.05 points), time of an epoch not "
        "significantly different (× 1.00 (0.95–1.05)).",
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
        "Accuracy not assessed (+0.04 points), time of an epoch not assessed (× 1.20).",
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
        "Accuracy higher (+0.03 ± 0.01 points), time of an epoch slower (× 1.30 (1.25–1.35)).",
    ),
]


def answered(comparison: Metrics, timing: Metrics | None = None) -> Answer:
    return batchnorm_answer(comparison, timing or batchnorm_timing(), mnist(), 0.98)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_verdicts_follow_the_paired_intervals(case: int) -> None:
    difference, time_ratio, epochs_ratio, never, _, glance = CASES[case]
    comparison, timing = mnist()["comparison"], batchnorm_timing()
    comparison["test_accuracy_difference"] = difference
    comparison["epochs_to_target"]["ratio"] = epochs_ratio
    comparison["epochs_to_target"]["nobn"] = {
        "reached": None if never == 5 else interval(0.65, 0.1),
        "never": never,
    }
    timing["ratio"] = time_ratio
    answer = answered(comparison, timing)
    text = words(answer)
    for number, (*_, sentences, _) in enumerate(CASES):
        for sentence in sentences:
            assert (sentence in text) == (number == case), sentence
    assert plain(answer.glance) == glance
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
def test_the_sentence_on_the_losses_follows_the_intervals_by_epoch(
    comparison: Metrics, sentence: str
) -> None:
    assert sentence in words(answered(mnist()["comparison"] | {"training_loss": comparison}))


def test_mcnemars_tests_are_counted_and_listed() -> None:
    tests = same_images(2, 1, n=3)
    text = words(answered(mnist()["comparison"] | {"same_images": tests}))
    assert "of 3 pairs of networks" in text
    assert "in favour of batch norm for 2 and against it for 1" in text
    assert "12 and 34; 12 and 34; 12 and 34" in text


def test_trainings_that_never_reach_the_target_are_counted() -> None:
    comparison = mnist()["comparison"]
    comparison["epochs_to_target"] |= {
        "nobn": {"reached": None, "never": 5},
        "bn": {"reached": interval(0.45, 0.1), "never": 2},
        "ratio": None,
    }
    row = table(answered(comparison), "tab-batchnorm").rows[2]
    assert [*map(plain, row)] == [
        "Epochs to 98.0 % validation accuracy",
        "never",
        "0.45 ± 0.10 (2 trainings never)",
        "–",
    ]
