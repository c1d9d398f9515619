"""Sheets of filters and activations, and the chart by depth."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.style import save_figure
from foolproof.figures.visualize import activation_sheet, depth_chart, filter_sheet, filter_table
from tests.figures.conftest import assert_reproducible

RANDOM = np.random.default_rng(0)


def sheet() -> Figure:
    maps = np.linspace(0, 4, 2 * 16 * 25).reshape(2, 16, 5, 5)
    return activation_sheet(
        np.zeros((2, 10, 10)), maps, titles=["digit 3", "digit 5"], layer="conv2"
    )


def test_activation_sheet_has_image_and_maps_of_each_digit_on_one_scale() -> None:
    figure = sheet()
    assert len(figure.axes) == 2 * 2 + 1
    assert figure.get_suptitle() == "Activations of conv2 after the ReLU: 16 maps of 5 × 5"
    assert [axis.get_title() for axis in figure.axes[::2][:2]] == ["digit 3", "digit 5"]
    for axis in figure.axes[1:4:2]:
        (image,) = axis.images
        assert image.get_size() == (6 - 1, 16 * 6 - 1)
        assert image.get_clim() == (0, 4)
    assert figure.axes[4].get_ylabel() == "activation"


def test_equal_activation_maps_give_equal_bytes(tmp_path: Path) -> None:
    assert_reproducible(sheet, tmp_path)


def test_depth_chart_has_a_bar_a_layer_for_each_statistic(tmp_path: Path) -> None:
    keys = ("sparsity", "frequency", "dead_channels", "class_selectivity")
    layers = ("input", "conv1", "conv2")
    numbers = {
        name: {
            key: {"value": height, "low": height / 2, "high": 2 * height, "n": 32}
            if key == "dead_channels"
            else {"mean": height, "ci95": None if name == "input" else 0.1}
            for key, height in zip(keys, (RANDOM.random(4) / 4).tolist(), strict=True)
        }
        for name in layers
    }
    figure = depth_chart(numbers)
    assert len(figure.axes) == len(keys)
    for axis, key in zip(figure.axes, keys, strict=True):
        heights = [bar.get_height() for bar in axis.patches]  # type: ignore[attr-defined]
        name = "value" if key == "dead_channels" else "mean"
        assert heights == [numbers[layer][key][name] for layer in layers]
        bars = [segment[:, 1] for segment in axis.collections[0].get_segments()]  # type: ignore[attr-defined]
        middle = heights[1]
        expected = (middle / 2, 2 * middle) if name == "value" else (middle - 0.1, middle + 0.1)
        assert tuple(bars[1]) == pytest.approx(expected)
        assert [label.get_text() for label in axis.get_xticklabels()] == list(layers)
        assert axis.get_title()
        assert axis.get_ylabel()
    save_figure(figure, tmp_path / "depth.png", source="Data: none")


def test_filter_sheet_has_an_axis_a_filter_and_a_scale_symmetrical_around_zero(
    tmp_path: Path,
) -> None:
    figure = filter_sheet(np.linspace(-0.3, 0.1, 144).reshape(16, 1, 3, 3), layer="conv1")
    assert len(figure.axes) == 16 + 1
    assert figure.axes[15].get_title() == "15"
    assert figure.axes[0].images[0].get_clim() == pytest.approx((-0.3, 0.3))
    assert figure.get_suptitle() == "The 16 filters of conv1, 3 × 3 weights each"
    save_figure(figure, tmp_path / "sheet.png", source="Data: none")


def test_filter_table_has_a_row_a_filter_and_a_column_a_channel() -> None:
    filters = RANDOM.normal(size=(8, 16, 3, 3))
    figure = filter_table(filters, layer="conv2")
    axis, _ = figure.axes
    (image,) = axis.images
    drawn = np.ma.masked_array(image.get_array()).filled(np.nan)
    assert drawn.shape == (8 * 4 - 1, 16 * 4 - 1)
    np.testing.assert_array_equal(drawn[4:7, 8:11], filters[1, 2])
    assert np.isnan(drawn[3]).all()
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("input channel", "filter")
    assert [label.get_text() for label in axis.get_xticklabels()] == ["0", "4", "8", "12"]
    assert list(axis.get_yticks()) == [1, 17]


def test_equal_filters_give_equal_bytes(tmp_path: Path) -> None:
    filters = RANDOM.normal(size=(8, 8, 3, 3))
    assert_reproducible(lambda: filter_table(filters, layer="conv2"), tmp_path)
