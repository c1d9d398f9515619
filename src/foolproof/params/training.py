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


class Training(Section):
    """How a classifier is trained, and what is recorded on the way."""

    seeds: Annotated[list[Seed], NotEmpty, Distinct]
    epochs: Count
    batch_size: Count
    learning_rate: Positive
    warmup: Fraction
    momentum: Fraction
    weight_decay: NonNegative
    label_smoothing: Fraction
    precision: Literal["float32", "bfloat16"]
    validation_fraction: Probability
    validation_seed: Seed
    evaluations_per_epoch: Count
    target_accuracy: Probability


class TimeBatchnorm(Section):
    """How the time of an epoch is compared."""

    pairs: Annotated[int, Field(ge=2, strict=True)]
