"""Success criteria of an optimization."""

from torch import Tensor

from foolproof.optimize.loop import Criterion


def classified_as(targets: Tensor) -> Criterion:
    """Make the criterion that the top-1 classes are `targets` (N,)."""
    return lambda logits, indices: logits.argmax(1) == targets[indices]


def confident_in(targets: Tensor, confidence: float) -> Criterion:
    """Make the criterion that the probability of `targets` (N,) is at least `confidence`."""

    def reached(logits: Tensor, indices: Tensor) -> Tensor:
        probabilities = logits.softmax(1)
        return probabilities.gather(1, targets[indices, None])[:, 0] >= confidence

    return reached


def confident_in_any_but(labels: Tensor, confidence: float) -> Criterion:
    """Make the criterion that any class except `labels` (N,) has at least that probability."""

    def reached(logits: Tensor, indices: Tensor) -> Tensor:
        others = logits.softmax(1).scatter(1, labels[indices, None], 0)
        return others.amax(1) >= confidence

    return reached
