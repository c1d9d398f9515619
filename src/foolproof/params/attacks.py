"""Sections of the stages that attack."""

from typing import Annotated

from foolproof.params.base import (
    Count,
    Digit,
    Distinct,
    GreyLevel,
    NonNegative,
    NotEmpty,
    Positive,
    Probability,
    Section,
    Seed,
)


class NoiseStart(Section):
    """The Gaussian noise that an image begins from, in grey levels."""

    mean: GreyLevel
    std: NonNegative


class AttackNontargeted(Section):
    """Images made for a class, from noise."""

    seed: Seed
    classes: Annotated[list[Digit], NotEmpty, Distinct]
    starts_per_class: Count
    noise: NoiseStart
    steps: Annotated[list[Count], NotEmpty, Distinct]
    step_size: Positive


class AttackTargeted(Section):
    """Images made for a class that look like a digit of another."""

    seed: Seed
    noise: NoiseStart
    betas: Annotated[list[Positive], NotEmpty, Distinct]
    confidence: Probability
    comparisons: Count
    steps: Count
    step_size: Positive


class AttackNoise(Section):
    """Noise that takes an image to another class."""

    seed: Seed
    confidence: Probability
    steps: Count
    step_size: Positive


class Transfer(Section):
    """Adversarial images of different strength that other networks get to see."""

    images: Count
    confidences: Annotated[list[Probability], NotEmpty, Distinct]
    steps: Annotated[list[Count], NotEmpty, Distinct]


class AttackConstrained(Section):
    """Adversarial images that only add ink."""

    seed: Seed
    confidence: Probability
    steps: Count
    step_size: Positive
    targeted_images: Count
    transfer: Transfer
