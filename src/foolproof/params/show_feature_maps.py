"""Section of the stage `show_feature_maps`."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, Section


class ShowFeatureMaps(Section):
    """Layers whose feature maps are shown, and how many maps of each."""

    layers: Annotated[list[str], Distinct]
    maps: Count
