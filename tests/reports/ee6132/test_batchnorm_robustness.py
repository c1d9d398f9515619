"""The section of EE6132 on robust accuracy without and with batch norm."""

from tests.reports.conftest import Metrics, Report
from tests.reports.ee6132.records import interval


def text_of(report: Report, metrics: Metrics) -> str:
    return report.text(metrics).replace("\u00a0", " ").replace("𝜀", "ε")


def test_each_epsilon_is_said_with_difference_interval_and_number_of_seeds(
    report: Report, metrics: Metrics
) -> None:
    text = text_of(report, metrics)
    for words in (
        "With batch norm the robust accuracy is lower at ε = 0.05 (−9.5 ± 2.0 points), higher at "
        "ε = 0.1 (+7.0 ± 3.0 points) and not significantly different at ε = 0.2 (−1.0 ± 1.0 "
        "points), over 5 paired seeds.",
        "the same 321 test images",
        "0.05 95.0 ± 1.0 85.5 ± 2.5 −9.5 ± 2.0 0.040",
        "found no sign of it in any network.",
        "Galloway et al. (2019, arXiv 1905.02161)",
    ):
        assert words in text, words


def test_a_single_seed_gives_no_verdict(report: Report, metrics: Metrics) -> None:
    comparison = metrics["metrics/mnist.json"]["robustness_comparison"]
    comparison["seeds"] = [3]
    for found in comparison["by_epsilon"].values():
        found["difference"] = interval(-0.5, None, 1)
    text = text_of(report, metrics)
    assert "not assessed, since a single seed gives no interval at ε = 0.05 (−50.0 points)" in text
    assert "over one paired seed." in text


def test_findings_are_reasons_to_doubt(report: Report, metrics: Metrics) -> None:
    metrics["metrics/mnist.json"]["robustness_comparison"]["findings"] = [
        {"network": "bn", "seed": 4, "finding": "a sign of masking"}
    ]
    text = text_of(report, metrics)
    assert "with batch norm, seed 4: a sign of masking" in text
    assert "in any network" not in text
