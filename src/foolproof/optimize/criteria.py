"""Criteria: when an optimization has succeeded."""

from torch import Tensor

from foolproof.optimize.loop import Criterion


def confident_in(targets: Tensor, confidence: float) -> Criterion:
    """Make the criterion that the probability of `targets` (N,) is at least `confidence`."""

    def reached(logits: Tensor, rows: Tensor) -> Tensor:
        probabilities = logits.softmax(1)
        return probabilities.gather(1, targets[rows, None])[:, 0] >= confidence

    return reached


def confident_in_any_but(labels: Tensor, confidence: float) -> Criterion:
    """Make the criterion that a class other than `labels` (N,) has at least that probability."""

    def reached(logits: Tensor, rows: Tensor) -> Tensor:
        others = logits.softmax(1).scatter(1, labels[rows, None], 0)
        return others.amax(1) >= confidence

    return reached
