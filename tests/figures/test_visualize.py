"""Sheets of activations and the chart by depth."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from foolproof.figures.style import save_figure
from foolproof.figures.visualize import activation_sheet, depth_chart
from tests.figures.conftest import assert_reproducible

RANDOM = np.random.default_rng(0)


def sheet() -> Figure:
    maps = np.linspace(0, 4, 2 * 16 * 25).reshape(2, 16, 5, 5)
    return activation_sheet(
        np.zeros((2, 10, 10)), maps, titles=["digit 3", "digit 5"], layer="conv2"
    )


def test_the_sheet_has_image_and_maps_of_each_digit_on_one_scale() -> None:
    figure = sheet()
    assert len(figure.axes) == 2 * 2 + 1
    assert figure.get_suptitle() == "Activations of conv2 after the ReLU: 16 maps of 5 × 5"
    assert [axis.get_title() for axis in figure.axes[::2][:2]] == ["digit 3", "digit 5"]
    for axis in figure.axes[1:4:2]:
        (image,) = axis.images
        assert image.get_size() == (2 * 6 - 1, 8 * 6 - 1)
        assert image.get_clim() == (0, 4)
    assert figure.axes[4].get_ylabel() == "activation"


def test_equal_maps_give_equal_bytes(tmp_path: Path) -> None:
    assert_reproducible(sheet, tmp_path)


def test_the_chart_has_a_bar_a_layer_for_each_quantity(tmp_path: Path) -> None:
    keys = ("sparsity", "frequency", "dead_channels", "class_selectivity")
    layers = ("input", "conv1", "conv2")
    numbers = {name: dict(zip(keys, RANDOM.random(4) / 2, strict=True)) for name in layers}
    figure = depth_chart(numbers)
    assert len(figure.axes) == len(keys)
    for axis, key in zip(figure.axes, keys, strict=True):
        heights = [bar.get_height() for bar in axis.patches]  # type: ignore[attr-defined]
        assert heights == [numbers[name][key] for name in layers]
        assert [label.get_text() for label in axis.get_xticklabels()] == list(layers)
        assert axis.get_title()
        assert axis.get_ylabel()
    save_figure(figure, tmp_path / "depth.png", source="Data: none")
