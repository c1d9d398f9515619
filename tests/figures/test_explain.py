"""Explanation maps side by side, and their deletion and insertion curves."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.explain import QUANTITIES, draw_curves, draw_maps
from foolproof.figures.style import AMOUNT, COLOURS, SIGNED
from tests.figures.conftest import assert_reproducible

RANDOM = np.random.default_rng(0)
DIGITS = RANDOM.random((2, 8, 8))
PHOTOS = RANDOM.random((2, 8, 8, 3))
MAPS = {name: RANDOM.standard_normal((2, 8, 8)) for name in QUANTITIES}


def sheet(images: NDArray[np.float64] = DIGITS) -> Figure:
    return draw_maps(images, MAPS, titles=["digit 1", "digit 7"], title="maps")


@pytest.mark.parametrize("images", [DIGITS, PHOTOS])
def test_the_sheet_has_a_row_an_image_and_a_column_a_method(images: NDArray[np.float64]) -> None:
    figure = sheet(images)
    pictures, bars = figure.axes[: 2 * 6], figure.axes[2 * 6 + 1 :]
    assert [axis.get_title() for axis in pictures[:6]] == [
        *("image", "saliency", "SmoothGrad", "integrated\ngradients", "Grad-CAM", "occlusion")
    ]
    assert [axis.get_ylabel() for axis in pictures[::6]] == ["digit 1", "digit 7"]
    assert [bar.get_xlabel() for bar in bars] == [each.label for each in QUANTITIES.values()]


def test_maps_of_a_column_have_one_colour_scale() -> None:
    pictures = sheet().axes[: 2 * 6]
    for column, (name, quantity) in enumerate(QUANTITIES.items(), start=1):
        first, second = (pictures[row * 6 + column].images[0] for row in range(2))
        low, limit = first.get_clim()
        assert (low, limit) == second.get_clim()
        assert low == (-limit if quantity.signed else 0)
        assert limit == pytest.approx(np.quantile(np.abs(MAPS[name]), 0.995))
        assert first.get_cmap().name == (SIGNED if quantity.signed else AMOUNT)


def test_maps_of_zeros_have_a_colour_scale() -> None:
    maps = {"gradcam": np.zeros((1, 8, 8))}
    figure = draw_maps(DIGITS[:1], maps, titles=["digit 1"], title="maps")
    low, limit = figure.axes[1].images[0].get_clim()
    assert low < limit


def test_equal_maps_give_equal_bytes(tmp_path: Path) -> None:
    assert_reproducible(sheet, tmp_path)


def test_controls_are_dashed_and_methods_coloured() -> None:
    curve = np.linspace(1, 0, 5)
    of_kind = dict.fromkeys(("saliency", "gradcam", "random", "intensity"), curve)
    figure = draw_curves(
        {"deletion": of_kind, "insertion": of_kind},
        ("random", "intensity"),
        images=40,
        title="digits",
    )
    deletion, insertion = figure.axes
    assert deletion.get_xlabel() == "pixels deleted (%)"
    assert insertion.get_xlabel() == "pixels inserted (%)"
    assert "mean over 40 images" in deletion.get_ylabel()
    lines = {str(line.get_label()): line for line in deletion.lines}
    assert list(lines) == ["saliency", "Grad-CAM", "random maps", "pixel intensity"]
    assert [line.get_linestyle() for line in lines.values()] == ["-", "-", "--", ":"]
    assert [to_hex(lines[name].get_color()) for name in ("saliency", "Grad-CAM")] == [
        each.lower() for each in COLOURS[:2]
    ]
    assert np.asarray(lines["saliency"].get_xdata()).tolist() == [0, 25, 50, 75, 100]
