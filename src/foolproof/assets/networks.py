"""Networks that classify photographs, by torchvision's names, with weights from ImageNet."""

import re
import warnings
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import models

from foolproof.assets.declaration import Arrays, Asset, Embedded, Mirrored, Official
from foolproof.assets.errors import AssetError
from foolproof.assets.photographs import LICENCE, PACKAGES, SUBJECTS

# The first digits of a file's SHA-256 are the last part of its name.
_DIGEST = re.compile(r"-([0-9a-f]{8,})\.pth$")

# DenseNets were published when their layers had other names.
_OLD_NAME = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


def network_names() -> list[str]:
    """List the networks of torchvision that classify photographs."""
    names: list[str] = models.list_models(module=models)
    return names


def network_asset(name: str) -> Asset:
    """Declare the network that torchvision knows by `name`.

    Where several weights are published, these are the first, which is what books, papers and a
    mirror mean by the name. Later ones were trained to be less confident, and see photographs
    resized otherwise.
    """
    weights = next(iter(models.get_model_weights(name)))
    host, _, published = weights.url.rpartition("/")
    mirrored = f"{name}.pth"
    return Asset(
        name=name,
        mirrored=Mirrored(
            files=(mirrored,), convert=partial(network_arrays, name, weights, mirrored)
        ),
        official=Official(
            hosts=(f"{host}/",),
            files={published: f"sha256-prefix:{_DIGEST.findall(published)[0]}"},
            convert=partial(network_arrays, name, weights, published),
            licence=weights.meta.get("license", "BSD-3-Clause"),
            note=f"Torchvision's weights {weights}.{_caution(weights)}",
        ),
        embedded=Embedded(
            packages=(*PACKAGES, "torchvision"),
            subject="a small network trained on ten photographs",
            make=partial(_embedded_network, name),
            licence=LICENCE,
            note=(
                f"Not {name}, and not of ImageNet: a small network of torchvision's, trained for "
                "seconds to tell the subjects of ten photographs in scikit-image and scikit-learn "
                "apart by cuts of them."
            ),
        ),
        count_items=_count_weights,
        digests={},
    )


def _caution(weights: Any) -> str:
    if weights.transforms().interpolation.value == "bilinear":
        return ""
    return " They were trained on pictures resized by another interpolation than the bilinear one."


def network_arrays(name: str, weights: Any, file: str, files: Mapping[str, Path]) -> Arrays:
    """Read a network's state dict from a file of PyTorch's.

    Args:
        name: the architecture, by torchvision's name.
        weights: the member of torchvision's enumeration that tells preprocessing and classes.
        file: the name of the file with the weights.
        files: the files by their names.

    Returns:
        See `pack_network`.

    Raises:
        AssetError: naming the file and the first entry that the architecture lacks, or that lacks
            it, or that has another shape.
    """
    preset = weights.transforms()
    return pack_network(
        architecture=name,
        classes=weights.meta["categories"],
        resize=preset.resize_size[0],
        crop=preset.crop_size[0],
        mean=preset.mean,
        std=preset.std,
        state=_fitted(file, _read_state(files[file]), name),
    )


def pack_network(
    *,
    architecture: str,
    classes: Sequence[str],
    resize: int,
    crop: int,
    mean: Sequence[float],
    std: Sequence[float],
    state: Mapping[str, Tensor],
) -> Arrays:
    """Put together what it takes to run a network.

    Returns:
        `architecture` (), torchvision's name; `classes` (K,), their names; `resize` (), what a
        photograph's shorter side is resized to, and `crop` (), the side of the central square that
        is left of it, in pixels; `mean` and `std` float32 (3,) of pixels in [0, 1]; `state/<key>`
        for each entry of the state dict, floating-point ones as float32.
    """
    entries = {
        f"state/{key}": (entry.float() if entry.is_floating_point() else entry).numpy()
        for key, entry in state.items()
    }
    return {
        "architecture": np.array(architecture),
        "classes": np.array(classes),
        "resize": np.array(resize, np.int64),
        "crop": np.array(crop, np.int64),
        "mean": np.array(mean, np.float32),
        "std": np.array(std, np.float32),
    } | entries


def _read_state(path: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can fail in any way
        reason = str(error).partition("\n")[0]
        raise AssetError(f"{path.name}: not a sound file of weights: {reason}") from None
    if not isinstance(state, dict) or not all(
        isinstance(entry, Tensor) for entry in state.values()
    ):
        raise AssetError(f"{path.name}: expected a state dict, found something else")
    return {_OLD_NAME.sub(r"\1\2", key): entry for key, entry in state.items()}


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


def _embedded_network(name: str) -> Arrays:
    # Of what torchvision and the photographs depend on, only this needs the photographs' pixels.
    from foolproof.assets import stand_in_network as stand_in  # noqa: PLC0415

    return pack_network(
        architecture=stand_in.ARCHITECTURE,
        classes=SUBJECTS,
        resize=stand_in.RESIZE,
        crop=stand_in.CROP,
        mean=stand_in.MEAN,
        std=stand_in.STD,
        # Stand-ins of two networks are two networks.
        state=stand_in.train_stand_in(seed=zlib.crc32(name.encode())),
    )


def _count_weights(arrays: Arrays) -> int:
    return sum(array.size for name, array in arrays.items() if name.startswith("state/"))
