"""Receptive fields in three ways against each other and by hand, costs against real maps."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
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
    convolve,
    count_weights,
    gradient_of_one_cell,
    jumps,
    multiplications_in_a_map,
    multiplications_of_one_cell,
    side_by_formula,
    side_of,
    side_of_many,
    side_of_two,
    zero_interpolated,
)

chains = st.lists(
    st.builds(Convolution, kernel=st.integers(1, 5), stride=st.integers(1, 4)),
    min_size=1,
    max_size=3,
).map(tuple)


def maps_of(chain: Chain, image_side: int) -> list[int]:
    """List the sides of a chain's maps by PyTorch."""
    network = nn.Sequential(*(nn.Conv2d(1, 1, k, stride=s, bias=False) for k, s in chain))
    return [layer.output_shape[-1] for layer in layers_of(network, (1, image_side, image_side))]


@pytest.mark.parametrize(
    ("name", "side", "weights", "in_a_map", "of_one_cell"),
    [
        ("i", 7, 49, 49, 49),
        ("ii", 7, 27, 27, (25 + 9 + 1) * 9),
        ("iii", 7, 34, 34, 9 * 25 + 9),
        ("iv", 9, 34, 34, 9 * 25 + 9),
    ],
)
def test_the_sheet_by_hand(
    name: str, side: int, weights: int, in_a_map: int, of_one_cell: int
) -> None:
    chain = CHAINS[name]
    assert side_by_formula(chain) == side
    assert composed_kernel(chain).shape == (side, side)
    assert side_of(composed_kernel(chain)) == side
    assert side_of(gradient_of_one_cell(chain, 20)) == side
    assert count_weights(chain) == weights
    assert multiplications_in_a_map(chain) == in_a_map
    assert multiplications_of_one_cell(chain) == of_one_cell


def test_the_composed_kernels_of_the_sheet_by_hand() -> None:
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
def test_the_three_ways_agree(chain: Chain) -> None:
    side = side_by_formula(chain)
    composed = composed_kernel(chain)
    assert side_of(composed) == len(composed) == side
    gradient = gradient_of_one_cell(chain, side + 5)
    assert side_of(gradient) == side
    # More than its extent: the gradient counts the ways from every pixel, as the kernel does.
    top, left = np.argwhere(gradient).min(axis=0)
    assert_array_equal(gradient[top : top + side, left : left + side], composed)


def test_a_stride_beyond_the_kernel_leaves_pixels_out() -> None:
    composed = composed_kernel(2 * (Convolution(3, stride=4),))
    assert_array_equal(np.flatnonzero(composed[0]), [0, 1, 2, 4, 5, 6, 8, 9, 10])
    assert side_of(composed) == 11


def test_zeros_are_inserted_between_weights_only() -> None:
    kernel = np.array([[1.0, 2], [3, 4]])
    assert_array_equal(zero_interpolated(kernel, 1), kernel)
    assert_array_equal(zero_interpolated(kernel, 3), [[1, 0, 0, 2], [0] * 4, [0] * 4, [3, 0, 0, 4]])
    assert jumps(CHAINS["iv"]) == [1, 2]
    assert jumps([Convolution(3, 2), Convolution(3, 3), Convolution(3, 5)]) == [1, 2, 6]


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
@settings(max_examples=30)
def test_convolving_is_that_of_scipy(first: int, second: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    a, b = (generator.integers(-9, 10, (side, side)).astype(float) for side in (first, second))
    assert_array_equal(convolve(a, b), convolve2d(a, b))
    assert_array_equal(convolve(a, b), convolve(b, a))


def test_a_side_is_from_the_first_to_the_last_place() -> None:
    support = np.zeros((9, 9))
    support[2, 3] = 1
    assert side_of(support) == 1
    support[2, 7] = -1
    assert side_of(support) == 5
    support[8, 3] = 1
    assert side_of(support) == 7


@given(chains)
@settings(max_examples=40)
def test_a_cell_alone_takes_what_its_own_maps_take(chain: Chain) -> None:
    maps = maps_of(chain, side_by_formula(chain))
    assert maps[-1] == 1
    assert multiplications_of_one_cell(chain) == sum(
        (side * kernel) ** 2 for side, (kernel, _) in zip(maps, chain, strict=True)
    )


@pytest.mark.parametrize("chain", [*CHAINS.values(), (Convolution(3, 2), Convolution(3, 2))])
def test_a_cell_in_a_large_map_takes_its_share_of_all(chain: Chain) -> None:
    maps = maps_of(chain, 400)
    total = sum((side * kernel) ** 2 for side, (kernel, _) in zip(maps, chain, strict=True))
    assert total / maps[-1] ** 2 == pytest.approx(multiplications_in_a_map(chain), rel=0.05)


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 9))
@settings(max_examples=40)
def test_two_layers_grow_by_the_closed_form(first: int, stride: int, second: int) -> None:
    chain = (Convolution(first, stride), Convolution(second))
    assert side_of_two(first, stride, second) == side_by_formula(chain)


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 5])
def test_many_layers_grow_by_the_closed_form(stride: int) -> None:
    for layers in range(1, 13):
        chain = layers * (Convolution(3, stride),)
        powers = sum(stride**layer for layer in range(layers))
        assert side_of_many(stride, layers) == side_by_formula(chain) == 1 + 2 * powers


def test_the_gradient_leaves_nothing_behind() -> None:
    gradient_of_one_cell(CHAINS["i"], 9)
    assert torch.is_grad_enabled()
    assert gradient_of_one_cell(CHAINS["i"], 9).sum() == 49


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"strides": [1, 0]}, "strides.1: input should be greater than 0, found 0"),
        ({"strides": [2, 2]}, "strides: value error, a value is there twice"),
        ({"layers": 21}, "layers: input should be less than or equal to 20, found 21"),
    ],
)
def test_bad_params_are_refused(value: dict[str, object], message: str) -> None:
    content = {"strides": [1], "layers": 3, **value}
    with pytest.raises(ParamsError) as error:
        validate(ReceptiveFields, content, path=Path("params.yaml"), key="receptive_fields")
    assert str(error.value).startswith(f"params.yaml: receptive_fields.{message}")
