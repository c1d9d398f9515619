"""Section A: robust accuracy without and with batch norm."""

from foolproof.answers.document import Answer
from foolproof.answers.ee6132.batchnorm_robustness import robustness_answer
from tests.answers.compiled import project_params
from tests.answers.ee6132.records import Metrics, robustness_comparison
from tests.answers.ee6132.words import plain, table, words
from tests.answers.recorded import interval


def answered(comparison: Metrics) -> Answer:
    return robustness_answer(comparison, project_params()["compare_robustness"], "A")


def test_each_epsilon_is_said_with_difference_interval_and_number_of_seeds() -> None:
    answer = answered(robustness_comparison())
    assert answer.answer == (
        "With batch norm the robust accuracy is lower at ε = 0.05 (−9.5 ± 2.0 points), higher at "
        "ε = 0.1 (+7.0 ± 3.0 points) and not significantly different at ε = 0.2 (−1.0 ± 1.0 "
        "points), over 5 paired seeds."
    )
    assert "lower at ε = 0.05, higher at ε = 0.1 and not" in answer.glance
    text = words(answer)
    for part in ("the same 321 test images", "no sign of it in any network", "Galloway et al. (2"):
        assert part in text
    rows = [[*map(plain, row)] for row in table(answer, "tab-batchnorm-robustness").rows]
    assert [row[0] for row in rows] == ["0", "0.05", "0.1", "0.2"]
    assert rows[1] == ["0.05", "95.0 ± 1.0", "85.5 ± 2.5", "−9.5 ± 2.0", "0.040"]


def test_the_verdict_turns_with_the_sign_of_each_difference() -> None:
    comparison = robustness_comparison()
    for found in comparison["by_epsilon"].values():
        found["difference"] = {**found["difference"], "mean": -found["difference"]["mean"]}
    assert (
        "higher at ε = 0.05, lower at ε = 0.1 and not significantly different at ε = 0.2, over 5"
        in answered(comparison).glance
    )


def test_a_single_seed_gives_no_verdict() -> None:
    comparison = robustness_comparison() | {"seeds": [3]}
    for found in comparison["by_epsilon"].values():
        found["difference"] = interval(-0.5, None, 1)
    assert answered(comparison).answer == "Not assessed: one paired seed gives no interval."


def test_findings_are_reasons_to_doubt() -> None:
    finding = {"network": "bn", "seed": 4, "finding": "a sign of masking"}
    text = words(answered(robustness_comparison() | {"findings": [finding]}))
    assert "Reasons to doubt these numbers: with batch norm, seed 4: a sign of masking" in text
    assert "in any network" not in text
