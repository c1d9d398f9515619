"""Deletion curves and the importance of tiles, on a network that depends on a single pixel."""

import pytest
import torch
from torch import Tensor

from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.seeds import new_generator
from foolproof.explain.deletion import (
    Order,
    compare_orders,
    deletion_areas,
    deletion_curve,
    deletion_curves,
    tile_importance,
)
from foolproof.explain.occlude import occlusion_maps
from tests.explain.conftest import SIDE, OnePixel


def map_of(photo: Tensor, stride: int) -> Tensor:
    """Compute the occlusion map of a network that depends on pixel (4, 8)."""
    classes = torch.tensor([0])
    return occlusion_maps(OnePixel(4, 8), photo[None], classes, size=3, stride=stride, fill=0)[0]


def test_probability_falls_when_the_relevant_tile_is_deleted(photo: Tensor) -> None:
    # Tiles of 5 pixels: 3 x 3, the last ones smaller; pixel (4, 8) is in tile 1.
    for position in (0, 3, 8):
        order = [tile for tile in range(9) if tile != 1]
        order.insert(position, 1)
        curve = deletion_curve(OnePixel(4, 8), photo, 0, order, tile=5)
        before, after = (8 * value for value in (photo[:, 4, 8].mean(), photo.mean()))
        expected = torch.stack([before] * (position + 1) + [after] * (9 - position)).sigmoid()
        torch.testing.assert_close(curve, expected)


def test_relevant_tile_is_the_most_important(photo: Tensor) -> None:
    probabilities = map_of(photo, stride=2)
    importance = tile_importance(probabilities, side=SIDE, stride=2, tile=5)
    assert importance.shape == (9,)
    assert importance.argmax() == 1


def test_deletion_curves_follow_the_importance(photo: Tensor) -> None:
    network = OnePixel(4, 8)
    maps = [(map_of(photo, stride), stride) for stride in (1, 2)]
    curves = deletion_curves(
        network, photo, 0, maps, tile=5, random_orders=2, generator=new_generator(0)
    )
    assert {kind: len(of_kind) for kind, of_kind in curves.items()} == {
        "important": 1,
        "random": 2,
        "unimportant": 1,
    }
    before, after = (8 * value for value in (photo[:, 4, 8].mean(), photo.mean()))
    (first,), (last,) = curves["important"], curves["unimportant"]
    torch.testing.assert_close(first, torch.stack([before] + [after] * 9).sigmoid())
    torch.testing.assert_close(last, torch.stack([before] * 9 + [after]).sigmoid())
    assert not torch.equal(*curves["random"])


def test_orders_are_compared_photo_by_photo() -> None:
    curves: dict[Order, list[Tensor]] = {
        "important": [torch.tensor([1.0, 0.5, 0.0])],
        "random": [torch.tensor([1.0, 0.8, 0.0]), torch.tensor([1.0, 0.4, 0.4])],
        "unimportant": [torch.tensor([1.0, 1.0, 1.0])],
    }
    areas = deletion_areas(curves)
    assert areas == pytest.approx({"important": 0.5, "random": 0.6, "unimportant": 1.0})
    second: dict[Order, float] = {"important": 0.3, "random": 0.2, "unimportant": 0.4}
    found = compare_orders([areas, second])
    assert found["area"]["random"] == pytest.approx(mean_with_interval([0.6, 0.2]), abs=1e-5)
    assert found["random_minus_important"] == pytest.approx(
        mean_with_interval([0.1, -0.1]), abs=1e-5
    )
    assert found["unimportant_minus_random"] == pytest.approx(
        mean_with_interval([0.4, 0.2]), abs=1e-5
    )
