"""Questions 3.6 and 3.7: additive noise."""

import pytest

from foolproof.answers.ee6132.noise import noise_answer, transfer_answer
from foolproof.compute.clusters import clustered_rate
from foolproof.compute.intervals import rate_with_interval
from tests.answers.compiled import project_params
from tests.answers.ee6132.records import Metrics, noise, ratio, transfer
from tests.answers.ee6132.words import plain, table, words
from tests.answers.recorded import interval

SETTINGS = project_params()["attack_noise"]


def attacked(found: Metrics) -> str:
    return words(noise_answer(found, SETTINGS, 784))


def test_success_is_counted_with_its_interval() -> None:
    text = attacked(noise() | {"success_rate": rate_with_interval(8, 10)})
    assert "For 8 of 10 (80 %, 95 % interval 49–94 %) target classes" in text
    assert "with a probability of at least 90 %" in text
    assert "median number of steps is 331, the max 805 (n = 10)" in text


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (1.4, "larger than necessary: 1.40 (95 % interval 1.20–1.60, n = 8) times the L2 norm"),
        (0.6, "smaller than that of DDN: 0.60"),
        (1.1, "of no significantly different norm: 1.10"),
    ],
)
def test_the_norm_is_compared_with_that_of_the_minimal_attack(value: float, size: str) -> None:
    found = noise()
    found["minimal"]["l2_ratio"] = ratio(value, 0.2, 8)
    assert f"The noise is {size}" in attacked(found)


def test_one_pair_gives_no_interval_of_the_norms() -> None:
    found = noise()
    found["minimal"]["l2_ratio"] = ratio(1.4, None, 1)
    assert "The noise is compared in one pair only: 1.40 (n = 1) times the L2" in attacked(found)


def test_without_a_minimal_attack_there_is_no_comparison() -> None:
    found = noise()
    found["minimal"] |= dict.fromkeys(("l2", "linf", "l2_ratio", "linf_ratio"))
    text = attacked(found)
    assert "The minimal attack has no success to compare its norm with." in text
    assert "The noise is" not in text
    assert "times that of DDN" not in text


@pytest.mark.parametrize(("linf", "strokes"), [(0.8, True), (0.55, False), (0.1, False)])
def test_changes_as_of_strokes_are_named_where_they_are_significant(
    linf: float, strokes: bool
) -> None:
    text = attacked(noise() | {"linf": interval(linf, 0.1, 9)})
    assert ("as strokes do" in text) == strokes


CASES = {
    "A transfer is not shown": (6, interval(0.07, 0.08, 9)),
    "The noises transfer in part": (6, interval(0.07, 0.02, 9)),
    "The noises transfer: most other": (75, interval(0.9, 0.05, 9)),
}


@pytest.mark.parametrize("verdict", CASES)
def test_transfer_is_what_exceeds_shuffled_noise(verdict: str) -> None:
    errors, excess = CASES[verdict]
    found = noise() | {"error_rate": clustered_rate(errors, 81, 9), "excess_error": excess}
    answer = transfer_answer(found, transfer()).answer
    assert [each for each in CASES if each in answer] == [verdict]
    assert answer.startswith(f"A wrong class for {errors} of 81 (")


@pytest.mark.parametrize("mean", [-0.9, -0.02])
def test_fewer_errors_than_with_shuffled_noise_are_no_transfer(mean: float) -> None:
    excess = interval(mean, 0.01, 9)
    found = noise() | {"error_rate": clustered_rate(75, 81, 9), "excess_error": excess}
    assert "A transfer is not shown" in transfer_answer(found, transfer()).answer


@pytest.mark.parametrize(
    ("error", "target", "sentence"),
    [
        (0.5, 0.5, "So the pattern transfers, and not only the norm"),
        (0.5, 0.05, "but not significantly more often the class of its target"),
        (0.05, 0.05, "from another image the direction to the target differs"),
        (-0.5, -0.5, "from another image the direction to the target differs"),
    ],
)
def test_what_transfers_follows_both_paired_differences(
    error: float, target: float, sentence: str
) -> None:
    found = noise() | {
        "excess_error": interval(error, 0.1, 9),
        "excess_transfer": interval(target, 0.1, 9),
    }
    assert sentence in words(transfer_answer(found, transfer()))


def test_rates_are_said_with_what_their_interval_is_over() -> None:
    text = words(transfer_answer(noise(), transfer()))
    for part in (
        "6 of 81 (7 %, 95 % interval 1–39 % over 9 noises) sums",
        "The paired difference is +7.0 points (95 % interval −1.0 to 15.0, n = 9)",
    ):
        assert part in text


def test_predictions_are_marked_by_what_they_are() -> None:
    found = table(transfer_answer(noise(), transfer(n0_3="0", n0_4="9")), "tab-transfer")
    assert found.header[:2] == ["target", "true 0"]
    assert found.rows[0] == ["*0*", "_0_", "1", "2", "*0*", "*9*", "5", "6", "7", "8", "9"]
    assert [*found.shades[0]] == [None, None, None, 1.0, 0.45, None, None, None, None, None]
    assert plain(found.rows[1][2]) == "_1_"
