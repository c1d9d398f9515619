"""Types and sections that several stages share."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import GreyLevel, NonNegative, Number, Positive, Section

Share = Annotated[Number, Field(gt=0, le=1)]
Chance = Annotated[Number, Field(ge=0, le=1)]
Degrees = Annotated[Number, Field(ge=0, le=180)]
# At most half the range of the pixels, from which on all images can become equal.
PixelEpsilon = Annotated[Positive, Field(le=0.5)]
Pixels = Annotated[int, Field(ge=0, strict=True)]


class NoiseStart(Section):
    """Gaussian noise that an optimization starts from, in grey levels."""

    mean: GreyLevel
    std: NonNegative


class Views(Section):
    """Ranges of the random transformations of an image, for expectation over transformation."""

    mirror: Chance
    crop: Share
    rotation: Degrees
    grey: Chance
    blur: NonNegative
    noise: NonNegative
