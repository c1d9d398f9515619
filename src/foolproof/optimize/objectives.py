"""Objectives: functions of the inputs that an optimization maximizes."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from foolproof.optimize.loop import Evaluation, Objective


def class_logit(network: nn.Module, targets: Tensor) -> Objective:
    """Make the objective logits[target].

    Args:
        network: from pixels (N, C, H, W) to logits (N, classes).
        targets: classes, (N,).
    """
    return _of_class(network, targets, lambda logits: logits)


def class_probability(network: nn.Module, targets: Tensor) -> Objective:
    """Make the objective p(target), the softmax probability.

    Args:
        network: from pixels (N, C, H, W) to logits (N, classes).
        targets: classes, (N,).
    """
    return _of_class(network, targets, lambda logits: logits.softmax(1))


def log_probability(network: nn.Module, targets: Tensor) -> Objective:
    """Make the objective log p(target), in nats, with a target class for each problem.

    It is the negative cross-entropy by the usual formula, equal to the bit to that of other
    libraries.

    Args:
        network: from pixels (N, C, H, W) to logits (N, classes).
        targets: classes, (N,).
    """
    return _of_class(network, targets, lambda logits: logits.log_softmax(1))


def _of_class(network: nn.Module, targets: Tensor, score: Callable[[Tensor], Tensor]) -> Objective:
    """Make the objective score(logits)[target]; score keeps the shape (N, classes)."""

    def evaluate(pixels: Tensor, indices: Tensor) -> Evaluation:
        logits = network(pixels)
        return Evaluation(score(logits).gather(1, targets[indices, None])[:, 0], logits)

    return evaluate


def cross_entropy(network: nn.Module, labels: Tensor) -> Objective:
    """Make the objective CE(x, label) = -log p(label), in nats.

    It is computed as softplus(m), with m = logsumexp of the other logits - logits[label]. The
    gradient of the usual formula contains 1 - p(label), which rounding reduces to zero where
    p(label) is almost 1; its signs are lost then.

    Args:
        network: from pixels (N, C, H, W) to logits (N, classes).
        labels: classes, (N,).
    """

    def evaluate(pixels: Tensor, indices: Tensor) -> Evaluation:
        logits = network(pixels)
        own = labels[indices, None]
        others = logits.scatter(1, own, -torch.inf).logsumexp(1)
        return Evaluation(softplus(others - logits.gather(1, own)[:, 0]), logits)

    return evaluate


def negative(objective: Objective) -> Objective:
    """Make the objective -C."""

    def evaluate(pixels: Tensor, indices: Tensor) -> Evaluation:
        value, logits = objective(pixels, indices)
        return Evaluation(-value, logits)

    return evaluate


def with_mse_penalty(objective: Objective, images: Tensor, weights: Tensor) -> Objective:
    """Make the objective C - beta MSE(x, image).

    Args:
        objective: C, from pixels (N, C, H, W).
        images: reference images, (N, C, H, W), pixels in [0, 1].
        weights: beta, (N,), in units of C per mean squared pixel.
    """

    def evaluate(pixels: Tensor, indices: Tensor) -> Evaluation:
        value, logits = objective(pixels, indices)
        distance = (pixels - images[indices]).square().flatten(1).mean(1)
        return Evaluation(value - weights[indices] * distance, logits)

    return evaluate


def on_perturbation(objective: Objective, images: Tensor) -> Objective:
    """Make the objective C(image + noise) as a function of the noise.

    Args:
        objective: C, from pixels (N, C, H, W).
        images: fixed, (N, C, H, W), pixels in [0, 1].
    """
    return lambda noise, indices: objective(images[indices] + noise, indices)


def expectation(
    objective: Objective, transform: Callable[[Tensor], Tensor], samples: int
) -> Objective:
    """Make the mean of an objective over random transformations of each input.

    It is the Monte Carlo estimate of the expectation over transformation (EOT, Athalye et al.,
    arXiv 1707.07397). All samples of all examples make one batch.

    Args:
        objective: of transformed inputs.
        transform: from inputs (n, ...) to inputs transformed at random, independently and anew at
            each call, same shape.
        samples: of each input, in each call.

    Returns:
        An objective whose logits are the means over the samples.
    """

    def evaluate(inputs: Tensor, indices: Tensor) -> Evaluation:
        views = transform(inputs.repeat_interleave(samples, 0))
        value, logits = objective(views, indices.repeat_interleave(samples))
        return Evaluation(
            value.unflatten(0, (-1, samples)).mean(1), logits.unflatten(0, (-1, samples)).mean(1)
        )

    return evaluate
