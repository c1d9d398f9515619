"""Networks of torchvision and timm with trained weights, and their hidden features."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, cast

import torch
from numpy.typing import NDArray
from PIL.Image import Image
from torch import Tensor, nn

from foolproof.core.errors import FoolproofError
from foolproof.data.arrays import read_arrays
from foolproof.networks.inference import predict_logits
from foolproof.networks.layers import Normalize, replace_adaptive_pools, write_to_new_arrays
from foolproof.photos.names import nearest_names
from foolproof.photos.preprocess import Interpolation, chunks_of_photos, to_network_pixels
from foolproof.pretrained.families import last_activation

# Architectures with auxiliary classifiers, which only training needs. With their published weights
# they normalize their input a second time.
AUXILIARY = ("googlenet", "inception_v3")
AUXILIARY_OPTIONS = {"aux_logits": False, "transform_input": True, "init_weights": False}


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A classifier of photos with trained, frozen weights."""

    architecture: str
    """Its name in torchvision or timm."""

    network: nn.Sequential
    """`normalize` and `body`, from pixels (N, 3, crop, crop) in [0, 1] to logits (N, K): in eval
    mode, with frozen parameters, channels last in memory."""

    classes: tuple[str, ...]
    """Names of the K classes."""

    resize: int
    """Shorter side of a photo before cropping, in pixels."""

    crop: int
    """Side of the square input, in pixels."""

    interpolation: Interpolation = "bilinear"
    """Of the resizing of photos."""


def load_pretrained(path: Path, device: torch.device) -> Pretrained:
    """Load the `.npz` of a network that the download stage writes.

    Raises:
        FoolproofError: when the file is missing or damaged, or its weights do not fit its
            architecture.
    """
    arrays = read_arrays(path)
    expected = {
        *("library", "architecture", "classes"),
        *("resize", "crop", "interpolation", "mean", "std"),
    }
    if missing := sorted(expected - arrays.keys()):
        raise FoolproofError(f"{path}: lacks the array {', '.join(missing)}")
    architecture = str(arrays["architecture"])
    classes = tuple(map(str, arrays["classes"]))
    crop = int(arrays["crop"])
    build = _build_timm if str(arrays["library"]) == "timm" else _build_torchvision
    try:
        body = build(architecture, len(classes), crop, _state(arrays))
    except (ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise FoolproofError(f"{path}: these are no weights of {architecture}: {reason}") from error
    replace_adaptive_pools(body)
    write_to_new_arrays(body)
    normalize = Normalize(tuple(arrays["mean"].tolist()), tuple(arrays["std"].tolist()))
    network = nn.Sequential(OrderedDict(normalize=normalize, body=body))
    network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
    interpolation = cast("Interpolation", str(arrays["interpolation"]))
    return Pretrained(architecture, network, classes, int(arrays["resize"]), crop, interpolation)


def network_pixels(pretrained: Pretrained, pictures: Iterable[Image]) -> Tensor:
    """Preprocess pictures to a network's input, (N, 3, crop, crop), in [0, 1], on its device."""
    device = next(pretrained.network.parameters()).device
    shape = pretrained.resize, pretrained.crop, pretrained.interpolation
    return torch.stack([to_network_pixels(each, *shape) for each in pictures]).to(device)


def predict(pretrained: Pretrained, pixels: Tensor) -> Tensor:
    """Compute the logits (N, K) of photos (N, 3, crop, crop) in [0, 1], chunk by chunk."""
    return torch.cat(
        [predict_logits(pretrained.network, chunk) for chunk in chunks_of_photos(pixels)]
    )


def class_index(pretrained: Pretrained, name: str) -> int:
    """Find a class by its name; the first of two with one name, as the cranes of ImageNet.

    Raises:
        FoolproofError: when there is none, naming the most similar ones.
    """
    try:
        return pretrained.classes.index(name)
    except ValueError:
        nearest = nearest_names(name, pretrained.classes)
        raise FoolproofError(
            f"{name!r} is no class of {pretrained.architecture}; the nearest are: {nearest}"
        ) from None


def is_rectified(pretrained: Pretrained) -> bool:
    """Tell whether a ReLU or ReLU6 makes the hidden features non-negative.

    Raises:
        FoolproofError: when the architecture is of no supported family.
    """
    return last_activation(pretrained.architecture) in ("ReLU", "ReLU6")


def hidden_features(pretrained: Pretrained) -> nn.Sequential:
    """Replace the last layer with weights by the identity, which leaves the last hidden layer.

    Its output is after the non-linearity and the network's own global average. SqueezeNet averages
    after its last convolution; here its hidden maps are averaged instead.

    Returns:
        A network from pixels (N, 3, crop, crop) in [0, 1] to features (N, D), with the same
        weight tensors.

    Raises:
        FoolproofError: when the architecture is of no supported family.
    """
    last_activation(pretrained.architecture)
    network = pretrained.network
    shared = {id(tensor): tensor for tensor in chain(network.parameters(), network.buffers())}
    features = deepcopy(network, shared)
    *_, last = (
        name
        for name, module in features.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    )
    features.set_submodule(last, nn.Identity())
    return features


def _state(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    """Collect the state dict from the arrays `state/...`."""
    return {
        name.removeprefix("state/"): torch.from_numpy(values)
        for name, values in arrays.items()
        if name.startswith("state/")
    }


def _build_torchvision(
    architecture: str, classes: int, _: int, state: Mapping[str, Tensor]
) -> nn.Module:
    """Build a network of torchvision with its weights, without its auxiliary classifiers."""
    # Imported lazily: torchvision takes seconds to import, which `--help` should not.
    from torchvision.models import get_model  # noqa: PLC0415

    options = AUXILIARY_OPTIONS if architecture in AUXILIARY else {}
    body: nn.Module = get_model(architecture, num_classes=classes, **options)
    if options:
        state = {name: value for name, value in state.items() if not name.lower().startswith("aux")}
    body.load_state_dict(state)
    return body


def _build_timm(
    architecture: str, classes: int, crop: int, state: Mapping[str, Tensor]
) -> nn.Module:
    """Build a network of timm with its weights, from layers of PyTorch."""
    # Imported lazily: timm takes a second to import.
    import timm  # noqa: PLC0415

    from foolproof.pretrained.plain_layers import with_plain_layers  # noqa: PLC0415

    body: nn.Module = timm.create_model(architecture, num_classes=classes)
    body.load_state_dict(state)
    return with_plain_layers(body.eval().requires_grad_(False), crop)
