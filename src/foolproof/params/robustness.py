"""Section of the stage `robustness`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Distinct, NonNegative, NotEmpty, Positive, Section, Seed
from foolproof.params.common import Degrees, Share, Views

JpegQuality = Annotated[int, Field(ge=1, le=100, strict=True)]


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
