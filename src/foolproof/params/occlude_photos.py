"""Section of the stage `occlude_photos`."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from foolproof.core.params import Count, Distinct, NotEmpty, Number, Section, Seed


class Block(Section):
    """A square patch, and the distance of its positions, in pixels."""

    side: Count
    stride: Count


class OccludePhotos(Section):
    """Occlusion maps of photos, and deletion curves; `fill` is a pixel in [0, 1]."""

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
