"""Question 4.3 of the report of CIS680: what other networks are said to make of the images."""

import pytest

from tests.reports.cis680.records import attack_of, by_strength, seen, transfer
from tests.reports.conftest import Metrics, Report

# The errors of the retrained network and of the others on the usual attack and on random ink, then
# on ever stronger attacks; and what is to be said.
TRANSFER_CASES: list[tuple[float, float, list[float | None], list[str]]] = [
    (
        0.8,
        0.01,
        [0.5, 0.7, 0.9],
        [
            "Most of the images fool the retrained network, too",
            "Most fool a network with other layers as well.",
            "training anew is no protection.",
        ],
    ),
    (
        0.2,
        0.01,
        [0.1, 0.2, 0.3],
        [
            "Some of the images fool the retrained network, too",
            "Some fool a network with other layers as well.",
            "protects in part only.",
        ],
    ),
    (
        0.05,
        0.01,
        [0.02, 0.05, 0.09],
        [
            "The images hardly fool the retrained network.",
            "hardly fooled, by stronger ones neither.",
            "but few to the end",
        ],
    ),
    (
        0.8,
        0.78,
        [0.05, 0.05, 0.05],
        [
            "The images hardly fool the retrained network.",
            "hardly fooled, by stronger ones neither.",
            "does not transfer more",
        ],
    ),
    (
        0.02,
        0.01,
        [0.02, None, 0.9],
        [
            "The images hardly fool the retrained network.",
            "are hardly fooled by them, but are by stronger ones.",
            "training anew is no protection.",
        ],
    ),
]


@pytest.mark.parametrize("case", range(len(TRANSFER_CASES)))
def test_verdict_on_transfer_is_against_random_ink_and_grows_with_the_strength(
    report: Report, metrics: Metrics, case: int
) -> None:
    error, random_ink, errors, sentences = TRANSFER_CASES[case]
    one_sided = attack_of(metrics)
    one_sided["any_class"]["transfer"] = transfer(991, error, random_ink)
    one_sided["transfer_by_strength"] = by_strength({"confidence": errors, "steps": errors})
    text = report.text(metrics)
    assert "So much ink does harm" not in text
    for sentence in sentences:
        assert text.count(sentence) == 2, f"in brief and as an answer: {sentence}"
    others = {sentence for *_, said in TRANSFER_CASES for sentence in said} - set(sentences)
    assert not [sentence for sentence in others if sentence in text]


def test_ink_that_misleads_by_its_amount_alone_is_said(report: Report, metrics: Metrics) -> None:
    point = attack_of(metrics)["transfer_by_strength"]["steps"][0]
    point["networks"]["second"]["random_ink_error_rate"] = 0.456
    text = report.text(metrics)
    assert "So much ink does harm without a pattern, too (up to 45.6 % errors)" in text


def test_the_retrained_network_is_told_from_those_with_other_layers(
    report: Report, metrics: Metrics
) -> None:
    assert "It helps to know the layers" not in report.text(metrics)
    one_sided = attack_of(metrics)
    one_sided["any_class"]["transfer"]["networks"]["second"] = seen(0.6) | {"same_class_rate": 0.45}
    text = report.text(metrics)
    assert "Most of the images fool the retrained network, too" in text
    assert "the retrained network errs on 60.0 %, against 0.4 % of their originals" in text
    assert "in 75 % of these errors it sees the same wrong class" in text
    assert "It helps to know the layers: at 90 %" in text
