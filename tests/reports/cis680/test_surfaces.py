"""Part 1 of the report of CIS680: which loss converges in fewer steps."""

import pytest

from tests.reports.cis680.records import descent, descents
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
        "Of 3 starts, gradient descent converges in fewer steps on the cross-entropy from 2 and on "
        "the L2 loss from 0.",
    ),
    (
        {"2": descent(7, 18), "12": descent(100, 101)},
        "on the L2 loss converges in fewer steps from every start.",
    ),
    (
        {"2": descent(0, 0), "12": descent(None, None)},
        "Of 2 starts, gradient descent converges in fewer steps on the cross-entropy from 0 and on",
    ),
]


@pytest.mark.parametrize("case", range(len(DESCENT_CASES)))
def test_verdict_on_the_losses_follows_the_steps_to_convergence(
    report: Report, metrics: Metrics, case: int
) -> None:
    cases, _ = DESCENT_CASES[case]
    metrics["metrics/toys.json"]["surfaces"] |= descents(cases)
    text = report.text(metrics)
    for number, (_, sentence) in enumerate(DESCENT_CASES):
        assert (sentence in text) == (number == case), sentence
    assert ("The ratio of steps grows with the saturation" in text) == (case == 0)
    # Where a line ends at its hyphen, the word has none.
    joined = text.replace("crossentropy", "cross-entropy")
    assert ("12 the cross-entropy does not converge" in joined) == (case in (1, 3))


@pytest.mark.parametrize(("ratio", "overshoots"), [(8.1, True), (7.9, False)])
def test_larger_learning_rate_is_no_remedy_only_where_it_diverges_at_the_minimum(
    report: Report, metrics: Metrics, ratio: float, *, overshoots: bool
) -> None:
    metrics["metrics/toys.json"]["surfaces"]["gradients_by_sum"]["12"]["ratio"] = ratio
    text = report.text(metrics)
    assert ("A larger learning rate does not compensate" in text) == overshoots
