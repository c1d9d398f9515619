"""Receptive fields and composed kernels against autograd, SciPy and by hand; costs against maps."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from scipy.signal import convolve2d
from torch import nn

from foolproof.core.params import ParamsError, validate
from foolproof.networks.structure import layers_of
from foolproof.params.receptive_fields import ReceptiveFields
from foolproof.toys.receptive_fields import (
    CHAINS,
    Chain,
    Convolution,
    composed_kernel,
    count_weights,
    jumps,
    multiplications_in_a_map,
    multiplications_of_one_cell,
    receptive_field,
)

chains = st.lists(
    st.builds(Convolution, kernel=st.integers(1, 5), stride=st.integers(1, 4)),
    min_size=1,
    max_size=3,
).map(tuple)


def network_of(chain: Chain) -> nn.Sequential:
    """Make the chain as a network whose weights are all 1."""
    network = nn.Sequential(*(nn.Conv2d(1, 1, k, stride=s, bias=False) for k, s in chain))
    for weights in network.parameters():
        nn.init.ones_(weights)
    return network


def maps_of(chain: Chain, image_side: int) -> list[int]:
    """List the sides of a chain's maps by PyTorch."""
    layers = layers_of(network_of(chain), (1, image_side, image_side))
    return [layer.output_shape[-1] for layer in layers]


def gradient_of_one_cell(chain: Chain, image_side: int) -> NDArray[np.float64]:
    """Differentiate the middle cell of the last map; positive weights let no paths cancel."""
    image = torch.zeros(1, 1, image_side, image_side, dtype=torch.float64, requires_grad=True)
    output = network_of(chain).double()(image)
    middle = output.shape[-1] // 2
    (gradient,) = torch.autograd.grad(output[0, 0, middle, middle], image)
    found: NDArray[np.float64] = gradient[0, 0].numpy()
    return found


def support_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Crop an array to the rows and columns from the first to the last that are not zero."""
    (top, left), (bottom, right) = (f(np.argwhere(values), axis=0) for f in (np.min, np.max))
    return values[top : bottom + 1, left : right + 1]


@pytest.mark.parametrize(
    ("name", "side", "weights", "in_a_map", "of_one_cell"),
    [
        ("i", 7, 49, 49, 49),
        ("ii", 7, 27, 27, (25 + 9 + 1) * 9),
        ("iii", 7, 34, 34, 9 * 25 + 9),
        ("iv", 9, 34, 34, 9 * 25 + 9),
    ],
)
def test_chains_of_the_sheet_equal_hand_computation(
    name: str, side: int, weights: int, in_a_map: int, of_one_cell: int
) -> None:
    chain = CHAINS[name]
    assert receptive_field(chain) == side
    assert composed_kernel(chain).shape == (side, side)
    assert support_of(gradient_of_one_cell(chain, 20)).shape == (side, side)
    assert count_weights(chain) == weights
    assert multiplications_in_a_map(chain) == in_a_map
    assert multiplications_of_one_cell(chain) == of_one_cell


def test_composed_kernels_of_the_sheet_equal_hand_computation() -> None:
    rows = {
        "i": [1] * 7,
        "ii": [1, 3, 6, 7, 6, 3, 1],
        "iii": [1, 2, 3, 3, 3, 2, 1],
        "iv": [1, 1, 2, 2, 3, 2, 2, 1, 1],
    }
    for name, row in rows.items():
        assert_array_equal(composed_kernel(CHAINS[name]), np.outer(row, row))


@given(chains)
@settings(max_examples=40)
def test_receptive_field_equals_the_support_of_kernel_and_gradient(chain: Chain) -> None:
    side = receptive_field(chain)
    composed = composed_kernel(chain)
    assert support_of(composed).shape == composed.shape == (side, side)
    # More than its extent: the gradient counts the paths from every pixel, as the kernel does.
    assert_array_equal(support_of(gradient_of_one_cell(chain, side + 5)), composed)


@given(chains)
@settings(max_examples=40)
def test_receptive_field_equals_that_of_networks_structure(chain: Chain) -> None:
    side = receptive_field(chain)
    last = layers_of(network_of(chain), (1, side, side))[-1]
    assert last.receptive_field == side


@given(chains)
@settings(max_examples=30)
def test_composed_kernel_equals_scipys_convolution_of_zero_interpolated_kernels(
    chain: Chain,
) -> None:
    expected = np.ones((1, 1))
    for (kernel, _), jump in zip(chain, jumps(chain), strict=True):
        zero_interpolated = np.kron(np.ones((kernel, kernel)), np.eye(jump, 1) @ np.eye(1, jump))
        side = (kernel - 1) * jump + 1
        expected = convolve2d(expected, zero_interpolated[:side, :side])
    assert_array_equal(composed_kernel(chain), expected)


def test_a_stride_above_the_kernel_leaves_gaps() -> None:
    composed = composed_kernel(2 * (Convolution(3, stride=4),))
    assert_array_equal(np.flatnonzero(composed[0]), [0, 1, 2, 4, 5, 6, 8, 9, 10])
    assert len(composed) == 11


def test_jumps_are_products_of_the_strides_before() -> None:
    assert jumps(CHAINS["iv"]) == [1, 2]
    assert jumps([Convolution(3, 2), Convolution(3, 3), Convolution(3, 5)]) == [1, 2, 6]


@given(chains)
@settings(max_examples=40)
def test_multiplications_of_one_cell_equal_those_of_its_own_maps(chain: Chain) -> None:
    maps = maps_of(chain, receptive_field(chain))
    assert maps[-1] == 1
    assert multiplications_of_one_cell(chain) == sum(
        (side * kernel) ** 2 for side, (kernel, _) in zip(maps, chain, strict=True)
    )


@pytest.mark.parametrize("chain", [*CHAINS.values(), (Convolution(3, 2), Convolution(3, 2))])
def test_multiplications_in_a_map_equal_the_mean_over_a_large_map(chain: Chain) -> None:
    maps = maps_of(chain, 400)
    total = sum((side * kernel) ** 2 for side, (kernel, _) in zip(maps, chain, strict=True))
    assert total / maps[-1] ** 2 == pytest.approx(multiplications_in_a_map(chain), rel=0.05)


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 9))
@settings(max_examples=40)
def test_two_layers_have_the_closed_form(first: int, stride: int, second: int) -> None:
    chain = (Convolution(first, stride), Convolution(second))
    assert receptive_field(chain) == first + (second - 1) * stride


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 5])
def test_equal_layers_have_the_closed_form(stride: int) -> None:
    for layers in range(1, 13):
        chain = layers * (Convolution(3, stride),)
        powers = layers if stride == 1 else (stride**layers - 1) // (stride - 1)
        assert receptive_field(chain) == 1 + 2 * powers


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"strides": [1, 0]}, "strides.1: input should be greater than or equal to 1, found 0"),
        ({"strides": [2, 2]}, "strides: value error, a value is there twice"),
        ({"layers": 21}, "layers: input should be less than or equal to 20, found 21"),
    ],
)
def test_invalid_params_are_rejected(value: dict[str, object], message: str) -> None:
    content = {"strides": [1], "layers": 3, **value}
    with pytest.raises(ParamsError) as error:
        validate(ReceptiveFields, content, path=Path("params.yaml"), key="receptive_fields")
    assert str(error.value).startswith(f"params.yaml: receptive_fields.{message}")
