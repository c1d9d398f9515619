"""Maps and deletion curves of blocks, against loops and on networks that look at one place."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.core.errors import FoolproofError
from foolproof.explain.block_occlusion import deletion_curve, occlusion_map, tile_importance

SIDE = 12


class LooksAt(nn.Module):
    """A network whose first logit is the brightness of one pixel, the other one zero."""

    def __init__(self, y: int, x: int) -> None:
        super().__init__()
        self.y, self.x = y, x

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, 2)."""
        value = 8 * pixels[:, :, self.y, self.x].mean(1)
        return torch.stack([value, torch.zeros_like(value)], 1)


@pytest.fixture
def photo() -> Tensor:
    return 0.2 + 0.8 * torch.rand(3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 2), (5, 5), (7, 4), (25, 3)])
def test_the_map_is_that_of_a_loop(photo: Tensor, size: int, stride: int) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(400, 3)).eval()
    found = occlusion_map(network, photo, 1, size=size, stride=stride, fill=0.5)
    half = size // 2
    for row, y in enumerate(range(0, SIDE, stride)):
        for column, x in enumerate(range(0, SIDE, stride)):
            covered = photo.clone()
            covered[:, max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1] = 0.5
            with torch.no_grad():
                expected = network(covered[None]).softmax(1)[0, 1]
            torch.testing.assert_close(found[row, column], expected)
    assert found.shape == (-(-SIDE // stride),) * 2


def test_only_blocks_over_the_place_that_counts_matter(photo: Tensor) -> None:
    found = occlusion_map(LooksAt(4, 8), photo, 0, size=3, stride=1, fill=0)
    matters = found < found.max() - 1e-6
    expected = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    expected[3:6, 7:10] = True
    assert torch.equal(matters, expected)


def test_an_even_block_is_refused(photo: Tensor) -> None:
    with pytest.raises(
        FoolproofError, match="a block of 4 pixels has no centre; blocks of 3 and 5"
    ):
        occlusion_map(LooksAt(0, 0), photo, 0, size=4, stride=1, fill=0)


def test_the_probability_falls_when_the_tile_that_counts_goes(photo: Tensor) -> None:
    # Tiles of 5 pixels: 3 x 3, the last ones smaller; pixel (4, 8) is in tile 1.
    for position in (0, 3, 8):
        order = [tile for tile in range(9) if tile != 1]
        order.insert(position, 1)
        curve = deletion_curve(LooksAt(4, 8), photo, 0, order, tile=5)
        before, after = (8 * value for value in (photo[:, 4, 8].mean(), photo.mean()))
        expected = torch.stack([before] * (position + 1) + [after] * (9 - position)).sigmoid()
        torch.testing.assert_close(curve, expected)


def test_the_tile_that_counts_is_the_most_important(photo: Tensor) -> None:
    heat = occlusion_map(LooksAt(4, 8), photo, 0, size=3, stride=2, fill=0)
    importance = tile_importance(heat, side=SIDE, stride=2, tile=5)
    assert importance.shape == (9,)
    assert importance.argmax() == 1
