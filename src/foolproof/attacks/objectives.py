"""What the attacks increase."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from foolproof.ascent import Evaluation, Objective


def class_logit(network: nn.Module, targets: Tensor) -> Objective:
    """Make the objective logits[target], with a target class for each problem.

    Args:
        network: from pixels (N, C, H, W) to logits (N, classes).
        targets: the classes, (N,).
    """

    def evaluate(pixels: Tensor, rows: Tensor) -> Evaluation:
        logits = network(pixels)
        return Evaluation(logits.gather(1, targets[rows, None])[:, 0], logits)

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


def minus_distance(objective: Objective, images: Tensor, weights: Tensor) -> Objective:
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


def of_sum(objective: Objective, images: Tensor) -> Objective:
    """Make the objective C(image + noise) as a function of the noise.

    Args:
        objective: C, from pixels (N, C, H, W).
        images: the fixed images, (N, C, H, W), pixels in [0, 1].
    """
    return lambda noise, rows: objective(images[rows] + noise, rows)
