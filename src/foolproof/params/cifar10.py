"""Sections of the stages that train on CIFAR-10."""

from typing import Annotated

from pydantic import Field

from foolproof.params.base import Section, Seed
from foolproof.params.training import Recipe


class Augmentation(Section):
    """Random changes of the training images; the shift is in pixels."""

    shift: Annotated[int, Field(ge=0, strict=True)]
    mirror: bool


class AugmentedTraining(Recipe):
    """One training on all training images, changed at random."""

    seed: Seed
    augmentation: Augmentation
