"""Explanations by gradients of a class's logit: saliency, SmoothGrad, integrated gradients."""

from collections.abc import Callable
from math import isfinite
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from foolproof.classifiers.checks import check_images
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.seeds import new_generator
from foolproof.core.errors import FoolproofError
from foolproof.explain.checks import check_at_least_one, check_maps, check_pixel, checked_classes
from foolproof.explain.chunks import images_together

Method = Literal["gauss_legendre", "midpoint"]
"""A rule of quadrature on [0, 1]."""

Points = Callable[[Tensor, Tensor], Tensor]
"""From indices of images (n,) and of points (n,) to inputs (n, C, H, W)."""


def saliency(model: Classifier, x: Tensor, target: Tensor | int) -> Tensor:
    """Compute max over channels of |d logit[target] / d x|.

    Source: Simonyan, Vedaldi and Zisserman, Deep inside convolutional networks (arXiv 1312.6034).

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).

    Returns:
        Maps (N, H, W), at least 0, in logits per unit of a pixel.

    Raises:
        FoolproofError: when `model` is no classifier, or has no gradient.
        ValueError: when images or target are not valid.

    Example:
        >>> import torch
        >>> import foolproof as fp
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3))
        >>> model = fp.classifier(net, input_shape=(3, 2, 2))
        >>> fp.explain.saliency(model, torch.rand(5, 3, 2, 2), 1).shape
        torch.Size([5, 2, 2])
    """
    classes = checked_classes(model, x, target)
    gradients = _weighted_gradients(model, x, classes, lambda image, _: x[image], x.new_ones(1))
    return gradients.abs().amax(1)


def smoothgrad(
    model: Classifier,
    x: Tensor,
    target: Tensor | int,
    *,
    samples: int = 50,
    std: float = 0.15,
    seed: int = 0,
) -> Tensor:
    """Compute the saliency of the mean gradient over images with Gaussian noise.

    The map is max over channels of |mean of d logit[target] / d x at x + noise|. The noise is not
    clipped to the bounds. All images get the same noise: the map of an image does not depend on
    the others.

    Source: Smilkov et al., SmoothGrad: removing noise by adding noise (arXiv 1706.03825).

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).
        samples: noisy copies of each image, at least 1.
        std: standard deviation of the noise, as a share of the range of the pixels, at least 0.
        seed: of the noise.

    Returns:
        Maps (N, H, W), at least 0, in logits per unit of a pixel.

    Raises:
        FoolproofError: when `model` is no classifier, or has no gradient.
        ValueError: when images, target or settings are not valid.

    Example:
        >>> import torch
        >>> import foolproof as fp
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3))
        >>> model = fp.classifier(net, input_shape=(3, 2, 2))
        >>> x = torch.rand(5, 3, 2, 2)
        >>> maps = fp.explain.smoothgrad(model, x, 1, samples=8)
        >>> torch.allclose(maps, fp.explain.saliency(model, x, 1))  # as the network is linear
        True
    """
    classes = checked_classes(model, x, target)
    check_at_least_one(samples=samples)
    if not (isfinite(std) and std >= 0):
        raise ValueError(f"expected std as a share of the pixel range, at least 0, found {std:g}")
    low, high = model.bounds
    noise = torch.randn(samples, *x.shape[1:], generator=new_generator(seed))
    noise = (std * (high - low) * noise).to(x)
    gradients = _weighted_gradients(
        model,
        x,
        classes,
        lambda image, point: x[image] + noise[point],
        x.new_full((samples,), 1 / samples),
    )
    return gradients.abs().amax(1)


def integrated_gradients(
    model: Classifier,
    x: Tensor,
    target: Tensor | int,
    *,
    baseline: float | Tensor | None = None,
    steps: int = 50,
    method: Method = "gauss_legendre",
) -> Tensor:
    """Integrate the gradient along the straight path from a baseline to the image.

    With b the baseline, the map is the sum over channels of
    (x - b) * integral over a from 0 to 1 of d logit[target] / d x at b + a (x - b).
    Its sum is logit(x) - logit(b) up to the error of the quadrature, see `completeness_error`.

    Source: Sundararajan, Taly and Yan, Axiomatic attribution for deep networks (arXiv 1703.01365).

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).
        baseline: a pixel for all, or images that broadcast to `x`; None for the lower bound, black.
        steps: gradients for each image, at least 1.
        method: rule of quadrature. Midpoint is the more exact one where ReLUs make the gradient
            jump often, Gauss-Legendre where it is smooth.

    Returns:
        Maps (N, H, W) in logits; negative where a pixel lowers the logit.

    Raises:
        FoolproofError: when `model` is no classifier, or has no gradient.
        ValueError: when images, target, baseline or settings are not valid.

    Example:
        >>> import torch
        >>> import foolproof as fp
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3))
        >>> model = fp.classifier(net, input_shape=(3, 2, 2))
        >>> x = torch.rand(5, 3, 2, 2)
        >>> maps = fp.explain.integrated_gradients(model, x, 1, steps=4)
        >>> bool((fp.explain.completeness_error(model, x, 1, maps).abs() < 1e-5).all())
        True
    """
    classes = checked_classes(model, x, target)
    check_at_least_one(steps=steps)
    start = _baseline_images(model, x, baseline)
    shares, weights = _quadrature(method, steps)
    way = x - start
    along = shares.to(x)[:, None, None, None]
    gradients = _weighted_gradients(
        model,
        x,
        classes,
        lambda image, point: start[image] + along[point] * way[image],
        weights.to(x),
    )
    return (gradients * way).sum(1)


def completeness_error(
    model: Classifier,
    x: Tensor,
    target: Tensor | int,
    maps: Tensor,
    *,
    baseline: float | Tensor | None = None,
    relative: bool = False,
) -> Tensor:
    """Compute by how much a map's sum misses the difference of the logits.

    The error is sum of map - (logit(x) - logit(baseline)): 0 for exact integrated gradients.

    Source: Sundararajan, Taly and Yan (arXiv 1703.01365), proposition 1.

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).
        maps: of `integrated_gradients` with the same baseline, (N, H, W).
        baseline: as there.
        relative: divide by |logit(x) - logit(baseline)|.

    Returns:
        Errors (N,) in logits, or relative ones; infinite or NaN relative to a difference of 0.

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: when images, target, maps or baseline are not valid.

    Example:
        >>> import torch
        >>> import foolproof as fp
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3))
        >>> model = fp.classifier(net, input_shape=(3, 2, 2))
        >>> x = torch.rand(5, 3, 2, 2)
        >>> fp.explain.completeness_error(model, x, 1, torch.zeros(5, 2, 2)).shape
        torch.Size([5])
    """
    classes = checked_classes(model, x, target)
    check_maps(x, maps)
    start = _baseline_images(model, x, baseline)
    of_image, of_baseline = (
        predict(model, images).gather(1, classes[:, None])[:, 0] for images in (x, start)
    )
    difference = of_image - of_baseline
    error = maps.sum((1, 2)) - difference
    return error / difference.abs() if relative else error


def _baseline_images(model: Classifier, x: Tensor, baseline: float | Tensor | None) -> Tensor:
    """Expand a baseline to one image for each of `x`, and check it."""
    if baseline is None:
        baseline = model.bounds[0]
    if not isinstance(baseline, Tensor):
        check_pixel(model, baseline, "the baseline")
        return torch.full_like(x, baseline)
    try:
        images = baseline.expand_as(x)
    except RuntimeError:
        raise ValueError(
            f"expected a baseline that broadcasts to the images, {tuple(x.shape)}, found the shape "
            f"{tuple(baseline.shape)}"
        ) from None
    check_images(model, images)
    return images


def _quadrature(method: Method, steps: int) -> tuple[Tensor, Tensor]:
    """Compute points in [0, 1] and their weights, both (steps,) float64."""
    if method not in get_args(Method):
        known = ", ".join(get_args(Method))
        raise ValueError(f"expected method as one of {known}, found {method!r}")
    if method == "gauss_legendre":
        points, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(steps))
        return (1 + points) / 2, weights / 2
    points = (torch.arange(steps, dtype=torch.double) + 0.5) / steps
    return points, torch.full_like(points, 1 / steps)


def _weighted_gradients(
    model: Classifier, x: Tensor, classes: Tensor, points: Points, weights: Tensor
) -> Tensor:
    """Compute sum over k of weights[k] * d logit / d input at the k-th point of each image.

    Args:
        model: a classifier.
        x: images (N, C, H, W).
        classes: whose logits are differentiated, (N,).
        points: the inputs.
        weights: (K,).

    Returns:
        (N, C, H, W).
    """
    result = torch.zeros_like(x)
    count, places = len(weights), torch.arange(len(x) * len(weights), device=x.device)
    for chunk in places.split(images_together(x)):
        image, point = chunk // count, chunk % count
        gradients = _logit_gradients(model, points(image, point), classes[image])
        result.index_add_(0, image, weights[point, None, None, None] * gradients)
    return result


def _logit_gradients(model: Classifier, inputs: Tensor, classes: Tensor) -> Tensor:
    """Compute d logit[class] / d input of each input (n, C, H, W)."""
    with torch.enable_grad():
        inputs = inputs.detach().requires_grad_()
        # In eval mode the inputs are independent: the gradient of the sum contains each one's.
        logits = model(inputs).gather(1, classes[:, None])
        if not logits.requires_grad:
            raise FoolproofError(
                f"the logits of {type(model.network).__name__} have no gradient in the pixels"
            )
        (gradients,) = torch.autograd.grad(logits.sum(), inputs)
    return gradients
