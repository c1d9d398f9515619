"""Drops of the probability on the digit and beside it, image by image."""

import pytest
import torch

from foolproof.compute.intervals import mean_with_interval
from foolproof.core.errors import FoolproofError
from foolproof.explain.ink_contrast import (
    InkContrast,
    fill_differences,
    ink_contrast,
    largest_contrast,
    summarize,
)


def contrast(*differences: float) -> InkContrast:
    """Give a contrast with these differences and a drop of 0.5 beside the digit."""
    background = torch.full((len(differences),), 0.5, dtype=torch.float64)
    return InkContrast(background + torch.tensor(differences, dtype=torch.float64), background)


def test_ink_contrast_by_hand_leaves_out_images_without_both() -> None:
    """Of four images the second has no ink and the last nothing else."""
    pixels = torch.tensor(
        [[[0.9, 0.1], [0.5, 0.8]], [[0, 0], [0, 0]], [[0, 0], [0.6, 0]], [[1, 1], [1, 1]]]
    )[:, None]
    maps = torch.tensor([[0.2, 0.9, 0.8, 0.4], [0] * 4, [0.5, 0.5, 0.1, 0.4], [0] * 4])
    found = ink_contrast(maps.view(4, 2, 2), torch.tensor([1.0, 1, 0.5, 1]), pixels)
    torch.testing.assert_close(found.on_ink, torch.tensor([0.7, 0.4]).double())
    torch.testing.assert_close(found.on_background, torch.tensor([0.15, 0.1 / 3]).double())
    torch.testing.assert_close(found.difference, found.on_ink - found.on_background)


def test_differences_are_of_each_image_by_hand() -> None:
    pixels = torch.tensor([[[1.0, 0.9], [0.2, 0.0]], [[0.0, 0.6], [0.1, 0.5]]])[:, None]
    maps = torch.tensor([[[0.1, 0.3], [0.7, 0.9]], [[0.5, 0.5], [0.4, 0.3]]])
    found = ink_contrast(maps, torch.tensor([0.9, 0.5]), pixels).difference
    torch.testing.assert_close(found, torch.tensor([0.7 - 0.1, 0.0 - 0.1]).double())


def test_positions_of_a_stride_are_those_of_the_map() -> None:
    pixels = torch.zeros(1, 1, 5, 5)
    pixels[0, 0, 2, 4] = 1
    maps = torch.full((1, 3, 3), 0.75)
    maps[0, 1, 2] = 0.25
    found = ink_contrast(maps, torch.ones(1), pixels, stride=2)
    assert (found.on_ink.item(), found.on_background.item()) == (0.75, 0.25)


def test_images_without_ink_at_the_positions_are_refused() -> None:
    pixels = torch.zeros(2, 1, 5, 5)
    pixels[:, 0, 1, 1] = 1
    with pytest.raises(FoolproofError, match="at a stride of 2 no image has"):
        ink_contrast(torch.zeros(2, 3, 3), torch.ones(2), pixels, stride=2)


def test_summary_has_an_interval_over_the_images() -> None:
    found = summarize({"grey": {3: contrast(0.25, -0.5)}})
    assert found["grey"]["3"]["difference"] == mean_with_interval([0.25, -0.5])
    assert found["grey"]["3"]["on_background"] == {"mean": 0.5, "ci95": 0, "n": 2}


def test_patches_that_are_not_clearly_below_the_largest_contrast_are_listed() -> None:
    """The second is below it in every image by nearly the same, the third in the mean only."""
    contrasts = {
        "grey": {3: contrast(0.5, 0.375, 0.25), 5: contrast(0.25, 0.15, 0.01)},
        "black": {3: contrast(0.0, 0.125, 0.875)},
    }
    found = largest_contrast(contrasts)
    assert (found["fill"], found["size"]) == ("grey", 3)
    assert found["difference"] == mean_with_interval([0.5, 0.375, 0.25])
    assert found["not_below"] == [{"fill": "black", "size": 3}]


def test_a_single_image_tells_no_patches_apart() -> None:
    found = largest_contrast({"grey": {3: contrast(0.5), 5: contrast(0.25)}})
    assert found["not_below"] == [{"fill": "grey", "size": 5}]


def test_fills_are_compared_with_the_first_on_the_same_images() -> None:
    found = fill_differences({"grey": {3: contrast(0.5, 0.25)}, "black": {3: contrast(0.75, 0.75)}})
    assert found == {
        "reference": "grey",
        "by_fill": {"black": {"3": mean_with_interval([0.25, 0.5])}},
    }
    alone = fill_differences({"grey": {3: contrast(0.5, 0.25)}})
    assert alone == {"reference": "grey", "by_fill": {}}
