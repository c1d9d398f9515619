"""Deletion and insertion: tests of maps by the class probability while pixels are replaced."""

from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from foolproof.classifiers.classifier import Classifier
from foolproof.explain.checks import check_at_least_one, check_maps, checked_classes
from foolproof.explain.replacement import mean_colour, replacement_probabilities, tile_ranks
from foolproof.optimize.transforms import gaussian_blur

Baseline = Literal["mean", "blur", "black"]
"""What an image without its pixels is: its mean colour, itself blurred, or the lower bound."""

# Of the blur, in pixels, as in RISE: a kernel of 11 x 11.
BLUR_STD = 5.0
BLUR_RADIUS = 5


class ProbabilityCurves(NamedTuple):
    """Probabilities of a class for each of N images while more and more pixels are replaced."""

    shares: Tensor
    """Of the pixels or tiles that are replaced, from 0 to 1, (S + 1,)."""

    probabilities: Tensor
    """(N, S + 1), in [0, 1]."""

    @property
    def area(self) -> Tensor:
        """Area under each curve by the trapezoidal rule, (N,), in [0, 1]."""
        return torch.trapezoid(self.probabilities, self.shares)


def deletion_curve(
    model: Classifier,
    x: Tensor,
    target: Tensor | int,
    maps: Tensor,
    *,
    steps: int = 50,
    tile: int = 1,
    baseline: Baseline = "mean",
) -> ProbabilityCurves:
    """Compute the class probability while pixels are deleted in descending importance.

    Source: Petsiuk, Das and Saenko, RISE (arXiv 1806.07421).

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).
        maps: importance of the pixels, (N, H, W).
        steps: forward passes after the first for each image, at least 1; one for each tile where
            there are fewer tiles.
        tile: side in pixels of the squares that are deleted at once, by their mean importance;
            the last row and column of tiles may be smaller.
        baseline: what deleted pixels become.

    Returns:
        Curves from the whole image to the baseline alone.

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: when images, target, maps or settings are not valid.

    Example:
        >>> import foolproof as fp, torch
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 3))
        >>> model = fp.classifier(net, input_shape=(3, 4, 4))
        >>> x = torch.rand(5, 3, 4, 4)
        >>> maps = fp.explain.saliency(model, x, 1)
        >>> fp.explain.deletion_curve(model, x, 1, maps, steps=8).probabilities.shape
        torch.Size([5, 9])
    """
    classes = _checked(model, x, target, maps, steps, tile)
    replaced = _baseline_images(model, x, baseline)
    return _curves(model, x, replaced, classes, maps, steps, tile)


def insertion_curve(
    model: Classifier,
    x: Tensor,
    target: Tensor | int,
    maps: Tensor,
    *,
    steps: int = 50,
    tile: int = 1,
    baseline: Baseline = "blur",
) -> ProbabilityCurves:
    """Compute the class probability while pixels are inserted in descending importance.

    Source: Petsiuk, Das and Saenko, RISE (arXiv 1806.07421).

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).
        maps: importance of the pixels, (N, H, W).
        steps: as for `deletion_curve`.
        tile: as for `deletion_curve`.
        baseline: what the pixels are before they are inserted.

    Returns:
        Curves from the baseline alone to the whole image.

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: when images, target, maps or settings are not valid.

    Example:
        >>> import foolproof as fp, torch
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 3))
        >>> model = fp.classifier(net, input_shape=(3, 4, 4))
        >>> x = torch.rand(5, 3, 4, 4)
        >>> maps = fp.explain.saliency(model, x, 1)
        >>> fp.explain.insertion_curve(model, x, 1, maps, tile=2).probabilities.shape
        torch.Size([5, 5])
    """
    classes = _checked(model, x, target, maps, steps, tile)
    start = _baseline_images(model, x, baseline)
    return _curves(model, start, x, classes, maps, steps, tile)


def deletion_score(
    model: Classifier,
    x: Tensor,
    target: Tensor | int,
    maps: Tensor,
    *,
    steps: int = 50,
    tile: int = 1,
    baseline: Baseline = "mean",
) -> Tensor:
    """Compute the area under the `deletion_curve`: the lower, the better the map.

    Source: Petsiuk, Das and Saenko, RISE (arXiv 1806.07421).

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).
        maps: importance of the pixels, (N, H, W).
        steps: as for `deletion_curve`.
        tile: as for `deletion_curve`.
        baseline: what deleted pixels become.

    Returns:
        Scores (N,) in [0, 1].

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: when images, target, maps or settings are not valid.

    Example:
        >>> import foolproof as fp, torch
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 3))
        >>> model = fp.classifier(net, input_shape=(3, 4, 4))
        >>> x = torch.rand(5, 3, 4, 4)
        >>> maps = fp.explain.integrated_gradients(model, x, 1, baseline=0.5)
        >>> fp.explain.deletion_score(model, x, 1, maps, baseline="black").shape
        torch.Size([5])
    """
    return deletion_curve(model, x, target, maps, steps=steps, tile=tile, baseline=baseline).area


def insertion_score(
    model: Classifier,
    x: Tensor,
    target: Tensor | int,
    maps: Tensor,
    *,
    steps: int = 50,
    tile: int = 1,
    baseline: Baseline = "blur",
) -> Tensor:
    """Compute the area under the `insertion_curve`: the higher, the better the map.

    Source: Petsiuk, Das and Saenko, RISE (arXiv 1806.07421).

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).
        maps: importance of the pixels, (N, H, W).
        steps: as for `deletion_curve`.
        tile: as for `deletion_curve`.
        baseline: what the pixels are before they are inserted.

    Returns:
        Scores (N,) in [0, 1].

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: when images, target, maps or settings are not valid.

    Example:
        >>> import foolproof as fp, torch
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 3))
        >>> model = fp.classifier(net, input_shape=(3, 4, 4))
        >>> x = torch.rand(5, 3, 4, 4)
        >>> fp.explain.insertion_score(model, x, 1, fp.explain.saliency(model, x, 1)).shape
        torch.Size([5])
    """
    return insertion_curve(model, x, target, maps, steps=steps, tile=tile, baseline=baseline).area


def _checked(
    model: Classifier, x: Tensor, target: Tensor | int, maps: Tensor, steps: int, tile: int
) -> Tensor:
    """Check what curves are given, and return the classes (N,)."""
    classes = checked_classes(model, x, target)
    check_maps(x, maps)
    check_at_least_one(steps=steps, tile=tile)
    return classes


def _baseline_images(model: Classifier, x: Tensor, baseline: Baseline) -> Tensor:
    """Make what each image is without its pixels, (N, C, H, W)."""
    if baseline not in get_args(Baseline):
        known = ", ".join(get_args(Baseline))
        raise ValueError(f"expected baseline as one of {known}, found {baseline!r}")
    if baseline == "mean":
        return mean_colour(x).expand_as(x)
    if baseline == "blur":
        return gaussian_blur(x, x.new_full((len(x),), BLUR_STD), radius=BLUR_RADIUS)
    return torch.full_like(x, model.bounds[0])


def _curves(
    model: Classifier,
    start: Tensor,
    end: Tensor,
    classes: Tensor,
    maps: Tensor,
    steps: int,
    tile: int,
) -> ProbabilityCurves:
    """Replace the tiles of `start` by those of `end` in descending importance."""
    importance = avg_pool2d(maps[:, None], tile, ceil_mode=True).flatten(1)
    orders = importance.argsort(descending=True, stable=True)
    tiles = orders.shape[1]
    counts = torch.linspace(0, tiles, min(steps, tiles) + 1, dtype=torch.double).round().long()
    probabilities = replacement_probabilities(
        model, start, end, classes, tile_ranks(orders, start, tile), counts.to(start.device)
    )
    return ProbabilityCurves((counts / tiles).to(probabilities), probabilities)
