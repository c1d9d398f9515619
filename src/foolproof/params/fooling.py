"""Sections of the stages that fool a pretrained network within an L-infinity ball."""

from typing import Annotated, Literal

from pydantic import Field

from foolproof.params.base import (
    Count,
    Distinct,
    NonNegative,
    NotEmpty,
    Number,
    Positive,
    Probability,
    Section,
    Seed,
)

Share = Annotated[Number, Field(gt=0, le=1)]
Chance = Annotated[Number, Field(ge=0, le=1)]
Degrees = Annotated[Number, Field(ge=0, le=180)]
JpegQuality = Annotated[int, Field(ge=1, le=100, strict=True)]


class Example(Section):
    """A photo, by the name of its file, and the class that it shall be taken for."""

    photo: str
    target: str


class AttackLinf(Section):
    """Adversarial photos; epsilons are in units of 1/255."""

    seed: Seed
    objective: Literal["probability", "log_probability", "cross_entropy"]
    step: Literal["sign", "gradient"]
    step_size: Positive
    steps: Count
    epsilon: Positive
    examples: Annotated[list[Example], NotEmpty]
    pairs: Count
    epsilons: Annotated[list[Positive], NotEmpty, Distinct]
    success_epsilon: Positive
    confidence: Probability


class Views(Section):
    """How far the random views of a picture go, over which expectation over transformation goes."""

    mirror: Chance
    crop: Share
    rotation: Degrees
    grey: Chance
    blur: NonNegative
    noise: NonNegative


class Strengths(Section):
    """At which each manipulation is measured."""

    rotation: Annotated[list[Degrees], NotEmpty, Distinct]
    crop: Annotated[list[Share], NotEmpty, Distinct]
    jpeg: Annotated[list[JpegQuality], NotEmpty, Distinct]
    blur: Annotated[list[NonNegative], NotEmpty, Distinct]
    noise: Annotated[list[NonNegative], NotEmpty, Distinct]


class Robustness(Section):
    """Adversarial photos under manipulations; epsilon is in units of 1/255."""

    seed: Seed
    epsilon: Positive
    step_size: Positive
    steps: Count
    samples: Count
    views: Views
    crop: Share
    rotation: Degrees
    strengths: Strengths
