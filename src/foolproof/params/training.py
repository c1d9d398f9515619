"""Sections of the stages that train."""

from typing import Annotated, Literal

from pydantic import Field

from foolproof.core.params import (
    Count,
    Distinct,
    Fraction,
    NonNegative,
    NotEmpty,
    Positive,
    Probability,
    Section,
    Seed,
)


class TrainConfig(Section):
    """How a classifier is trained, and how often its curve is evaluated."""

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


class Training(TrainConfig):
    """A training that is repeated, and whose validation images choose the epoch."""

    seeds: Annotated[list[Seed], NotEmpty, Distinct]
    validation_fraction: Probability
    validation_seed: Seed
    target_accuracy: Probability


class Seeds(Section):
    """Of two trainings that differ in nothing else."""

    first: Seed
    second: Seed


class TrainCis680(TrainConfig):
    """Two trainings on all training images."""

    seeds: Seeds


class Augmentation(Section):
    """Random changes of the training images; the shift is in pixels."""

    shift: Annotated[int, Field(ge=0, strict=True)]
    mirror: bool


class AugmentedTraining(TrainConfig):
    """One training on all training images, changed at random."""

    seed: Seed
    augmentation: Augmentation
