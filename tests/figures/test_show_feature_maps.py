"""Feature maps, and the photo with its low-level features."""

from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from foolproof.compute.intervals import Interval
from foolproof.explain.layer_summary import (
    ClosestChannel,
    FeatureMapStatistics,
    LayerSummary,
    ShownChannel,
)
from foolproof.figures.show_feature_maps import (
    LayerMaps,
    channel_title,
    draw_feature_maps,
    layer_label,
)
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
    features = {"brightness": RAMP, "red − green": 0.5 * RAMP - 0.4}
    return draw_feature_maps(PHOTO, features, layers, architecture="resnet18")


def test_photo_features_and_maps_have_titles() -> None:
    figure = draw()
    titles = [axis.get_title() for axis in figure.axes if axis.get_title()]
    assert titles == [
        "the photo, as\nthe network's input",
        "brightness\n0.00 to 1.00",
        "red − green\n−0.40 to 0.10",
        *[f"channel {index}" for index in range(5)] * 2,
    ]
    assert [text.get_text() for axis in figure.axes for text in axis.texts] == [
        "layer early",
        "layer late",
    ]
    assert figure.axes[-1].get_xlabel().startswith("activation")


def test_signed_features_have_a_diverging_colour_map() -> None:
    images = [image for axis in draw().axes for image in axis.images]
    assert [image.get_cmap().name for image in images[1:4]] == [INTENSITY, SIGNED, AMOUNT]
    assert images[2].get_clim() == (-0.4, 0.4)
    assert {image.get_clim() for image in images[3:]} == {(0, 1)}


@pytest.mark.parametrize("maps", [1, 8])
def test_equal_figures_give_equal_bytes_whatever_the_number_of_maps(
    tmp_path: Path, maps: int
) -> None:
    assert_reproducible(lambda: draw(maps), tmp_path)


@pytest.mark.parametrize(("between", "lines"), [(0.25, 7), (None, 6)])
def test_layer_label_names_the_statistics(between: float | None, lines: int) -> None:
    statistics = FeatureMapStatistics(torch.tensor([0.4, 0.6]), torch.tensor([0.123]), between)
    closest = ClosestChannel(3, 0.9, Interval(mean=0.9, ci95=None, n=1))
    summary = LayerSummary(64, 28, statistics, {"edges": closest}, [])
    label = layer_label("layer2.1.relu", 4, 17, summary).split("\n")
    assert label[:3] == ["layer2.1.relu", "layer 4 of 17", "64 maps of 28 × 28"]
    assert label[3] == "sparsity: 50 % of activations are zero"
    assert label[4:6] == ["variance explained by", "low-level features: 12 %"]
    assert label[6:] == ["variance between photos: 25 %"][: lines - 6]


def test_channel_title_names_the_closest_feature() -> None:
    shown = ShownChannel(7, {"brightness": 0.2, "edges": -0.63}, most_active_in=0)
    assert channel_title(shown, "zebra") == "channel 7\nedges\nr = −0.63\nmost: zebra"
