"""Filters of a named layer, the energy of kernels, and measures of known colour filters."""

import numpy as np
import pytest
import torch
from scipy.stats import mannwhitneyu
from torch import Tensor, nn

from foolproof.compute.intervals import rate_with_interval
from foolproof.core.errors import FoolproofError
from foolproof.explain.filters import (
    Filters,
    describe_energy,
    energy_by_filter,
    filters_of,
    gradient_direction,
    kernel_energy,
    measure_filters,
    name_filters,
    probability_of_superiority,
    random_filters,
    summarize_filters,
)
from foolproof.networks.mnist import mnist_cnn

RANDOM = np.random.default_rng(1)
GREY, RED_GREEN, RED = (1, 1, 1), (1, -1, 0), (1, 0, 0)


def test_filters_are_the_weights_of_the_named_layer() -> None:
    network = mnist_cnn(batch_norm=True).requires_grad_(False)
    assert filters_of(network, "conv1").shape == (32, 1, 3, 3)
    assert filters_of(network, "conv2").shape == (32, 32, 3, 3)
    torch.testing.assert_close(filters_of(network, "conv2"), network.get_parameter("conv2.weight"))


def test_unknown_layer_is_refused_with_valid_names() -> None:
    with pytest.raises(FoolproofError, match=r"'conv3'; the network has: conv1, conv2$"):
        filters_of(mnist_cnn(batch_norm=False), "conv3")


def test_a_network_without_convolutions_says_so() -> None:
    with pytest.raises(FoolproofError, match=r"'conv1'; the network has: none$"):
        filters_of(nn.Linear(2, 2), "conv1")


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        pytest.param([[2, 2, 2], [2, 2, 2], [2, 2, 2]], (1, 0, 0), id="blur"),
        pytest.param([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], (0, 1, 0), id="vertical edge"),
        pytest.param([[-2, -1, 0], [-1, 0, 1], [0, 1, 2]], (0, 1, 0), id="diagonal edge"),
        pytest.param([[0, 1, 0], [1, -4, 1], [0, 1, 0]], (0, 0, 1), id="Laplacian"),
        pytest.param([[0, 0, 0], [0, 3, 0], [0, 0, 0]], (1 / 9, 0, 8 / 9), id="spot"),
    ],
)
def test_kernel_energy_of_known_kernels(
    kernel: list[list[float]], expected: tuple[float, float, float]
) -> None:
    weights = torch.tensor(kernel, dtype=torch.float32)[None, None]
    assert kernel_energy(weights) == pytest.approx(expected, abs=1e-12)


def test_kernel_energy_of_several_kernels_is_weighted() -> None:
    blur, edge = torch.ones(3, 3), torch.tensor([[-1.0, 0, 1]]).expand(3, 3)
    weights: Tensor = torch.stack([blur, 3 * edge])[:, None]
    assert kernel_energy(weights) == pytest.approx((9 / 63, 54 / 63, 0))


def test_kernel_energy_of_random_kernels_is_uniform() -> None:
    weights = torch.randn(200, 50, 3, 3, generator=torch.Generator().manual_seed(0))
    assert kernel_energy(weights) == pytest.approx((1 / 9, 2 / 9, 6 / 9), abs=0.01)


def painted(pattern: Filters, colour: tuple[int, ...]) -> Filters:
    """Give a pattern (side, side) to the channels in the proportions of a colour."""
    filters: Filters = np.array(colour)[None, :, None, None] * pattern
    return filters


def grating(down: int, across: int, colour: tuple[int, ...] = GREY, side: int = 11) -> Filters:
    """A wave with so many cycles down and across the filter, (1, 3, side, side)."""
    y, x = np.mgrid[:side, :side]
    wave = np.cos(2 * np.pi * (down * y + across * x) / side + 0.3)
    return painted(wave, colour)


def blob(colour: tuple[int, ...] = GREY) -> Filters:
    y, x = np.mgrid[-5:6, -5:6]
    return painted(np.exp(-(x**2 + y**2) / 6), colour)


@pytest.mark.parametrize(
    ("filters", "smoothness", "orientation"),
    [
        pytest.param(np.ones((1, 3, 11, 11)), 1, 0, id="constant"),
        pytest.param(grating(0, 2), 1, 1, id="broad vertical bars"),
        pytest.param(grating(5, 0), 0, 1, id="fine horizontal bars"),
        pytest.param(grating(1, 2), 1, 1, id="broad slanted bars"),
        pytest.param(grating(2, 2), 0, 1, id="diagonal bars, 0.257 cycles a pixel"),
        pytest.param(grating(0, 1) + grating(4, 0), 1 / 2, 0, id="two directions"),
        pytest.param(grating(3, 1) + grating(3, -1), 0, 0.8, id="within 18.4 degrees"),
        pytest.param(np.zeros((1, 3, 11, 11)), 0, 0, id="nothing"),
    ],
)
def test_smoothness_and_orientation_of_gratings(
    filters: Filters, smoothness: float, orientation: float
) -> None:
    (found,) = zip(*measure_filters(filters), strict=True)
    _, smooth, _, oriented = found
    assert smooth == pytest.approx(smoothness, abs=1e-12)
    assert oriented == pytest.approx(orientation, abs=1e-12)


@pytest.mark.parametrize(
    ("colour", "share"), [(GREY, 0), (RED_GREEN, 1), (RED, 2 / 3), ((2, 1, 1), 1 / 9)]
)
def test_colour_is_the_energy_outside_the_grey_axis(colour: tuple[int, ...], share: float) -> None:
    for filters in (blob(colour), grating(1, 0, colour)):
        (found,) = measure_filters(filters).colour
        assert found == pytest.approx(share, abs=1e-12)
        # The squared sine of the angle to (1, 1, 1) / sqrt 3.
        across = np.cross(colour, np.ones(3)) / 3**0.5
        assert found == pytest.approx(np.dot(across, across) / np.dot(colour, colour), abs=1e-12)


def test_measures_are_invariant_to_scale_and_quarter_turns() -> None:
    filters = RANDOM.normal(size=(20, 3, 11, 11))
    found, larger = measure_filters(filters), measure_filters(-3 * filters)
    np.testing.assert_allclose(larger.norm, 3 * found.norm)
    np.testing.assert_allclose(found.norm, np.linalg.norm(filters.reshape(20, -1), axis=1))
    turned = measure_filters(np.rot90(filters, axes=(2, 3)))
    for name in ("smoothness", "colour", "orientation"):
        np.testing.assert_allclose(getattr(larger, name), getattr(found, name))
        np.testing.assert_allclose(getattr(turned, name), getattr(found, name))


def test_measures_of_random_filters() -> None:
    found = measure_filters(random_filters((3, 11, 11)))
    # Of 121 frequencies, 21 are within a quarter of a cycle a pixel.
    assert found.smoothness.mean() == pytest.approx(21 / 121, abs=0.003)
    assert found.colour.mean() == pytest.approx(2 / 3, abs=0.003)
    assert found.orientation.max() < 0.3
    np.testing.assert_array_equal(random_filters((3, 2, 2)), random_filters((3, 2, 2)))


def test_summary_counts_kinds_of_filters() -> None:
    filters = np.concatenate(
        [
            blob(),
            blob(RED_GREEN),
            grating(0, 1),
            0.001 * grating(1, 0),
            random_filters((3, 11, 11))[:2],
        ]
    )
    found = summarize_filters(filters)
    assert (found["filters"], found["side"]) == (6, 11)
    assert found["grey"] == 3
    assert found["coloured"] == 1 + 2
    assert found["oriented"] == 2
    assert found["noisy"] == 2
    assert found["faint"] == 1
    assert found["smoothness"] == pytest.approx(np.median(measure_filters(filters).smoothness))
    assert found["random"]["smoothness"] == pytest.approx(21 / 121, abs=0.01)


def test_probability_of_superiority_equals_mann_whitney() -> None:
    some, others = (
        measure_filters(RANDOM.normal(size=(30, 3, 5, 5))),
        measure_filters(np.ones((9, 3, 5, 5))),
    )
    some.norm[:4] = others.norm[0]
    for name, share in probability_of_superiority(some, others).items():
        statistic = mannwhitneyu(getattr(some, name), getattr(others, name)).statistic
        assert share == pytest.approx(statistic / (30 * 9))
    assert probability_of_superiority(some, others)["smoothness"] == 0


def test_energy_by_filter_is_that_of_each_filter() -> None:
    weights = torch.randn(5, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    found = energy_by_filter(weights)
    for index, each in enumerate(weights):
        assert [part[index] for part in found] == pytest.approx(kernel_energy(each[None]))


def test_filters_are_named_by_the_part_with_more_than_half_of_their_energy() -> None:
    edge, blur = torch.tensor([[-1.0, 0, 1]]).expand(3, 3), torch.ones(3, 3)
    spot = torch.tensor([[0.0, 0, 0], [0, 3, 0], [0, 0, 0]])
    found = name_filters(torch.stack([edge + 0.5 * blur, -blur, spot, edge, edge + blur])[:, None])
    assert {part: found[part]["filters"] for part in ("constant", "gradient", "detail")} == {
        "constant": [1, 4],
        "gradient": [3, 0],
        "detail": [2],
    }
    assert found["gradient"]["rate"]["value"] == 2 / 5
    assert (found["direction"], found["sign"]) == (0, -1)


def test_share_of_random_filters_with_a_prevailing_part_is_that_of_the_simulation() -> None:
    found = name_filters(torch.randn(4000, 1, 3, 3, generator=torch.Generator().manual_seed(0)))
    for part in ("constant", "gradient", "detail"):
        rate = found[part]["rate"]
        assert rate["low"] < found[part]["random"] < rate["high"]
    # Of a plane's two dimensions in nine the closed form is (1/2)^(7/2).
    assert found["gradient"]["random"] == pytest.approx(0.5**3.5)


def test_no_filter_has_no_direction() -> None:
    found = name_filters(torch.ones(2, 1, 3, 3))
    assert found["gradient"] | {"random": 0} == {
        "filters": [],
        "rate": rate_with_interval(0, 2),
        "random": 0,
    }
    assert found["direction"] is None
    assert found["sign"] == 1


@pytest.mark.parametrize(
    ("kernel", "degrees"),
    [
        ([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], 0),
        ([[1, 1, 1], [0, 0, 0], [-1, -1, -1]], 90),
        ([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]], 45),
        ([[2, 1, 0], [1, 0, -1], [0, -1, -2]], 135),
        ([[-1, -1, -1], [0, 0, 0], [1, 1, 1]], -90),
    ],
)
def test_direction_is_that_in_which_a_kernel_rises(kernel: list[list[int]], degrees: float) -> None:
    assert gradient_direction(torch.tensor(kernel, dtype=torch.float32)) == pytest.approx(degrees)


def test_random_filters_are_told_from_edges_and_layers_from_each_other() -> None:
    weights = torch.randn(100, 8, 3, 3, generator=torch.Generator().manual_seed(0))
    edges = weights[:50] + 2 * torch.tensor([[-1.0, 0, 1]]).expand(3, 3)
    found = describe_energy({"edges": edges, "random": weights[50:]})
    assert found["random"] == {"constant": 1 / 9, "gradient": 2 / 9, "detail": 6 / 9}
    shares = {name: layer["gradient"] for name, layer in found["layers"].items()}
    assert shares["edges"]["mean"] - shares["edges"]["ci95"] > 2 / 9
    assert abs(shares["random"]["mean"] - 2 / 9) < shares["random"]["ci95"]
    change = found["change"]["gradient"]
    assert change["mean"] == pytest.approx(shares["random"]["mean"] - shares["edges"]["mean"])
    assert change["mean"] + change["ci95"] < 0
    assert change["n"] == 100


def test_kernels_of_zeros_have_no_nan() -> None:
    assert kernel_energy(torch.zeros(4, 2, 3, 3)) == (0, 0, 1)
