"""Section of the stage `occlude`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Distinct, GreyLevel, NotEmpty, Section, Seed


class Measured(Section):
    """Images whose drops are measured, and the distance of the patches' centres in pixels."""

    images: Count
    stride: Annotated[int, Field(ge=1, le=4, strict=True)]  # wider, it can miss a digit's ink


class Occlude(Section):
    """Images that are occluded, and the patches."""

    seed: Seed
    images: Count
    measured: Measured
    sizes: Annotated[list[Count], NotEmpty, Distinct]
    fills: Annotated[dict[str, GreyLevel], NotEmpty]
