"""Sections of the stages that train."""

from typing import Annotated, Literal

from pydantic import Field

from foolproof.params.base import (
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


class Recipe(Section):
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


class Training(Recipe):
    """A training that is repeated, and whose validation images choose the epoch."""

    seeds: Annotated[list[Seed], NotEmpty, Distinct]
    validation_fraction: Probability
    validation_seed: Seed
    target_accuracy: Probability


class Seeds(Section):
    """Of two trainings that differ in nothing else."""

    first: Seed
    second: Seed


class TrainTable1(Recipe):
    """Two trainings on all training images."""

    seeds: Seeds


class TimeBatchnorm(Section):
    """How the time of an epoch is compared."""

    pairs: Annotated[int, Field(ge=2, strict=True)]
