"""Sections of the stages that look at a trained network."""

from typing import Annotated

from foolproof.params.base import Count, Distinct, GreyLevel, NotEmpty, Section, Seed


class ShowPredictions(Section):
    """Which test images are shown."""

    seed: Seed
    images: Count


class Visualize(Section):
    """Whose activations are shown, and over how many images the numbers are taken."""

    seed: Seed
    images: Count
    statistics_images: Count


class Occlude(Section):
    """Which images are occluded, and by what patches."""

    seed: Seed
    images: Count
    sizes: Annotated[list[Count], NotEmpty, Distinct]
    fills: Annotated[dict[str, GreyLevel], NotEmpty]
