"""Sections of the stages of HUJI 67103."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from foolproof.params.base import (
    Count,
    Distinct,
    NonNegative,
    NotEmpty,
    Number,
    Positive,
    Section,
    Seed,
)
from foolproof.params.fooling import Views

Rank = Annotated[int, Field(ge=2, strict=True)]


class FewSteps(Section):
    """Descent by steps of one length, until the target is the likeliest class."""

    step_size: Positive
    steps: Count


class AttackMinimal(Section):
    """The smallest change that makes a target the likeliest class."""

    ranks: Annotated[list[Rank], NotEmpty, Distinct]
    few_steps: FewSteps
    search_steps: Count
    shown: Count


Pixels = Annotated[int, Field(ge=0, strict=True)]


class Block(Section):
    """A square that is covered, and how far apart its positions are, in pixels."""

    side: Count
    stride: Count


class OccludePhotos(Section):
    """Heat maps of photos, and deletion curves that test them; the fill is a pixel in [0, 1]."""

    seed: Seed
    photos: Annotated[list[str], NotEmpty, Distinct]
    blocks: Annotated[list[Block], NotEmpty]
    fill: Annotated[Number, Field(ge=0, le=1)]
    tile: Count
    random_orders: Count

    @model_validator(mode="after")
    def _every_tile_has_a_centre(self) -> Self:
        if any(block.stride > self.tile for block in self.blocks):
            raise ValueError("no stride of a block may be larger than the tile")
        return self


class Regularizers(Section):
    """Weights of penalties, and strengths of what the image undergoes."""

    l2: NonNegative
    total_variation: NonNegative
    blur: NonNegative
    jitter: Pixels


class SpectrumPrior(Section):
    """The penalty on Fourier magnitudes that do not fall as 1 / frequency."""

    weight: Positive
    side: Count


class NaturalImages(Section):
    """Optimization on the axes of natural images, for random views."""

    steps: Count
    step_size: Positive
    jitter: Pixels
    total_variation: NonNegative
    views: Views


class Neurons(Section):
    """Images that excite units."""

    seed: Seed
    network: str
    judge: str
    units: Annotated[list[str], Distinct]
    classes: Count
    desired: Number | None
    steps: Count
    step_size: Positive
    regularizers: Regularizers
    prior: SpectrumPrior
    natural: NaturalImages
