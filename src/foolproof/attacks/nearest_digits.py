"""Nearest real digits of an image: which class it looks like, without a network."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from foolproof.optimize.steps import l2_norms
from foolproof.optimize.transforms import gaussian_blur

# Images blurred at a time.
CHUNK = 500


class Neighbours(NamedTuple):
    """The k nearest references of N images, in descending order of correlation."""

    indices: Tensor
    """(N, k) int64."""

    correlations: Tensor
    """(N, k), in [-1, 1]."""

    classes: Tensor
    """Of the majority of the neighbours, (N,) int64."""


class ReferenceDigits:
    """Real digits, with which images are compared by the correlation of blurred pixels.

    The correlation ignores brightness and contrast, and so the grey of an image's background. The
    blur forgives strokes that are a pixel away.
    """

    def __init__(self, images: Tensor, labels: Tensor, *, blur: float) -> None:
        """Prepare references.

        Args:
            images: (M, 1, H, W), pixels in [0, 1].
            labels: their classes, (M,) int64.
            blur: standard deviation of the Gaussian blur, in pixels.
        """
        self._blur = blur
        self._standardized, self._labels = standardized(images, blur), labels

    def nearest(self, images: Tensor, neighbours: int) -> Neighbours:
        """Find the nearest references of images (N, 1, H, W), and the class of their majority.

        Of several classes with equally many neighbours, that of the nearest one wins. Where there
        are fewer references than `neighbours`, all are neighbours.
        """
        correlations, indices = (standardized(images, self._blur) @ self._standardized.T).topk(
            min(neighbours, len(self._labels))
        )
        return Neighbours(indices, correlations, majority(self._labels[indices]))


def standardized(images: Tensor, blur: float) -> Tensor:
    """Blur images (N, 1, H, W), subtract the mean, and scale to L2 norm 1; a constant is zero.

    The product of two results (H W,) is Pearson's correlation.
    """
    radius = int(4 * blur) + 1
    blurred = torch.cat(
        [gaussian_blur(x, x.new_full((len(x),), blur), radius=radius) for x in images.split(CHUNK)]
    ).flatten(1)
    centred = blurred - blurred.mean(1, keepdim=True)
    norms = l2_norms(centred)[:, None]
    # Rounding leaves a constant image a norm of about 1e-6.
    return torch.where(norms > 1e-4, centred / norms.clamp(min=1e-4), 0)


def majority(classes: Tensor) -> Tensor:
    """Find the most frequent class in each row (N, k); of several the one that stands first."""
    counts = one_hot(classes).sum(1).gather(1, classes)
    first = (counts == counts.amax(1, keepdim=True)).int().argmax(1, keepdim=True)
    return classes.gather(1, first)[:, 0]
