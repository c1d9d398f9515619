"""Part 1 of the report of CIS680: which loss converges in fewer steps."""

import pytest

from tests.reports.cis680.records import descent
from tests.reports.conftest import Metrics, Report


def test_starts_are_ordered_by_saturation(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    table = text[text.index("Absolute gradients, and steps") :]
    assert table.index("18 7 2.6") < table.index("47 9 5.2") < table.index("> 5,000 17 –")


DESCENT_CASES: list[tuple[dict[str, Metrics], str]] = [
    (
        {"2": descent(18, 7), "12": descent(None, 17)},
        "on the cross-entropy converges in fewer steps from every start.",
    ),
    (
        {"2": descent(18, 7), "4": descent(47, 9), "12": descent(None, None)},
        "on the cross-entropy converges in fewer steps from most starts with a difference.",
    ),
    (
        {"2": descent(7, 18), "12": descent(100, 100)},
        "on the L2 loss converges in fewer steps from most starts with a difference.",
    ),
    (
        {"2": descent(0, 0), "12": descent(None, None)},
        "Neither loss converges in fewer steps from most starts.",
    ),
]


@pytest.mark.parametrize("case", range(len(DESCENT_CASES)))
def test_verdict_on_the_losses_follows_the_steps_to_convergence(
    report: Report, metrics: Metrics, case: int
) -> None:
    descents, _ = DESCENT_CASES[case]
    metrics["metrics/toys.json"]["surfaces"]["descent_by_sum"] = descents
    text = report.text(metrics)
    for number, (_, sentence) in enumerate(DESCENT_CASES):
        assert (sentence in text) == (number == case), sentence
    assert ("The ratio of steps grows with the saturation" in text) == (case == 0)
    assert ("12 the cross-entropy does not converge" in text) == (case in (1, 3))
