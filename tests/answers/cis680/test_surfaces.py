"""CIS680, part 1: which loss converges in fewer steps."""

from typing import Any

import pytest

from foolproof.answers.cis680.surfaces import (
    comparison_answer,
    l2_gradient_answer,
    losses_verdict,
    output_answer,
    ratio_grows,
    ratio_text,
    speed_verdict,
    surfaces_part,
    vanishing_text,
)
from foolproof.answers.document import Answer, Table
from tests.answers.cis680.records import Metrics, descent, descents, surfaces
from tests.answers.cis680.texts import words
from tests.answers.compiled import project_params

SETTINGS = project_params()["surfaces"]


def table_of(answer: Answer) -> Table:
    """Give the table of an answer."""
    (table,) = (block for block in answer.evidence if isinstance(block, Table))
    return table


def test_starts_are_ordered_by_saturation() -> None:
    rows = table_of(comparison_answer(surfaces(), SETTINGS)).rows
    assert [[row[0], *row[4:]] for row in rows] == [
        ["2", "18", "7", "2.6"],
        ["-4", "47", "9", "5.2"],
        ["12", "> 5,000", "17", "–"],
    ]


DESCENT_CASES: list[tuple[dict[str, Metrics], str]] = [
    (
        {"2": descent(18, 7), "12": descent(None, 17)},
        "on the cross-entropy converges in fewer steps from every start (2 of 2).",
    ),
    (
        {"2": descent(18, 7), "4": descent(47, 9), "12": descent(None, None)},
        "Of 3 starts, gradient descent converges in fewer steps on the cross-entropy from 2 and on "
        "the L2 loss from 0.",
    ),
    (
        {"2": descent(7, 18), "12": descent(100, 101)},
        "on the L2 loss converges in fewer steps from every start (2 of 2).",
    ),
    (
        {"2": descent(0, 0), "12": descent(None, None)},
        "Of 2 starts, gradient descent converges in fewer steps on the cross-entropy from 0 and on",
    ),
]


@pytest.mark.parametrize("case", range(len(DESCENT_CASES)))
def test_verdict_on_the_losses_follows_the_steps_to_convergence(case: int) -> None:
    record = surfaces() | descents(DESCENT_CASES[case][0])
    answer = comparison_answer(record, SETTINGS)
    for number, (_, sentence) in enumerate(DESCENT_CASES):
        assert (sentence in words(answer)) == (number == case), sentence
        assert (sentence in answer.glance) == (number == case)
    text = words(answer)
    assert ("The ratio of steps grows with the saturation" in text) == (case == 0)
    assert ("12 the cross-entropy does not converge in 5,000" in text) == (case in (1, 3))
    assert ("12 the L2 loss does not converge" in text) == (case in (0, 1, 3))


@pytest.mark.parametrize("swap", [False, True])
def test_exchange_of_the_losses_flips_the_verdict(*, swap: bool) -> None:
    steps = [(18, 7), (47, 9)]
    record = surfaces() | descents(
        {str(at): descent(*(pair[::-1] if swap else pair)) for at, pair in enumerate(steps)}
    )
    loss = "the L2 loss" if swap else "the cross-entropy"
    assert speed_verdict(record).startswith(f"Gradient descent on {loss} converges in fewer steps")
    assert ratio_grows(record) == (not swap)


@pytest.mark.parametrize(
    ("steps", "grows"),
    [
        ([(18, 7), (47, 9)], True),
        ([(47, 9), (18, 7)], False),
        ([(18, 7), (None, 9), (None, 12)], True),
        ([(18, 7), (47, None)], False),
        ([(18, 7)], False),
        ([(7, 7), (47, 9)], False),
    ],
)
def test_ratio_grows_from_start_to_start(
    steps: list[tuple[int | None, int | None]], *, grows: bool
) -> None:
    record = descents({str(2 + at): descent(*pair) for at, pair in enumerate(steps)})
    assert ratio_grows(record) == grows


@pytest.mark.parametrize(
    ("ratio", "overshoots"), [(8.1, True), (7.9, False), (None, False), (81377.6, True)]
)
def test_larger_learning_rate_is_no_remedy_only_where_it_diverges_at_the_minimum(
    ratio: float | None, *, overshoots: bool
) -> None:
    record = surfaces()
    record["gradients_by_sum"]["12"]["ratio"] = ratio
    text = words(comparison_answer(record, SETTINGS))
    assert ("A larger learning rate does not compensate" in text) == overshoots


def test_ratio_at_the_farthest_point_is_in_the_answer() -> None:
    record = surfaces()
    assert "at $w + b = 12$ the L2 gradient is 8 × 10⁴ times smaller" in losses_verdict(record)
    record["gradients_by_sum"]["12"]["ratio"] = None
    assert "the L2 gradient vanishes in float64" in losses_verdict(record)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (4.76, "4.8"),
        (28.3, "28"),
        (1491.48, "1,491"),
        (9499, "9,499"),
        (9501, "1 × 10⁴"),
        (81377.6, "8 × 10⁴"),
        (98_000, "1 × 10⁵"),
    ],
)
def test_large_ratios_are_powers_of_ten(ratio: float, text: str) -> None:
    assert ratio_text(ratio) == text


@pytest.mark.parametrize(
    ("at", "place"), [(0.15, "next to the minimum"), (1.4, "away from the minimum")]
)
def test_place_of_the_smallest_gradient_is_relative_to_the_maximum(at: float, place: str) -> None:
    record = surfaces()
    record["vanishing"]["cross_entropy"]["min_at_sum"] = at
    assert place in vanishing_text(record, SETTINGS)


def test_surfaces_name_their_numbers() -> None:
    assert "it is 6.1 dot 10^(-6)." in words(output_answer(6))
    text = words(l2_gradient_answer(6, surfaces()["max_l2_gradient"]))
    for number in ("1.317", "0.0962", "1.35"):
        assert number in text


def test_target_decides_supremum_and_entropy() -> None:
    def text(target: float) -> str:
        record: dict[str, Any] = surfaces() | {"target": target}
        part = surfaces_part(record, SETTINGS)
        return words(*part.content)

    assert "plateaus at 0.25." in text(0.5)
    assert "here 0.693 nats" in text(0.5)
    assert "plateaus at 0.64." in text(0.2)
    assert "here 0.500 nats" in text(0.2)
