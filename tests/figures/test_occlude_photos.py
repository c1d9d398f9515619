"""Figures of occlusion maps and deletion curves."""

import numpy as np
import torch

from foolproof.explain.deletion import Order
from foolproof.figures.occlude_photos import draw_deletion, draw_occlusion_maps
from foolproof.figures.style import PROBABILITY

ORDERS: dict[Order, str] = {"important": "most important first", "random": "random"}


def test_each_block_has_a_map_over_the_whole_photo_and_a_colour_bar() -> None:
    photo = np.random.default_rng(0).random((16, 16, 3))
    probabilities = torch.rand(4, 4)
    figure = draw_occlusion_maps(
        [("goldfish\n92.0 %", photo, [probabilities])],
        [(3, 4)],
        fill=0.5,
        title="mobilenet_v2",
    )
    assert "a block of value 0.5 covers" in figure.get_suptitle()
    shown, overlay = figure.axes[:2]
    assert shown.get_title() == "goldfish\n92.0 %"
    assert overlay.get_title() == "block 3, stride 4"
    # Centres at 0, 4, 8 and 12, each in the middle of a cell.
    assert tuple(overlay.images[1].get_extent()) == (-2.5, 13.5, 13.5, -2.5)
    assert overlay.get_xlim() == (-0.5, 15.5)
    assert len(figure.axes) == 3
    assert overlay.images[1].get_clim() == (0, 1)
    assert overlay.images[1].get_cmap().name == PROBABILITY


def test_deletion_curves_go_from_the_whole_photo_to_nothing() -> None:
    curves: dict[Order, list[torch.Tensor]] = {
        "important": [torch.tensor([1.0, 0.2, 0.0])],
        "random": [torch.tensor([1.0, 0.8, 0.0]), torch.tensor([1.0, 0.6, 0.0])],
    }
    photos = [("goldfish", curves)] * 2  # two photos of one class
    scored: dict[Order, torch.Tensor] = {
        "important": torch.rand(5, 3),
        "random": torch.rand(5, 3),
    }
    figure = draw_deletion(photos, scored, ORDERS, title="mobilenet_v2")
    mean, axis, _ = figure.axes
    assert mean.get_title() == "mean of 5 photos,\n95 % interval"
    means = scored["random"].mean(0).numpy()
    np.testing.assert_allclose(np.asarray(mean.lines[1].get_ydata()), means, rtol=1e-6)
    assert [line.get_label() for line in axis.lines] == list(ORDERS.values())
    np.testing.assert_allclose(np.asarray(axis.lines[1].get_ydata()), [1, 0.7, 0], rtol=1e-6)
    assert axis.get_title() == "goldfish"
