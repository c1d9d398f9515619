"""Photos that can be attacked: those that a network takes for what they are."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.errors import FoolproofError
from foolproof.models.pretrained import Pretrained, class_index, network_pixels, predict
from foolproof.photos import Photo


class Usable(NamedTuple):
    """N photos that the network takes for what they are."""

    names: list[str]
    """Of their files."""

    pixels: Tensor
    """(N, 3, crop, crop), in [0, 1]."""

    labels: Tensor
    """Classes, (N,)."""


def usable(photos: Sequence[Photo], pretrained: Pretrained) -> Usable:
    """Keep the photos that the network takes for what they are.

    Raises:
        FoolproofError: when there is none.
    """
    known = [photo for photo in photos if photo.label in pretrained.classes]
    if known:
        pixels = network_pixels(pretrained, [photo.picture for photo in known])
        classes = [class_index(pretrained, str(photo.label)) for photo in known]
        labels = torch.tensor(classes, device=pixels.device)
        right = (predict(pretrained, pixels).argmax(1) == labels).nonzero()[:, 0]
        if len(right):
            names = [known[row].name for row in right.tolist()]
            return Usable(names, pixels[right], labels[right])
    raise FoolproofError(f"{pretrained.architecture} takes none of the photos for what it is")
