"""The photos that the network classifies correctly, from which attacks start."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.photos.photo import Photo
from foolproof.pretrained.load import Pretrained, network_pixels, predict


class ClassifiedPhotos(NamedTuple):
    """N photos with their predicted classes, from which attacks start."""

    names: list[str]
    """Of their files."""

    pixels: Tensor
    """(N, 3, crop, crop), in [0, 1]."""

    labels: Tensor
    """Predicted classes, (N,); the true ones where `by` is `label`."""

    by: Literal["label", "prediction"]
    """`label` for the correctly classified photos, `prediction` for all where none is correct."""

    candidates: int
    """Number of photos to choose from."""

    labelled: int
    """Number of candidates with a label among the classes of the network."""

    def describe(self) -> dict[str, NDArray[Any]]:
        """Describe the choice by arrays of one value, for `description`."""
        return {
            "candidate_photos": np.array(self.candidates),
            "labelled_photos": np.array(self.labelled),
            "attacked_photos": np.array(len(self.names)),
            "photos_by": np.array(self.by),
        }


def description(arrays: Mapping[str, NDArray[Any]]) -> dict[str, int | str]:
    """Read the choice of photos from saved arrays, for metrics."""
    keys = ("candidate_photos", "labelled_photos", "attacked_photos", "photos_by")
    return {key: arrays[key].item() for key in keys}


def correctly_classified(photos: Sequence[Photo], pretrained: Pretrained) -> ClassifiedPhotos:
    """Select the photos that the network classifies correctly; without any, all.

    A photo is correctly classified if its label is the name of the predicted class: ImageNet has
    two classes of one name.

    Args:
        photos: at least one; labels may be missing, or no classes of the network.
        pretrained: the network.
    """
    pixels = network_pixels(pretrained, [photo.picture for photo in photos])
    predicted = predict(pretrained, pixels).argmax(1)
    known = [photo.label in pretrained.classes for photo in photos]
    correct = [
        index
        for index, top in enumerate(predicted.tolist())
        if photos[index].label == pretrained.classes[top]
    ]
    if not correct:
        logging.warning(
            "%s classifies none of %d photos correctly, of which %d have a label among its "
            "classes; all are attacked, each starting from its predicted class",
            pretrained.architecture,
            len(photos),
            sum(known),
        )
    indices = correct or list(range(len(photos)))
    chosen = torch.tensor(indices, device=pixels.device)
    return ClassifiedPhotos(
        [photos[index].name for index in indices],
        pixels[chosen],
        predicted[chosen],
        "label" if correct else "prediction",
        len(photos),
        sum(known),
    )
