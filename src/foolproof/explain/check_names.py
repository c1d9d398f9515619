"""Names of layers and units in params.yaml, against the network whose weights are here."""

from collections.abc import Sequence
from pathlib import Path

import torch

from foolproof.explain.feature_maps import choose_layers, layers_with_maps
from foolproof.explain.units import find_unit
from foolproof.pretrained.load import load_pretrained

CPU = torch.device("cpu")


def check_layers(network: Path, names: Sequence[str]) -> None:
    """Raise for a name that is no layer with feature maps.

    Args:
        network: file of its weights.
        names: of layers.

    Raises:
        FoolproofError: with the layers that the network has.
    """
    pretrained = load_pretrained(network, CPU)
    black = torch.zeros(1, 3, pretrained.crop, pretrained.crop)
    choose_layers(names, layers_with_maps(pretrained, black))


def check_units(network: Path, names: Sequence[str]) -> None:
    """Raise for a name that is no unit.

    Args:
        network: file of its weights.
        names: as `find_unit` takes them.

    Raises:
        FoolproofError: with names that the network has.
    """
    pretrained = load_pretrained(network, CPU)
    for name in names:
        find_unit(pretrained, name)
