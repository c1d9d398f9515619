"""Sections of the stages that train."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from foolproof.core.params import (
    Count,
    Distinct,
    Fraction,
    NonNegative,
    NotEmpty,
    Number,
    Positive,
    Probability,
    Section,
    Seed,
)
from foolproof.params.common import Chance, PixelEpsilon

# At most nine tenths, and at least one image of a small set.
ValidationFraction = Annotated[Number, Field(ge=0.02, le=0.9)]


class TrainSettings(Section):
    """What all trainings have in common, see `foolproof.training.config.TrainConfig`."""

    epochs: Count
    min_steps: Annotated[int, Field(ge=0, strict=True)]
    batch_size: Count
    optimizer: Literal["sgd", "adam"]
    learning_rate: Positive
    warmup: Fraction
    momentum: Fraction
    weight_decay: NonNegative
    label_smoothing: Fraction
    precision: Literal["auto", "float32", "bfloat16"]
    evaluations_per_epoch: Count


class TrainMnist(TrainSettings):
    """Trainings with several seeds, whose validation images choose the epoch."""

    seeds: Annotated[list[Seed], NotEmpty, Distinct]
    validation_fraction: ValidationFraction
    validation_seed: Seed
    target_accuracy: Probability


class Seeds(Section):
    """Of two trainings that differ in nothing else."""

    first: Seed
    second: Seed


class TrainCis680(TrainSettings):
    """Two trainings on all training images."""

    seeds: Seeds


class Augmentation(Section):
    """Random augmentation of the training images; the maximum shift is in pixels."""

    shift: Annotated[int, Field(ge=0, strict=True)]
    mirror: Literal["none", "random", "alternating"]


class TrainCifar10(TrainSettings):
    """Trainings with several seeds on all training images, augmented at random."""

    seeds: Annotated[list[Seed], NotEmpty, Distinct]
    augmentation: Augmentation


class SgdOfOthers(Section):
    """See `foolproof.training.config.SgdConfig`."""

    learning_rate: Positive
    head_learning_rate: Positive
    momentum: Fraction
    first_bias_epochs: Annotated[int, Field(ge=0, strict=True)]


class TrainDeep(TrainCifar10):
    """Trainings with Muon."""

    optimizer: Literal["muon"]  # type: ignore[assignment]
    sgd: SgdOfOthers


class Adversary(Section):
    """See `foolproof.training.adversarial.PgdAdversary`."""

    epsilon: PixelEpsilon
    steps: Annotated[list[Positive], NotEmpty]
    ramp: Chance
    random_start: StrictBool


class Overfitted(Section):
    """A second training, in which catastrophic overfitting occurs."""

    epochs: Count
    adversary: Adversary


class AttackCurve(Section):
    """Accuracy under attack along a training, on validation images."""

    images: Count
    epsilon: PixelEpsilon
    steps: Count


class TrainRobust(TrainSettings):
    """Adversarial trainings with several seeds, whose last epoch is kept."""

    seeds: Annotated[list[Seed], NotEmpty, Distinct]
    validation_fraction: ValidationFraction
    validation_seed: Seed
    adversary: Adversary
    overfitted: Overfitted
    attack_curve: AttackCurve
