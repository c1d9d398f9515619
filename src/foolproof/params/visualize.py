"""Section of the stage `visualize`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Section, Seed


class Visualize(Section):
    """How many images activations are shown of, and how many the statistics are over."""

    seed: Seed
    images: Count
    statistics_images: Annotated[int, Field(ge=2, strict=True)]
