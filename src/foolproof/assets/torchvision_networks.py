"""Image classifiers of torchvision."""

import re
import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models

from foolproof.assets.declaration import Arrays, Asset, Mirrored
from foolproof.assets.errors import AssetError
from foolproof.assets.pretrained_weights import (
    DataConfig,
    count_weights,
    official_weights,
    pack_weights,
    read_state_dict,
    weights_file,
)

# The weights of DenseNets were published before a change of their layers' names.
_OLD_NAME = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


def imagenet_classes() -> list[str]:
    """List torchvision's names of ImageNet's 1,000 classes."""
    names: list[str] = models.MobileNet_V2_Weights.IMAGENET1K_V1.meta["categories"]
    return names


def torchvision_names() -> list[str]:
    """List the image classifiers of torchvision."""
    names: list[str] = models.list_models(module=models)
    return names


def torchvision_asset(name: str) -> Asset:
    """Declare the network `name` with the first of its published weights.

    Books, papers and mirrors mean these. Later weights differ in confidence and preprocessing.
    """
    weights = next(iter(models.get_model_weights(name)))
    convert = partial(_torchvision_arrays, name, weights)
    return Asset(
        name=name,
        mirrored=Mirrored(files=(f"{name}.pth",), convert=convert),
        official=official_weights(
            weights.url,
            convert,
            licence=weights.meta.get("license", "BSD-3-Clause"),
            note=f"Torchvision's weights {weights}.",
        ),
        count_items=count_weights,
        items="parameters",
    )


def _torchvision_arrays(name: str, weights: Any, files: Mapping[str, Path]) -> Arrays:
    """Read a state dict that fits the architecture, see `pack_weights`.

    Raises:
        AssetError: naming the file and the first entry that is missing, unexpected or of another
            shape.
    """
    path = weights_file(files)
    preset = weights.transforms()
    config = DataConfig(
        classes=weights.meta["categories"],
        resize=preset.resize_size[0],
        crop=preset.crop_size[0],
        interpolation=preset.interpolation.value,
        mean=preset.mean,
        std=preset.std,
    )
    state = {_OLD_NAME.sub(r"\1\2", key): entry for key, entry in read_state_dict(path).items()}
    return pack_weights("torchvision", name, config, _fitted(path.name, state, name))


def _fitted(file: str, state: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Check a state dict against the architecture, and sort it in the architecture's order."""
    expected = _meta_state_dict(name)
    if unexpected := [key for key in state if key not in expected]:
        raise AssetError(f"{file}: {unexpected[0]} is no entry of {name}'s state dict")
    fitted = {}
    for key, empty in expected.items():
        # Old files lack this counter, which only training reads.
        default = torch.tensor(0) if key.endswith("num_batches_tracked") else None
        entry = state.get(key, default)
        if entry is None:
            raise AssetError(f"{file}: lacks {key} of {name}'s state dict")
        if entry.shape != empty.shape:
            raise AssetError(
                f"{file}: expected {key} in the shape {tuple(empty.shape)}, "
                f"found {tuple(entry.shape)}"
            )
        fitted[key] = entry
    return fitted


def _meta_state_dict(name: str) -> dict[str, Tensor]:
    """Build an architecture's state dict without memory for its values."""
    # Two architectures warn of a change of their random weights, which are not used here.
    with torch.device("meta"), warnings.catch_warnings(action="ignore", category=FutureWarning):
        network: nn.Module = models.get_model(name, weights=None)
    return network.state_dict()
