"""Networks that classify photographs, by torchvision's or timm's names, with their weights."""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import models

from foolproof.assets.declaration import Arrays, Asset, Mirrored, Official
from foolproof.assets.errors import AssetError

# The first digits of a file's SHA-256 are the last part of its name.
_DIGEST = re.compile(r"-([0-9a-f]{8,})\.pth$")

# DenseNets were published when their layers had other names.
_OLD_NAME = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


@dataclass(frozen=True)
class DataConfig:
    """What weights expect of a photograph, and what their logits mean.

    Attributes:
        classes: their names.
        resize: what a photograph's shorter side is resized to, in pixels.
        crop: the side of the central square that is left of it, in pixels.
        interpolation: `bilinear` or `bicubic`.
        mean: of pixels in [0, 1], by channel; subtracted.
        std: by which the difference is divided.
    """

    classes: Sequence[str]
    resize: int
    crop: int
    interpolation: str
    mean: Sequence[float]
    std: Sequence[float]


def imagenet_classes() -> list[str]:
    """List torchvision's names of ImageNet's 1,000 classes."""
    names: list[str] = models.MobileNet_V2_Weights.IMAGENET1K_V1.meta["categories"]
    return names


def torchvision_names() -> list[str]:
    """List the networks of torchvision that classify photographs."""
    names: list[str] = models.list_models(module=models)
    return names


def torchvision_asset(name: str) -> Asset:
    """Declare the network that torchvision knows by `name`.

    Where several weights are published, these are the first, which is what books, papers and a
    mirror mean by the name. Later ones were trained to be less confident, and see photographs
    resized otherwise.
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
        embedded=None,
        count_items=count_weights,
        digests={},
    )


def official_weights(url: str, convert: Any, *, licence: str, note: str) -> Official | None:
    """Declare a file of weights whose name ends in digits of its checksum; None for another."""
    host, _, file = url.rpartition("/")
    digest = _DIGEST.search(file)
    if digest is None:
        return None
    files = {file: f"sha256-prefix:{digest[1]}"}
    return Official(hosts=(f"{host}/",), files=files, convert=convert, licence=licence, note=note)


def _torchvision_arrays(name: str, weights: Any, files: Mapping[str, Path]) -> Arrays:
    """Read a network's state dict from a file of PyTorch's, see `pack_network`.

    Raises:
        AssetError: naming the file and the first entry that the architecture lacks, or that lacks
            it, or that has another shape.
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
    state = {_OLD_NAME.sub(r"\1\2", key): entry for key, entry in read_state(path).items()}
    return pack_network("torchvision", name, config, _fitted(path.name, state, name))


def pack_network(
    library: str, architecture: str, config: DataConfig, state: Mapping[str, Tensor]
) -> Arrays:
    """Put together what it takes to run a network.

    Args:
        library: `torchvision` or `timm`, which can build the architecture.
        architecture: its name there.
        config: what the weights expect.
        state: their state dict.

    Returns:
        `library`, `architecture` and the fields of the data config as arrays; `state/<key>` for
        each entry of the state dict, floating-point ones as float32.
    """
    entries = {
        f"state/{key}": (entry.float() if entry.is_floating_point() else entry).numpy()
        for key, entry in state.items()
    }
    return {
        "library": np.array(library),
        "architecture": np.array(architecture),
        "classes": np.array(config.classes),
        "resize": np.array(config.resize, np.int64),
        "crop": np.array(config.crop, np.int64),
        "interpolation": np.array(config.interpolation),
        "mean": np.array(config.mean, np.float32),
        "std": np.array(config.std, np.float32),
    } | entries


def weights_file(files: Mapping[str, Path]) -> Path:
    """Find the file with the weights beside what else a mirror may list."""
    return next(path for name, path in files.items() if name.endswith(".pth"))


def read_state(path: Path) -> dict[str, Tensor]:
    """Read a state dict without running anything that its file may hold.

    Raises:
        AssetError: when the file is damaged or holds something else.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can fail in any way
        reason = str(error).partition("\n")[0]
        raise AssetError(f"{path.name}: not a sound file of weights: {reason}") from None
    if not isinstance(state, dict) or not all(
        isinstance(entry, Tensor) for entry in state.values()
    ):
        raise AssetError(f"{path.name}: expected a state dict, found something else")
    return state


def _fitted(file: str, state: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Check a state dict against the architecture, and put it in the architecture's order."""
    expected = _empty_state(name)
    if unexpected := [key for key in state if key not in expected]:
        raise AssetError(f"{file}: {unexpected[0]} is no entry of {name}'s state dict")
    fitted = {}
    for key, empty in expected.items():
        # Files older than this counter lack it, and nothing but further training reads it.
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


def _empty_state(name: str) -> dict[str, Tensor]:
    """Names and shapes of an architecture's state dict, without memory for its values."""
    # Two architectures warn that their random weights will change, which are not used here.
    with torch.device("meta"), warnings.catch_warnings(action="ignore", category=FutureWarning):
        network: nn.Module = models.get_model(name, weights=None)
    return network.state_dict()


def count_weights(arrays: Arrays) -> int:
    """Count the entries of all tensors of the state dict."""
    return sum(array.size for name, array in arrays.items() if name.startswith("state/"))
