"""Robust accuracy with the settings of a stage."""

from collections.abc import Sequence
from typing import TypeVar

from torch import nn

from foolproof.attacks.ensemble import standard_attacks
from foolproof.attacks.robust_accuracy import RobustAccuracy, robust_accuracy
from foolproof.data.datasets import Split
from foolproof.networks.inference import to_pixels
from foolproof.params.evaluate_robustness import AttackEffort
from foolproof.trained.stage import NetworkStage
from foolproof.trained.watched_classifier import watched_classifier

EffortT = TypeVar("EffortT", bound=AttackEffort)


def measure_robust_accuracy(
    s: NetworkStage[EffortT], network: nn.Module, test: Split, eps: Sequence[float]
) -> RobustAccuracy:
    """Measure the robust accuracy of a network on images of a data set.

    Args:
        s: the stage, whose settings hold the effort.
        network: in eval mode with frozen parameters.
        test: images and labels.
        eps: with pixels in [0, 1].
    """
    pixels, settings = to_pixels(test.images), s.settings
    return robust_accuracy(
        watched_classifier(s, network, tuple(pixels.shape[1:])),
        pixels,
        test.labels,
        eps=eps,
        attacks=standard_attacks(
            steps=settings.steps,
            targets=settings.targets,
            queries=settings.queries,
            reach=settings.reach,
            seed=settings.seed,
        ),
        reach=settings.reach,
        progress=True,
    )
