"""The section on robust accuracy, which three reports share."""

import pytest

from tests.reports.conftest import Metrics, Report, robust, robust_group


def test_accuracies_are_those_of_the_metrics_with_intervals(
    report: Report, metrics: Metrics
) -> None:
    text = report.text(metrics)
    for words in (
        "Robust accuracy within L-infinity balls",
        "Accuracy on 4,321 test images",
        "98.7 % (97.7–99.7) 80.0 % (79.0–81.0) 12.3 % (11.3–13.3)",
        "ε = 0.2 without batch norm; ε = 0.2 with batch norm; none with adversarial training.",
        "No sign of gradient masking was found",
    ):
        assert words in text.replace("\u00a0", " ").replace("𝜀", "ε"), words


def test_findings_are_reasons_to_doubt(report: Report, metrics: Metrics) -> None:
    networks = metrics["metrics/robust_accuracy.json"]["mnist"]["networks"]
    networks["bn"] = robust(4321, 0.987, ("0.1", 0.9), ("0.2", 0.8))
    networks["bn"]["findings"] = ["a first sign", "a second sign"]
    text = report.text(metrics).replace("𝜀", "ε")
    assert "with batch norm: a first sign" in text
    assert "with batch norm: a second sign" in text
    assert "; none with batch norm; none with adversarial training." in text
    assert "No sign of gradient masking" not in text


@pytest.mark.parametrize(
    ("difference", "word"),
    [(0.05, "higher"), (-0.05, "lower"), (0.01, "not significantly different")],
)
def test_networks_are_compared_by_the_interval_of_the_paired_difference(
    report: Report, metrics: Metrics, difference: float, word: str
) -> None:
    robust_accuracy = metrics["metrics/robust_accuracy.json"]
    robust_accuracy["mnist"] = robust_group(robust_accuracy["mnist"]["networks"], bn=difference)
    text = report.text(metrics).replace("\u00a0", " ").replace("𝜀", "ε")
    assert f"with batch norm against without batch norm: {word} at ε = 0, ε = 0.1 and ε" in text


def test_most_images_are_misclassified_only_where_the_interval_says_so(
    report: Report, metrics: Metrics
) -> None:
    networks = metrics["metrics/robust_accuracy.json"]["mnist"]["networks"]
    networks["bn"] = robust(4321, 0.987, ("0.1", 0.495), ("0.2", 0.2))
    text = report.text(metrics).replace("𝜀", "ε")
    assert "ε = 0.2 with batch norm; none with adversarial training." in text
