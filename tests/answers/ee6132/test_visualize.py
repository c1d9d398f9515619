"""Questions 2.1 to 2.3: filters and activations."""

import pytest

from foolproof.answers.document import Answer
from foolproof.answers.ee6132.visualize import (
    activations_answer,
    filters_answer,
    higher_filters_answer,
)
from tests.answers.ee6132.records import (
    Metrics,
    activations,
    filters,
    maps,
    mnist,
    named_filters,
    structures,
)
from tests.answers.ee6132.words import plain, table, words
from tests.answers.recorded import interval

_, LAYERS = structures()

BASE = ((0.2, 0.4), (0.15, 0.3))


def with_filters(*shares: tuple[float, float]) -> Metrics:
    found: Metrics = mnist()["activations"]
    return found | {"filters": filters(*shares)}


def with_maps(shallow: Metrics, deep: Metrics) -> Metrics:
    found: Metrics = mnist()["activations"]
    return found | activations(shallow, deep)


def depth(found: Metrics) -> Answer:
    return activations_answer(found, 3)


@pytest.mark.parametrize(
    ("gradient", "start"),
    [(0.4, "Yes, edges"), (0.1, "Not edges"), (0.23, "No more edges than by chance")],
)
def test_edges_are_compared_with_random_weights_by_the_interval(
    gradient: float, start: str
) -> None:
    answer = filters_answer(with_filters((0.2, gradient), (0.15, 0.3)))
    assert plain(answer.answer) == (
        f"{start}: linear gradients hold {100 * gradient:.0f} ± 2 % of a filter's energy (22 % in "
        "random weights)."
    )


def test_one_filter_gives_no_interval() -> None:
    found = with_filters(*BASE)
    found["filters"]["layers"]["conv1"]["gradient"] = interval(0.4, None, 1)
    assert filters_answer(found).answer.startswith("One filter gives no interval: ")


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ((0.2, 0.4), "Larger than in random weights: _mean_ and _linear gradient_. Smaller: _res"),
        ((0.11, 0.4), "Larger than in random weights: _linear gradient_. Smaller: _residual_."),
        ((0.11, 0.1), "Larger than in random weights: _residual_. Smaller: _linear gradient_."),
        ((0.12, 0.23), "No part differs significantly from that of random weights."),
    ],
)
def test_parts_that_differ_from_random_weights_are_named(
    shares: tuple[float, float], sentence: str
) -> None:
    assert sentence in words(filters_answer(with_filters(shares, (0.15, 0.3))))


def test_filters_are_counted_and_named_by_their_prevailing_part() -> None:
    found = words(filters_answer(mnist()["activations"]))
    assert (
        "a linear gradient (edges): 3 of 32 (9 %, 95 % interval 3–24 %) filters, against 8.8 % of "
        "random ones; by their number 0, 1 and 2. The clearest, filter 0, rises towards the upper "
        "right." in found
    )
    assert "by their number 19. The clearest, filter 19, is positive: it responds to ink." in found
    assert "spots): 0 of 32 (0 %, 95 % interval 0–11 %) filters, against 8.8 % of random" in found


@pytest.mark.parametrize(
    ("direction", "named"),
    [
        (0, "the right"),
        (-22, "the right"),
        (91, "the top"),
        (180, "the left"),
        (-135, "the lower left"),
    ],
)
def test_the_clearest_edge_has_its_direction(direction: float, named: str) -> None:
    found = mnist()["activations"] | {"named_filters": named_filters(3) | {"direction": direction}}
    assert f"The clearest, filter 0, rises towards {named}." in words(filters_answer(found))


def test_a_negative_filter_is_silenced_by_ink() -> None:
    found = mnist()["activations"] | {"named_filters": named_filters(0) | {"sign": -1}}
    text = words(filters_answer(found))
    assert "The clearest, filter 19, is negative: ink silences it." in text
    assert (
        "edges): 0 of 32 (0 %, 95 % interval 0–11 %) filters, against 8.8 % of random ones." in text
    )


def test_parts_are_listed_for_both_layers() -> None:
    rows = table(filters_answer(with_filters(*BASE)), "tab-energy").rows
    assert [*map(plain, rows[1])] == [
        "linear gradient",
        "edges of some direction",
        "40.0 ± 2.0 %",
        "30.0 ± 2.0 %",
        "22.2 %",
    ]


@pytest.mark.parametrize(
    ("deep", "sentence"),
    [
        ((0.15, 0.3), "the share of linear gradients falls by 10.0 ± 3.0 points."),
        ((0.15, 0.6), "the share of linear gradients rises by 20.0 ± 3.0 points."),
        ((0.2, 0.41), "the share of linear gradients does not change significantly (1.0 ± 3.0"),
    ],
)
def test_the_filters_of_both_layers_are_compared(deep: tuple[float, float], sentence: str) -> None:
    answer = higher_filters_answer(with_filters(BASE[0], deep), LAYERS["mnist_nobn"])
    assert sentence in plain(answer.answer)
    assert "a stack of 32 kernels" in answer.answer
    assert "from 3 to 8 pixels along a side" in words(answer)


@pytest.mark.parametrize(
    ("deep", "verdict", "meanings"),
    [
        (
            maps(0.6, 0.08, 0.33),
            "coarser, and more selective",
            ("the maps lose fine detail", "activated more sparsely", "depend more on the class"),
        ),
        (maps(0.2, 0.2, 0.05), "finer, and less selective", ()),
        (
            maps(0.405, 0.121, 0.18),
            "neither coarser nor finer significantly, and neither more nor less significantly "
            "selective",
            (),
        ),
    ],
)
def test_changes_with_depth_follow_the_intervals(
    deep: Metrics, verdict: str, meanings: tuple[str, ...]
) -> None:
    answer = depth(with_maps(maps(0.4, 0.12, 0.16), deep))
    assert answer.glance == f"From `conv1` to `conv2` the maps become {verdict} for the class."
    text = words(answer)
    for meaning in (
        "the maps lose fine detail",
        "activated more sparsely",
        "depend more on the class",
    ):
        assert (meaning in text) == (meaning in meanings)


def test_one_image_gives_no_interval_of_a_change() -> None:
    found = mnist()["activations"]
    found["change"]["frequency"] = interval(0.1, None, 1)
    assert depth(found).glance == (
        "One image or channel gives no interval of the change from `conv1` to `conv2`."
    )


def test_levels_and_dead_channels_are_those_of_both_layers() -> None:
    text = words(depth(mnist()["activations"]))
    for part in (
        "the mean spatial frequency goes from 0.120 ± 0.001 to 0.080 ± 0.001 cycles per pixel",
        "The share of exact zeros rises by 0.20 ± 0.01 (from 0.40 ± 0.01 to 0.60 ± 0.01; paired",
        "Dead channels: 0 of 32 in `conv1` (95 % interval up to 1 %) and 0 of 32 in `conv2`",
        "Measured on 1,000 test images",
        "for 3 test images",
    ):
        assert part in text
