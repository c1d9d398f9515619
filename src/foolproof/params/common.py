"""What sections of several stages share."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import GreyLevel, NonNegative, Number, Section

Share = Annotated[Number, Field(gt=0, le=1)]
Chance = Annotated[Number, Field(ge=0, le=1)]
Degrees = Annotated[Number, Field(ge=0, le=180)]
Pixels = Annotated[int, Field(ge=0, strict=True)]


class NoiseStart(Section):
    """The Gaussian noise that an image begins from, in grey levels."""

    mean: GreyLevel
    std: NonNegative


class Views(Section):
    """How far the random views of a picture go, over which expectation over transformation goes."""

    mirror: Chance
    crop: Share
    rotation: Degrees
    grey: Chance
    blur: NonNegative
    noise: NonNegative
