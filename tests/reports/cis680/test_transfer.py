"""Question 4.3 of the report of CIS680: transfer to other networks."""

import pytest

from foolproof.compute.intervals import rate_with_interval
from tests.reports.cis680.records import (
    attack_of,
    by_strength,
    change,
    interval,
    rates,
    transfer,
)
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
        0.02,
        0.01,
        [0.01, 0.02, 0.02],
        [
            "A transfer to the retrained network is not shown",
            "and neither is that of stronger ones.",
            "That stronger attacks transfer is not shown.",
        ],
    ),
    (
        0.8,
        0.79,
        [0.2, 0.2, 0.2],
        [
            "A transfer to the retrained network is not shown",
            "but stronger ones do transfer.",
            "is a partial defence.",
            "That stronger attacks transfer more is not shown.",
        ],
    ),
    (
        0.02,
        0.01,
        [0.02, None, 0.9],
        [
            "A transfer to the retrained network is not shown",
            "but stronger ones do transfer.",
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
    one_sided |= by_strength({"confidence": errors, "steps": errors})
    text = report.text(metrics)
    assert "Perturbations of such a norm" not in text
    for sentence in sentences:
        assert text.count(sentence) == 2, f"in brief and as an answer: {sentence}"
    others = {sentence for *_, said in TRANSFER_CASES for sentence in said} - set(sentences)
    assert not [sentence for sentence in others if sentence in text]


def test_errors_by_the_norm_alone_are_reported(report: Report, metrics: Metrics) -> None:
    rates = attack_of(metrics)["transfer_by_strength"]["steps"][0]["networks"]["second"]
    rates["shuffled_error_rate"] = rate_with_interval(228, 500)
    assert "Perturbations of such a norm" not in report.text(metrics)
    rates["shuffled_excess"] = change(0.45)
    text = report.text(metrics)
    assert "Perturbations of such a norm cause errors without a pattern, too (up to 228 of" in text


def test_growth_names_its_images_and_its_interval(report: Report, metrics: Metrics) -> None:
    attack_of(metrics)["transfer_growth"]["confidence"]["excess"]["ci95"] = 0.5
    text = report.text(metrics).replace("\u00a0", " ")
    assert "on the 432 images that both have" in text
    assert "+17.0 points (95 % interval 15.0 to 19.0, n = 432)" in text
    assert "(95 % interval −33.0 to 67.0, n = 432), not significantly." in text
    assert "+70.0 points (95 % interval 65.0 to 75.0, n = 432)." in text
    assert "The farther an image is beyond" not in text


def test_retrained_network_is_distinguished_from_other_architectures(
    report: Report, metrics: Metrics
) -> None:
    assert "with the same architecture is more frequent" not in report.text(metrics)
    found = attack_of(metrics)["untargeted"]["transfer"]
    found["networks"]["second"] = rates(0.6)
    found["retrained_over"] = {"nobn": interval(0.5), "bn": interval(0.4)}
    text = report.text(metrics).replace("\u00a0", " ")
    assert "Most of the images transfer to the retrained network" in text
    assert "the retrained network misclassifies 300 of 500 (60 %" in text
    assert "against 0.4 % of their originals" in text
    assert "of these errors 225 of 300 (75 %" in text
    assert "with the same architecture is more frequent, at 90 %" in text
    assert "+50.0 points (95 % interval 48.0 to 52.0, n = 500)" in text
