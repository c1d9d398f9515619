"""Section of the stage `show_feature_maps`."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, Section


class ShowFeatureMaps(Section):
    """Whose feature maps are shown, and how many of each layer."""

    layers: Annotated[list[str], Distinct]
    maps: Count
