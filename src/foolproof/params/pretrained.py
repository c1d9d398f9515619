"""Sections of the stages that use a pretrained network."""

from typing import Annotated

from foolproof.params.base import Count, Distinct, Section


class Pretrained(Section):
    """Which of torchvision's networks."""

    network: str


class ClassifyPhotos(Section):
    """How many of the likeliest classes of each photograph are listed."""

    top: Count


class ShowFeatureMaps(Section):
    """Whose feature maps are shown, and how many of each layer."""

    layers: Annotated[list[str], Distinct]
    maps: Count
