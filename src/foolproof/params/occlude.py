"""Section of the stage `occlude`."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, GreyLevel, NotEmpty, Section, Seed


class Occlude(Section):
    """Images that are occluded, and the patches."""

    seed: Seed
    images: Count
    sizes: Annotated[list[Count], NotEmpty, Distinct]
    fills: Annotated[dict[str, GreyLevel], NotEmpty]
