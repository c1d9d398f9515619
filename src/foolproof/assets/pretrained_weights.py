"""Weights of image classifiers: reading a state dict, and packing it with its data config."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from foolproof.assets.declaration import Arrays, Converter, Official
from foolproof.assets.errors import AssetError

# PyTorch's convention: the name of a file ends in the first digits of its SHA-256.
_DIGEST = re.compile(r"-([0-9a-f]{8,})\.pth$")


@dataclass(frozen=True)
class DataConfig:
    """The preprocessing that weights expect, and the classes of their logits.

    Attributes:
        classes: the names of the classes.
        resize: the shorter side of a resized photo, in pixels.
        crop: the side of the central crop, in pixels.
        interpolation: `bilinear` or `bicubic`.
        mean: of each channel of pixels in [0, 1].
        std: of each channel.
    """

    classes: Sequence[str]
    resize: int
    crop: int
    interpolation: str
    mean: Sequence[float]
    std: Sequence[float]


def official_weights(url: str, convert: Converter, *, licence: str, note: str) -> Official | None:
    """Declare a file whose name ends in digits of its SHA-256; None for another name."""
    host, _, file = url.rpartition("/")
    digest = _DIGEST.search(file)
    if digest is None:
        return None
    files = {file: f"sha256-prefix:{digest[1]}"}
    return Official(hosts=(f"{host}/",), files=files, convert=convert, licence=licence, note=note)


def weights_file(files: Mapping[str, Path]) -> Path:
    """Find the `.pth` file; a mirror may list other files with it."""
    return next(path for name, path in files.items() if name.endswith(".pth"))


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read a state dict without running code of its file.

    Raises:
        AssetError: when the file is damaged or holds another object.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files raise exceptions of any type
        reason = str(error).partition("\n")[0]
        raise AssetError(f"{path.name}: not a valid file of weights: {reason}") from None
    if not isinstance(state, dict) or not all(
        isinstance(entry, Tensor) for entry in state.values()
    ):
        raise AssetError(f"{path.name}: expected a state dict, found something else")
    return state


def pack_weights(
    library: str, architecture: str, config: DataConfig, state: Mapping[str, Tensor]
) -> Arrays:
    """Pack all that a network's predictions depend on.

    Args:
        library: `torchvision` or `timm`, which builds the architecture.
        architecture: its name there.
        config: the data config of the weights.
        state: their state dict.

    Returns:
        `library`, `architecture` and the fields of the data config as arrays; `state/<key>` for
        each entry of the state dict, floating-point entries as float32.
    """
    return {
        "library": np.array(library),
        "architecture": np.array(architecture),
        "classes": np.array(config.classes),
        "resize": np.array(config.resize, np.int64),
        "crop": np.array(config.crop, np.int64),
        "interpolation": np.array(config.interpolation),
        "mean": np.array(config.mean, np.float32),
        "std": np.array(config.std, np.float32),
    } | {
        f"state/{key}": (entry.float() if entry.is_floating_point() else entry).numpy()
        for key, entry in state.items()
    }


def count_weights(arrays: Arrays) -> int:
    """Count the elements of all tensors of the state dict."""
    return sum(array.size for name, array in arrays.items() if name.startswith("state/"))
