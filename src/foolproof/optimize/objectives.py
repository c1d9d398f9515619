"""What the attacks increase."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from foolproof.optimize.loop import Evaluation, Objective


def class_logit(network: nn.Module, targets: Tensor) -> Objective:
    """Make the objective logits[target], with a target class for each problem.

    Args:
        network: from pixels (N, C, H, W) to logits (N, classes).
        targets: the classes, (N,).
    """
    return _of_class(network, targets, lambda logits: logits)


def class_probability(network: nn.Module, targets: Tensor) -> Objective:
    """Make the objective p(target), the softmax probability, with a target class for each problem.

    Args:
        network: from pixels (N, C, H, W) to logits (N, classes).
        targets: the classes, (N,).
    """
    return _of_class(network, targets, lambda logits: logits.softmax(1))


def log_probability(network: nn.Module, targets: Tensor) -> Objective:
    """Make the objective log p(target), in nats, with a target class for each problem.

    It is minus the cross-entropy by the usual formula, to the bit what other libraries descend.

    Args:
        network: from pixels (N, C, H, W) to logits (N, classes).
        targets: the classes, (N,).
    """
    return _of_class(network, targets, lambda logits: logits.log_softmax(1))


def _of_class(network: nn.Module, targets: Tensor, score: Callable[[Tensor], Tensor]) -> Objective:
    """Make the objective score(logits)[target]; score keeps the shape (N, classes)."""

    def evaluate(pixels: Tensor, rows: Tensor) -> Evaluation:
        logits = network(pixels)
        return Evaluation(score(logits).gather(1, targets[rows, None])[:, 0], logits)

    return evaluate


def cross_entropy(network: nn.Module, labels: Tensor) -> Objective:
    """Make the objective CE(x, label) = -log p(label), in nats, with a label for each problem.

    It is computed as softplus(m) of m = logsumexp of the other logits - logits[label]: where the
    network is all but sure of the label, the difference 1 - p(label) that makes the gradient of
    the usual formula is lost in rounding, and the signs of the gradient with it.

    Args:
        network: from pixels (N, C, H, W) to logits (N, classes).
        labels: the classes, (N,).
    """

    def evaluate(pixels: Tensor, rows: Tensor) -> Evaluation:
        logits = network(pixels)
        own = labels[rows, None]
        others = logits.scatter(1, own, -torch.inf).logsumexp(1)
        return Evaluation(softplus(others - logits.gather(1, own)[:, 0]), logits)

    return evaluate


def negative(objective: Objective) -> Objective:
    """Make the objective whose increase is the decrease of another."""

    def evaluate(pixels: Tensor, rows: Tensor) -> Evaluation:
        value, logits = objective(pixels, rows)
        return Evaluation(-value, logits)

    return evaluate


def with_mse_penalty(objective: Objective, images: Tensor, weights: Tensor) -> Objective:
    """Make the objective C - beta MSE(x, image), with an image and a beta for each problem.

    Args:
        objective: C, from pixels (N, C, H, W).
        images: what the inputs should look like, (N, C, H, W), pixels in [0, 1].
        weights: beta, (N,), in units of C per mean squared pixel.
    """

    def evaluate(pixels: Tensor, rows: Tensor) -> Evaluation:
        value, logits = objective(pixels, rows)
        distance = (pixels - images[rows]).square().flatten(1).mean(1)
        return Evaluation(value - weights[rows] * distance, logits)

    return evaluate


def on_perturbation(objective: Objective, images: Tensor) -> Objective:
    """Make the objective C(image + noise) as a function of the noise.

    Args:
        objective: C, from pixels (N, C, H, W).
        images: the fixed images, (N, C, H, W), pixels in [0, 1].
    """
    return lambda noise, rows: objective(images[rows] + noise, rows)


def expectation(
    objective: Objective, transform: Callable[[Tensor], Tensor], samples: int
) -> Objective:
    """Make the mean of an objective over random transformations of each input.

    That is the Monte Carlo estimate of expectation over transformation (Athalye et al.,
    arXiv 1707.07397). All samples of all problems pass the network as one batch.

    Args:
        objective: of what the transformations make.
        transform: from inputs (n, ...) to randomly transformed ones, each on its own, same shape;
            it draws anew at every call.
        samples: for each input and call.

    Returns:
        An objective whose logits are likewise the mean over the samples.
    """

    def evaluate(inputs: Tensor, rows: Tensor) -> Evaluation:
        views = transform(inputs.repeat_interleave(samples, 0))
        value, logits = objective(views, rows.repeat_interleave(samples))
        return Evaluation(
            value.unflatten(0, (-1, samples)).mean(1), logits.unflatten(0, (-1, samples)).mean(1)
        )

    return evaluate
