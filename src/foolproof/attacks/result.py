"""What came of an attack on many images: success, effort, and which classes became which."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from foolproof.attacks.perturbation import amount_of_ink
from foolproof.networks.inference import predict_logits
from foolproof.optimize.loop import OptimizationResult

QUANTILES = {
    "min": 0.0,
    "q05": 0.05,
    "q25": 0.25,
    "median": 0.5,
    "q75": 0.75,
    "q95": 0.95,
    "max": 1,
}


class AttackResult(NamedTuple):
    """N adversarial images with what they were made from and for."""

    originals: Tensor
    """(N, C, H, W), pixels in [0, 1]."""

    images: Tensor
    """(N, C, H, W), pixels in [0, 1]."""

    labels: Tensor
    """True classes, (N,)."""

    goals: Tensor
    """The target classes, or the likeliest wrong ones where any would do, (N,)."""

    probabilities: Tensor
    """Of all classes at the adversarial images, (N, classes)."""

    steps: Tensor
    """That the attack took, (N,)."""

    @property
    def confidences(self) -> Tensor:
        """Probability of the goal, (N,)."""
        return self.probabilities.gather(1, self.goals[:, None])[:, 0]

    def take(self, rows: Tensor) -> "AttackResult":
        """Select the problems at `rows`: numbers or a mask."""
        return AttackResult(*(part[rows] for part in self))


def evaluate(
    network: nn.Module,
    trace: OptimizationResult,
    originals: Tensor,
    labels: Tensor,
    targets: Tensor | None = None,
) -> AttackResult:
    """Judge the images of a trace by a forward pass of their own, apart from the attack's.

    Args:
        network: that was attacked, in eval mode.
        trace: of the attack.
        originals: that it began from, (N, C, H, W), pixels in [0, 1].
        labels: their true classes, (N,).
        targets: the classes, (N,); where left out, the goal is the likeliest wrong class.
    """
    probabilities = predict_logits(network, trace.inputs).softmax(1)
    if targets is None:
        targets = probabilities.scatter(1, labels[:, None], -1).argmax(1)
    return AttackResult(originals, trace.inputs, labels, targets, probabilities, trace.steps)


def effort(outcome: AttackResult) -> dict[str, Tensor]:
    """Measure the `steps` to each image and the `l0`, `l1` and `linf` of its ink, each (N,)."""
    ink = outcome.images - outcome.originals
    return {"steps": outcome.steps, **amount_of_ink(ink)._asdict()}


def summarize(outcome: AttackResult, fooled: AttackResult) -> dict[str, Any]:
    """Summarize how many attacks succeeded, and what those took.

    Args:
        outcome: of all attacks.
        fooled: of those that succeeded.
    """
    return {
        "attacked": len(outcome.labels),
        "successes": len(fooled.labels),
        "success_rate": len(fooled.labels) / len(outcome.labels) if len(outcome.labels) else None,
        "min_confidence": quantiles(fooled.confidences)["min"],
        **{
            name: {"mean": mean(values), **quantiles(values)}
            for name, values in effort(fooled).items()
        },
    }


def mean(values: Tensor) -> float | None:
    """Compute the mean of values (N,), or the share of what is true; None where there are none."""
    return values.double().mean().item() if len(values) else None


def quantiles(values: Tensor) -> dict[str, float | None]:
    """Compute the quantiles of values (N,) by name; None where there are none."""
    if not len(values):
        return dict.fromkeys(QUANTILES)
    levels = torch.tensor(list(QUANTILES.values()), dtype=torch.float64, device=values.device)
    return dict(zip(QUANTILES, values.double().quantile(levels).tolist(), strict=True))


def count_pairs(outcome: AttackResult, classes: int) -> Tensor:
    """Count each pair of true class (row) and goal (column), (classes, classes) int64."""
    pairs = classes * outcome.labels + outcome.goals
    return torch.bincount(pairs, minlength=classes**2).view(classes, classes)


def mean_by_pair(outcome: AttackResult, values: Tensor, classes: int) -> Tensor:
    """Average values (N,) over each pair of true class (row) and goal (column).

    Returns:
        (classes, classes) float64, NaN where there is nothing to average.
    """
    pairs = classes * outcome.labels + outcome.goals
    # On a GPU `bincount` adds weights in no fixed order, which deterministic mode refuses.
    sums = torch.zeros(classes**2, dtype=torch.float64, device=values.device)
    sums.index_add_(0, pairs, values.double())
    return sums.view(classes, classes) / count_pairs(outcome, classes)


def most_common(counts: Tensor, number: int) -> list[dict[str, float | int]]:
    """List the pairs with the greatest of counts (classes, classes), from the greatest down."""
    classes, total = len(counts), int(counts.sum())
    largest, pairs = counts.flatten().sort(descending=True, stable=True)
    return [
        {"true": pair // classes, "seen": pair % classes, "count": count, "share": count / total}
        for count, pair in zip(largest.tolist()[:number], pairs.tolist(), strict=False)
        if count
    ]
