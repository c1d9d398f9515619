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
    validation_fraction: Probability
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
    mirror: bool


class TrainCifar10(TrainSettings):
    """One training on all training images, augmented at random."""

    seed: Seed
    augmentation: Augmentation
