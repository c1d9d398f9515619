"""Question 4.3 of the report of CIS680: transfer to other networks."""

import pytest

from tests.reports.cis680.records import attack_of, by_strength, rates, transfer
from tests.reports.conftest import Metrics, Report

# Error rates of the networks on the usual attack and on shuffled perturbations, then on attacks of
# increasing strength; and the expected sentences.
TRANSFER_CASES: list[tuple[float, float, list[float | None], list[str]]] = [
    (
        0.8,
        0.01,
        [0.5, 0.7, 0.9],
        [
            "Most of the images transfer to the retrained network",
            "Most transfer to a network with another architecture as well.",
            "retraining is no defence.",
        ],
    ),
    (
        0.2,
        0.01,
        [0.1, 0.2, 0.3],
        [
            "Some of the images transfer to the retrained network",
            "Some transfer to a network with another architecture as well.",
            "is a partial defence.",
        ],
    ),
    (
        0.05,
        0.01,
        [0.02, 0.05, 0.09],
        [
            "The images hardly transfer to the retrained network.",
            "and neither do stronger ones.",
            "but few even at the end",
        ],
    ),
    (
        0.8,
        0.78,
        [0.05, 0.05, 0.05],
        [
            "The images hardly transfer to the retrained network.",
            "and neither do stronger ones.",
            "does not transfer more",
        ],
    ),
    (
        0.02,
        0.01,
        [0.02, None, 0.9],
        [
            "The images hardly transfer to the retrained network.",
            "but stronger ones do.",
            "retraining is no defence.",
        ],
    ),
]


@pytest.mark.parametrize("case", range(len(TRANSFER_CASES)))
def test_transfer_verdict_is_relative_to_shuffled_perturbations_and_depends_on_strength(
    report: Report, metrics: Metrics, case: int
) -> None:
    error, shuffled, errors, sentences = TRANSFER_CASES[case]
    one_sided = attack_of(metrics)
    one_sided["untargeted"]["transfer"] = transfer(991, error, shuffled)
    one_sided["transfer_by_strength"] = by_strength({"confidence": errors, "steps": errors})
    text = report.text(metrics)
    assert "Perturbations of such a norm" not in text
    for sentence in sentences:
        assert text.count(sentence) == 2, f"in brief and as an answer: {sentence}"
    others = {sentence for *_, said in TRANSFER_CASES for sentence in said} - set(sentences)
    assert not [sentence for sentence in others if sentence in text]


def test_errors_by_the_norm_alone_are_reported(report: Report, metrics: Metrics) -> None:
    point = attack_of(metrics)["transfer_by_strength"]["steps"][0]
    point["networks"]["second"]["shuffled_error_rate"] = 0.456
    text = report.text(metrics)
    assert "Perturbations of such a norm cause errors without a pattern, too (up to 45.6 %)" in text


def test_retrained_network_is_distinguished_from_other_architectures(
    report: Report, metrics: Metrics
) -> None:
    assert "Knowledge of the architecture helps" not in report.text(metrics)
    one_sided = attack_of(metrics)
    one_sided["untargeted"]["transfer"]["networks"]["second"] = rates(0.6) | {
        "same_class_rate": 0.45
    }
    text = report.text(metrics)
    assert "Most of the images transfer to the retrained network" in text
    assert "the retrained network misclassifies 60.0 %, against 0.4 % of their originals" in text
    assert "75 % of these errors are the same wrong class" in text
    assert "Knowledge of the architecture helps: at 90 %" in text
