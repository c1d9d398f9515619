"""Section of the stage `robustness`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Distinct, NonNegative, NotEmpty, Section, Seed
from foolproof.params.common import Degrees, Share

JpegQuality = Annotated[int, Field(ge=1, le=100, strict=True)]


class Strengths(Section):
    """Strengths of each graded manipulation."""

    rotation: Annotated[list[Degrees], NotEmpty, Distinct]
    crop: Annotated[list[Share], NotEmpty, Distinct]
    jpeg: Annotated[list[JpegQuality], NotEmpty, Distinct]
    blur: Annotated[list[NonNegative], NotEmpty, Distinct]
    noise: Annotated[list[NonNegative], NotEmpty, Distinct]


class Robustness(Section):
    """Manipulations of adversarial photos."""

    seed: Seed
    crop: Share
    rotation: Degrees
    strengths: Strengths
