"""Photos that can be attacked: those that a network takes for what they are."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.errors import FoolproofError
from foolproof.models.pretrained import Pretrained, class_index, predict
from foolproof.photos import Photo, to_network_pixels


class Usable(NamedTuple):
    """N photos that the network takes for what they are."""

    names: list[str]
    """Of their files."""

    pixels: Tensor
    """(N, 3, crop, crop), in [0, 1]."""

    labels: Tensor
    """Classes, (N,)."""


def usable(photos: Sequence[Photo], pretrained: Pretrained, device: torch.device) -> Usable:
    """Keep the photos that the network takes for what they are.

    Raises:
        FoolproofError: when there is none.
    """
    known = [photo for photo in photos if photo.label in pretrained.classes]
    if known:
        pixels = torch.stack(
            [to_network_pixels(p.picture, pretrained.resize, pretrained.crop) for p in known]
        ).to(device)
        labels = torch.tensor([class_index(pretrained, str(p.label)) for p in known]).to(device)
        right = (predict(pretrained, pixels).argmax(1) == labels).nonzero()[:, 0]
        if len(right):
            names = [known[row].name for row in right.tolist()]
            return Usable(names, pixels[right], labels[right])
    raise FoolproofError(f"{pretrained.architecture} takes none of the photos for what it is")
