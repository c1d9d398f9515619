"""Steps of targeted attacks on the same images, compared by target."""

from typing import Any

import torch
from torch import Tensor

from foolproof.attacks.attacked_images import AttackedImages
from foolproof.compute.clusters import mean_of
from foolproof.compute.intervals import Interval
from foolproof.compute.paired import unpaired_difference


def steps_by_target(result: AttackedImages, images: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Tabulate the steps of the successes by image and target.

    Args:
        result: attacks on M images, each with several targets.
        images: index of the attacked image, (N,).
        classes: number of classes.

    Returns:
        Steps (M, classes) float64, NaN without a success, and the true classes (M,); images in
        ascending order.
    """
    unique, rows = images.unique(return_inverse=True)
    table = torch.full((len(unique), classes), torch.nan, dtype=torch.float64)
    labels = torch.zeros(len(unique), dtype=torch.long)
    rows, targets, success = (part.cpu() for part in (rows, result.targets, result.success))
    labels[rows] = result.labels.cpu()
    table[rows[success], targets[success]] = result.steps.cpu().double()[success]
    return table, labels


def compare_targets(table: Tensor) -> dict[str, Any] | None:
    """Compare the targets with the fewest and the most mean steps on the images that have both.

    Args:
        table: of `steps_by_target`.

    Returns:
        `easiest` and `hardest` with `target` and mean `steps`, and their mean paired `difference`;
        None with fewer than two targets or without a common image.
    """
    reached = [int(target) for target in table.isfinite().any(0).nonzero()[:, 0]]
    means = {target: _finite(table[:, target]).mean().item() for target in reached}
    if len(reached) < 2:
        return None
    easiest, hardest = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    difference = mean_of(_finite(table[:, hardest] - table[:, easiest]))
    if difference is None:
        return None
    return {
        name: {"target": target, "steps": mean_of(_finite(table[:, target]))}
        for name, target in (("easiest", easiest), ("hardest", hardest))
    } | {"difference": difference}


def compare_directions(
    table: Tensor, labels: Tensor, first: int, second: int
) -> dict[str, Interval | None]:
    """Compare the steps from one class to another with those of the opposite direction.

    Args:
        table: of `steps_by_target`.
        labels: true classes, (M,).
        first: a class.
        second: another class.

    Returns:
        Mean steps `there`, from the first to the second, and `back`, and the `difference` back
        minus there, with Welch's interval: the images of both directions differ.
    """
    there = _finite(table[labels == first, second])
    back = _finite(table[labels == second, first])
    both = len(there) > 0 and len(back) > 0
    return {
        "there": mean_of(there),
        "back": mean_of(back),
        "difference": unpaired_difference(back.tolist(), there.tolist()) if both else None,
    }


def steps_beyond(table: Tensor, untargeted: Tensor) -> Interval | None:
    """Average over the images how many more steps their targets need than any wrong class.

    Args:
        table: of `steps_by_target`.
        untargeted: steps of the untargeted attack on the same images, (M,) float64; NaN without
            success.
    """
    return mean_of(_finite(table.nanmean(1) - untargeted))


def _finite(values: Tensor) -> Tensor:
    return values[values.isfinite()]
