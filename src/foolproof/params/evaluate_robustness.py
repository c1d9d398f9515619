"""Sections of the stages `evaluate_robustness` and `compare_robustness`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Distinct, NotEmpty, Positive, Section, Seed
from foolproof.params.common import PixelEpsilon

# At most half the range of the pixels, like `PixelEpsilon`.
LevelEpsilon = Annotated[Positive, Field(le=127.5)]


class OnMnist(Section):
    """Number of randomly drawn test images, and epsilons with pixels in [0, 1]."""

    images: Count
    epsilons: Annotated[list[PixelEpsilon], NotEmpty, Distinct]


class OnCifar10(Section):
    """Number of randomly drawn test images, and epsilons in units of 1/255."""

    images: Count
    epsilons: Annotated[list[LevelEpsilon], NotEmpty, Distinct]


class AttackEffort(Section):
    """Effort of the attacks, see `foolproof.attacks.ensemble.standard_attacks`."""

    seed: Seed
    steps: Count
    targets: Count
    queries: Count
    reach: Positive | None


class EvaluateRobustness(AttackEffort):
    """Robust accuracy of the trained networks: test images, epsilons and effort."""

    mnist: OnMnist
    cifar10: OnCifar10


class CompareRobustness(AttackEffort, OnMnist):
    """Robust accuracy of the MNIST networks of all seeds, without and with batch norm."""
