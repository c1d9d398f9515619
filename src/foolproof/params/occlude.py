"""Section of the stage `occlude`."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, GreyLevel, NotEmpty, Section, Seed


class Occlude(Section):
    """Which images are occluded, and by what patches."""

    seed: Seed
    images: Count
    sizes: Annotated[list[Count], NotEmpty, Distinct]
    fills: Annotated[dict[str, GreyLevel], NotEmpty]
