"""Figure of colour filters."""

from pathlib import Path

import numpy as np

from foolproof.figures.show_filters import draw_filters, min_max_normalize
from tests.figures.conftest import assert_reproducible

RANDOM = np.random.default_rng(1)


def test_each_filter_is_normalized_by_its_own_minimum_and_maximum() -> None:
    filters = RANDOM.normal(size=(5, 3, 4, 6))
    for before, after in zip(filters, min_max_normalize(filters), strict=True):
        np.testing.assert_allclose(after, (before - before.min()) / (before.max() - before.min()))
        assert (after.min(), after.max()) == (0, 1)
    np.testing.assert_array_equal(min_max_normalize(np.full((1, 3, 2, 2), 7.0)), 0)


def test_the_sheet_has_sixteen_filters_a_row(tmp_path: Path) -> None:
    filters = RANDOM.normal(size=(64, 3, 11, 11))
    figure = draw_filters(filters, name="the network")
    (axis,) = figure.axes
    drawn = np.asarray(axis.images[0].get_array())
    assert drawn.shape == (4 * 12 - 1, 16 * 12 - 1, 3)
    np.testing.assert_array_equal(
        drawn[12:23, 24:35], min_max_normalize(filters)[16 + 2].transpose(1, 2, 0)
    )
    np.testing.assert_array_equal(drawn[11], 1)
    np.testing.assert_array_equal(drawn[:, 23], 1)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["0 +", "16 +", "32 +", "48 +"]
    title = "First layer of the network: 64 filters of 11 × 11 pixels"
    assert figure.get_suptitle() == title
    assert_reproducible(lambda: draw_filters(filters, name="x"), tmp_path)


def test_a_last_row_may_be_short() -> None:
    (axis,) = draw_filters(RANDOM.normal(size=(20, 3, 3, 3)), name="it").axes
    drawn = np.asarray(axis.images[0].get_array())
    assert drawn.shape == (2 * 4 - 1, 16 * 4 - 1, 3)
    np.testing.assert_array_equal(drawn[4:, 4 * 4 :], 1)
    assert not (drawn[4:7, 12:15] == 1).all()
