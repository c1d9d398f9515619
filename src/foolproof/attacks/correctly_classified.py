"""Which photos are attacked, and from which classes."""

import logging
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from foolproof.photos.photo import Photo
from foolproof.pretrained.load import Pretrained, network_pixels, predict


class ClassifiedPhotos(NamedTuple):
    """N photos with the classes that a network predicts for them, from which attacks start."""

    names: list[str]
    """Of their files."""

    pixels: Tensor
    """(N, 3, crop, crop), in [0, 1]."""

    labels: Tensor
    """Predicted classes, (N,); the true ones where `by` is `label`."""

    by: Literal["label", "prediction"]
    """Whether these are the correctly classified photos, or all, since there is no such photo."""

    candidates: int
    """Photos that these were chosen from."""

    labelled: int
    """How many of the candidates have a label among the network's classes."""

    def describe(self) -> dict[str, Any]:
        """Summarize for metrics how the photos were chosen."""
        return {
            "candidate_photos": self.candidates,
            "labelled_photos": self.labelled,
            "photos_by": self.by,
        }


def correctly_classified(photos: Sequence[Photo], pretrained: Pretrained) -> ClassifiedPhotos:
    """Keep the photos that the network classifies correctly; where there is none, keep all.

    A photo is correctly classified if the name of the predicted class is its label: ImageNet has
    two classes of one name.

    Args:
        photos: at least one; they may have labels that are no classes of the network, or none.
        pretrained: the network.
    """
    pixels = network_pixels(pretrained, [photo.picture for photo in photos])
    predicted = predict(pretrained, pixels).argmax(1)
    known = [photo.label in pretrained.classes for photo in photos]
    correct = [
        row
        for row, index in enumerate(predicted.tolist())
        if photos[row].label == pretrained.classes[index]
    ]
    if not correct:
        logging.warning(
            "%s classifies none of %d photos correctly, of which %d have a label among its "
            "classes; all are attacked, each starting from its predicted class",
            pretrained.architecture,
            len(photos),
            sum(known),
        )
    rows = correct or list(range(len(photos)))
    chosen = torch.tensor(rows, device=pixels.device)
    return ClassifiedPhotos(
        [photos[row].name for row in rows],
        pixels[chosen],
        predicted[chosen],
        "label" if correct else "prediction",
        len(photos),
        sum(known),
    )
