"""Sheets of filters."""

from pathlib import Path

import numpy as np
import pytest

from foolproof.figures.filters import filter_sheet, filter_table
from foolproof.figures.style import save_figure
from tests.figures.conftest import assert_reproducible

RANDOM = np.random.default_rng(0)


def test_the_sheet_has_an_axis_a_filter_and_a_scale_symmetrical_around_zero(
    tmp_path: Path,
) -> None:
    figure = filter_sheet(np.linspace(-0.3, 0.1, 144).reshape(16, 1, 3, 3), layer="conv1")
    assert len(figure.axes) == 16 + 1
    assert figure.axes[15].get_title() == "filter 15"
    assert figure.axes[0].images[0].get_clim() == pytest.approx((-0.3, 0.3))
    assert figure.get_suptitle() == "The 16 filters of conv1, 3 × 3 weights each"
    save_figure(figure, tmp_path / "sheet.png", source="Data: none")


def test_the_table_has_a_row_a_filter_and_a_column_a_channel() -> None:
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
