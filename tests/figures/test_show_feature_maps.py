"""Feature maps beside the photograph that causes them."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.show_feature_maps import LayerMaps, draw_feature_maps
from foolproof.figures.style import AMOUNT, INTENSITY, SIGNED
from tests.figures.conftest import assert_reproducible

PHOTO = np.full((8, 8, 3), 0.5)
RAMP = np.linspace(0, 1, 64).reshape(8, 8)


def draw(maps: int = 5) -> Figure:
    layers = [
        LayerMaps(
            f"layer {name}",
            np.stack([RAMP] * maps),
            [f"channel {index}" for index in range(maps)],
        )
        for name in ("early", "late")
    ]
    cues = {"brightness": RAMP, "red − green": 0.5 * RAMP - 0.4}
    return draw_feature_maps(PHOTO, cues, layers, title="Feature maps of a network")


def test_photo_cues_and_maps_say_what_they_are() -> None:
    figure = draw()
    titles = [axis.get_title() for axis in figure.axes if axis.get_title()]
    assert titles == [
        "the photo, as the\nnetwork sees it",
        "brightness\n0.00 to 1.00",
        "red − green\n−0.40 to 0.10",
        *[f"channel {index}" for index in range(5)] * 2,
    ]
    assert [text.get_text() for axis in figure.axes for text in axis.texts] == [
        "layer early",
        "layer late",
    ]
    assert figure.axes[-1].get_xlabel().startswith("activation")


def test_signs_have_two_colours_and_zero_the_middle() -> None:
    images = [image for axis in draw().axes for image in axis.images]
    assert [image.get_cmap().name for image in images[1:4]] == [INTENSITY, SIGNED, AMOUNT]
    assert images[2].get_clim() == (-0.4, 0.4)
    assert {image.get_clim() for image in images[3:]} == {(0, 1)}


@pytest.mark.parametrize("maps", [1, 8])
def test_equal_figures_give_equal_bytes_whatever_the_number_of_maps(
    tmp_path: Path, maps: int
) -> None:
    assert_reproducible(lambda: draw(maps), tmp_path)
