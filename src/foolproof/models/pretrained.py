"""Networks of torchvision with trained weights: loading them, and what feeds their last layer."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from PIL.Image import Image
from torch import Tensor, nn
from torchvision.models import get_model

from foolproof.chunks import side_by_side
from foolproof.errors import FoolproofError
from foolproof.files import read_arrays
from foolproof.models.inference import predict_logits
from foolproof.models.layers import Normalize, replace_adaptive_pools
from foolproof.photos import to_network_pixels

# The non-linearity of the last hidden layer by the beginning of torchvision's architecture names.
# (That of ConvNeXt ends in a layer norm.)
ACTIVATIONS: Mapping[str, str | None] = {
    "alexnet": "ReLU",
    "convnext": None,
    "densenet": "ReLU",
    "efficientnet": "SiLU",
    "googlenet": "ReLU",
    "inception": "ReLU",
    "mnasnet": "ReLU",
    "mobilenet_v2": "ReLU6",
    "mobilenet_v3": "Hardswish",
    "regnet": "ReLU",
    "resnet": "ReLU",
    "resnext": "ReLU",
    "shufflenet": "ReLU",
    "squeezenet": "ReLU",
    "vgg": "ReLU",
    "wide_resnet": "ReLU",
}

# Photographs a forward pass on a CPU: few enough that their activations stay at some hundred
# megabytes.
CHUNK = 16

# Architectures with auxiliary classifiers, which only training needs. Their published weights
# expect an input that they normalize once more themselves.
AUXILIARY = ("googlenet", "inception_v3")
AUXILIARY_OPTIONS = {"aux_logits": False, "transform_input": True, "init_weights": False}


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A trained classifier of photographs that is only looked at and attacked."""

    architecture: str
    """Torchvision's name."""

    network: nn.Sequential
    """`normalize` and `body`, from pixels (N, 3, crop, crop) in [0, 1] to logits (N, K): in eval
    mode, with frozen parameters, channels last in memory."""

    classes: tuple[str, ...]
    """Names of the K classes."""

    resize: int
    """Shorter side of a photograph before cropping, in pixels."""

    crop: int
    """Side of the square that the network sees."""


def load_pretrained(path: Path, device: torch.device) -> Pretrained:
    """Load a network's `.npz` that the download stage made.

    Raises:
        FoolproofError: when the file is missing or damaged, or its weights do not fit its
            architecture.
    """
    arrays = read_arrays(path)
    expected = {"architecture", "classes", "resize", "crop", "mean", "std"}
    if missing := sorted(expected - arrays.keys()):
        raise FoolproofError(f"{path}: lacks the array {', '.join(missing)}")
    architecture = str(arrays["architecture"])
    classes = tuple(map(str, arrays["classes"]))
    try:
        body = _build(architecture, len(classes), arrays)
    except (ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise FoolproofError(f"{path}: these are no weights of {architecture}: {reason}") from error
    normalize = Normalize(tuple(arrays["mean"].tolist()), tuple(arrays["std"].tolist()))
    network = nn.Sequential(OrderedDict(normalize=normalize, body=body))
    network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
    return Pretrained(architecture, network, classes, int(arrays["resize"]), int(arrays["crop"]))


def network_pixels(pretrained: Pretrained, pictures: Iterable[Image]) -> Tensor:
    """Bring pictures to a network's input, (N, 3, crop, crop), in [0, 1], on its device."""
    device = next(pretrained.network.parameters()).device
    seen = [to_network_pixels(each, pretrained.resize, pretrained.crop) for each in pictures]
    return torch.stack(seen).to(device)


def predict(pretrained: Pretrained, pixels: Tensor) -> Tensor:
    """Compute the logits (N, K) of photographs (N, 3, crop, crop) in [0, 1], chunk by chunk."""
    return torch.cat(
        [predict_logits(pretrained.network, chunk) for chunk in chunks_of_photos(pixels)]
    )


def chunks_of_photos(pixels: Tensor) -> tuple[Tensor, ...]:
    """Divide photographs (N, 3, crop, crop) into what one forward pass takes on their device."""
    numbers = pixels.shape[1:].numel()
    together = side_by_side(pixels.device, numbers=numbers, on_cpu=CHUNK)
    chunks: tuple[Tensor, ...] = pixels.split(together)
    return chunks


def class_index(pretrained: Pretrained, name: str) -> int:
    """Find a class by its name; the first where two have the same, as ImageNet's two cranes.

    Raises:
        FoolproofError: when there is none, with the most similar names.
    """
    try:
        return pretrained.classes.index(name)
    except ValueError:
        similar = ", ".join(get_close_matches(name, pretrained.classes, n=5, cutoff=0))
        raise FoolproofError(
            f"{name!r} is no class of {pretrained.architecture}; the nearest are: {similar}"
        ) from None


def hidden_activation(pretrained: Pretrained) -> str | None:
    """Name the non-linearity of the last hidden layer; None where a layer norm ends it.

    Raises:
        FoolproofError: when the architecture is of no supported family, with those that are.
    """
    for family, activation in ACTIVATIONS.items():
        if pretrained.architecture.startswith(family):
            return activation
    raise FoolproofError(
        f"{pretrained.architecture}: hidden features are known for the families: "
        f"{', '.join(ACTIVATIONS)}"
    )


def is_rectified(pretrained: Pretrained) -> bool:
    """Say whether the hidden features are non-negative, because a ReLU or ReLU6 makes them.

    Raises:
        FoolproofError: when the architecture is of no supported family.
    """
    return hidden_activation(pretrained) in ("ReLU", "ReLU6")


def hidden_features(pretrained: Pretrained) -> nn.Sequential:
    """Cut the network before its last layer with weights, which leaves the last hidden layer.

    That is its output after the non-linearity, averaged over the map where the network does so
    itself. SqueezeNet classifies each position by a convolution and averages then; here its
    hidden maps are averaged instead.

    Returns:
        A network from pixels (N, 3, crop, crop) in [0, 1] to features (N, D), which shares the
        weights of the one given.

    Raises:
        FoolproofError: when the architecture is of no supported family.
    """
    hidden_activation(pretrained)
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


def _build(architecture: str, classes: int, arrays: Mapping[str, NDArray[Any]]) -> nn.Module:
    """Build a network around the arrays `state/...`, without its auxiliary classifiers."""
    options = AUXILIARY_OPTIONS if architecture in AUXILIARY else {}
    body: nn.Module = get_model(architecture, num_classes=classes, **options)
    state = {
        name.removeprefix("state/"): torch.from_numpy(values)
        for name, values in arrays.items()
        if name.startswith("state/")
    }
    if options:
        state = {name: value for name, value in state.items() if not name.lower().startswith("aux")}
    body.load_state_dict(state)
    replace_adaptive_pools(body)
    return body
