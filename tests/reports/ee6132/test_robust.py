"""The section on the robust network: its sentences follow the paired intervals."""

from tests.reports.conftest import Metrics, Report
from tests.reports.ee6132.records import interval


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("𝜀", "ε")


def test_numbers_are_those_of_the_metrics_with_intervals(report: Report, metrics: Metrics) -> None:
    text = plain(report.text(metrics))
    for words in (
        "Test accuracy 9,871 of 10,000 (98.71 %, 95 % interval 98.47–98.91 %)",
        "Under PGD at ε = 0.3: 433 of 500 (87 %",
        "more often than those of both ordinary networks",
        "497 of 500 (99.4 %, 95 % interval 98.3–99.8 %) under FGSM, but 2 of 500 (0.4 %, ",
        "It has learned to defeat one step alone.",
        "39 of 50 (65–87 %)",
        "+31 ± 20 points (without batch norm, McNemar",
        "the robust network needs larger norms than both ordinary ones",
        "3.2 (2.9–3.6)",
        "with batch norm, the one without batch norm predicts 44, while 31 have nearest digits",
        "1.0 ± 4.0 points (with batch norm, not significant)",
    ):
        assert words in text, words


def test_no_direction_is_claimed_where_an_interval_contains_zero(
    report: Report, metrics: Metrics
) -> None:
    found = metrics["metrics/mnist.json"]
    compared = found["robust_comparison"]
    compared["class_images"]["robust_minus"]["bn"] = interval(0.1, 0.2, 10)
    compared["noise"]["norm_ratio"]["nobn"] |= {"low": 0.9}
    compared["targeted"]["norm_ratio"]["bn"] = None
    found["robust"]["pgd_mcnemar"] = {"only_first": 3, "only_second": 2, "p_value": 1.0}
    text = plain(report.text(metrics))
    assert "than of both ordinary ones is not shown" in text
    assert "more often than those of both ordinary networks" not in text
    not_shown = "larger norms for the robust network than for both ordinary ones are not shown"
    assert text.count(not_shown) == 2
    assert "A difference under PGD is not shown." in text
    assert "no pair" in text
