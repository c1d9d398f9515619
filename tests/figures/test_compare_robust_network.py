"""Pictures of the networks side by side."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.compare_robust_network import (
    NETWORKS,
    draw_class_images,
    draw_filters,
    draw_noise,
    draw_occlusion,
    draw_targeted,
)
from tests.figures.conftest import assert_reproducible


def pictures(count: int) -> dict[str, NDArray[np.float64]]:
    random = np.random.default_rng(0)
    return {name: random.random((count, 28, 28)) for name in NETWORKS}


def class_images() -> Figure:
    nearest = {name: [index, *range(1, 10)] for index, name in enumerate(NETWORKS)}
    return draw_class_images(pictures(10), nearest)


def targeted() -> Figure:
    return draw_targeted(np.zeros((28, 28)), pictures(3), [1, 4, 7])


def noise() -> Figure:
    return draw_noise(np.zeros((2, 28, 28)), pictures(2), [5, 6])


def occlusion() -> Figure:
    digits = np.zeros((2, 28, 28))
    digits[:, 10:20, 10:14] = 1
    return draw_occlusion(digits, pictures(2))


def filters() -> Figure:
    return draw_filters({name: 0.1 * np.arange(32 * 9).reshape(32, 3, 3) for name in NETWORKS})


def test_class_images_have_a_row_a_network_and_name_their_nearest_class() -> None:
    axes = class_images().axes
    assert [axis.get_ylabel().replace("\n", " ") for axis in axes[::10]] == list(NETWORKS.values())
    assert [axis.get_title() for axis in axes[::10]] == [f"nearest {n}" for n in range(3)]
    assert [axis.get_xlabel() for axis in axes[20:]] == [f"class {digit}" for digit in range(10)]
    assert {axis.images[0].get_clim() for axis in axes} == {(0, 1)}


def test_targeted_images_have_a_row_a_network_and_a_column_a_target() -> None:
    axes = targeted().axes
    assert [axis.get_title() for axis in axes[:4]] == ["digit", "target 1", "target 4", "target 7"]
    assert [axis.get_ylabel().replace("\n", " ") for axis in axes[::4]] == list(NETWORKS.values())


@pytest.mark.parametrize("draw", [noise, occlusion])
def test_the_images_stand_above_those_of_the_networks(draw: type) -> None:
    labels = [axis.get_ylabel().replace("\n", " ") for axis in draw().axes[:8:2]]
    assert labels == ["image", *NETWORKS.values()]


def test_filters_and_probabilities_have_one_scale_for_all_networks() -> None:
    for axis in filters().axes[:3]:
        assert axis.images[0].get_clim() == pytest.approx((-28.7, 28.7))
    assert {axis.images[0].get_clim() for axis in occlusion().axes[2:8]} == {(0, 1)}


@pytest.mark.parametrize("draw", [class_images, targeted, noise, occlusion, filters])
def test_equal_pictures_give_equal_bytes(draw: type, tmp_path: Path) -> None:
    assert_reproducible(draw, tmp_path)
