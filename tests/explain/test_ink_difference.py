"""How much more patches on a digit matter, by hand."""

import torch

from foolproof.explain.ink_difference import ink_differences


def test_differences_are_of_each_image_by_hand() -> None:
    pixels = torch.tensor([[[1.0, 0.9], [0.2, 0.0]], [[0.0, 0.6], [0.1, 0.5]]])[:, None]
    maps = torch.tensor([[[0.1, 0.3], [0.7, 0.9]], [[0.5, 0.5], [0.4, 0.3]]])
    found = ink_differences(maps, torch.tensor([0.9, 0.5]), pixels)
    torch.testing.assert_close(found, torch.tensor([0.7 - 0.1, 0.0 - 0.1]).double())
