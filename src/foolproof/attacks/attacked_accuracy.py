"""Accuracy of a network in training on clean images and under FGSM and PGD."""

import copy
from dataclasses import KW_ONLY, dataclass, field
from typing import NamedTuple

from torch import Tensor, nn

from foolproof.attacks.ball import fgsm, pgd
from foolproof.classifiers.classifier import classifier, predict
from foolproof.compute.intervals import Rate, rate_with_interval


class AttackedAccuracy(NamedTuple):
    """Whether each image is correctly classified, (N,) bool."""

    clean: Tensor
    """Without an attack."""

    fgsm: Tensor
    """Under one step of the fast gradient sign method, on the margin as well."""

    pgd: Tensor
    """Under PGD on the margin, from a random start."""


def attacked_accuracy(
    network: nn.Module, x: Tensor, y: Tensor, *, eps: float, steps: int, seed: int
) -> AttackedAccuracy:
    """Attack a copy of a network in eval mode and float32; the network stays as it is.

    A network that withstands FGSM, but not PGD, has overfitted catastrophically (Wong et al., arXiv
    2001.03994): one step no longer finds what several steps find.

    Args:
        network: from pixels (N, C, H, W) in [0, 1] to logits.
        x: images, (N, C, H, W).
        y: their classes, (N,) int64.
        eps: max L-infinity norm.
        steps: of PGD, each of 2.5 eps / steps.
        seed: of the random start.
    """
    model = classifier(copy.deepcopy(network), input_shape=tuple(x.shape[1:]))
    found = pgd(model, x, y, eps=eps, steps=steps, loss="margin", random_start=True, seed=seed)
    return AttackedAccuracy(
        clean=predict(model, x).argmax(1) == y,
        fgsm=~fgsm(model, x, y, eps=eps, loss="margin").success,
        pgd=~found.success,
    )


@dataclass(eq=False)
class AttackCurve:
    """`attacked_accuracy` of a network at several points of its training, see there."""

    x: Tensor
    y: Tensor
    _: KW_ONLY
    eps: float
    steps: int
    seed: int
    points: dict[float, AttackedAccuracy] = field(default_factory=dict)
    """By the epoch."""

    def add(self, network: nn.Module, epoch: float) -> None:
        """Attack the network as it is after so many epochs."""
        self.points[epoch] = attacked_accuracy(
            network, self.x, self.y, eps=self.eps, steps=self.steps, seed=self.seed
        )

    @property
    def last(self) -> AttackedAccuracy:
        """The point that was added last."""
        return list(self.points.values())[-1]

    def rates(self) -> dict[str, Rate]:
        """Compute the rates at the last point, by attack."""
        return _rates(self.last)

    def rows(self, training: str) -> list[dict[str, float | str]]:
        """List the rates of all points with the name of the training, for a CSV file."""
        return [
            {
                "training": training,
                "epoch": epoch,
                "attack": attack,
                "accuracy": rate["value"],
                "low": rate["low"],
                "high": rate["high"],
                "n": rate["n"],
            }
            for epoch, point in self.points.items()
            for attack, rate in _rates(point).items()
        ]


def _rates(point: AttackedAccuracy) -> dict[str, Rate]:
    return {
        attack: rate_with_interval(int(correct.sum()), len(correct))
        for attack, correct in point._asdict().items()
    }
