"""A network of any origin as a frozen classifier of pixels."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import chain
from math import isqrt
from types import TracebackType
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parameter import is_lazy

from foolproof.compute.chunks import chunk_size
from foolproof.core.errors import FoolproofError
from foolproof.networks.layers import Normalize, write_to_new_arrays
from foolproof.networks.pooling import choose_formats_of_pools

# Sides of square images that are tried where the first layer does not determine the side.
SIDES = (32, 28, 224, 64, 96, 128, 16, 8, 256, 299, 384, 512)


class Classifier(nn.Module):
    """A frozen classifier from pixels to logits, in eval mode; `classifier` makes it."""

    classes: int
    """Number of classes, at least 2."""

    bounds: tuple[float, float]
    """Of valid pixels."""

    input_shape: tuple[int, ...]
    """Of the images that the classifier was tried on, without the batch; others may do as well."""

    network: nn.Module
    """Copy of the network with the same weight tensors, without in-place activations."""

    def __init__(
        self, network: nn.Module, normalize: nn.Module, bounds: tuple[float, float]
    ) -> None:
        super().__init__()
        self.normalize, self.network, self.bounds = normalize, network, bounds

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute the logits (N, classes) of pixels (N, ...) within `bounds`."""
        logits: Tensor = self.network(self.normalize(pixels))
        return logits

    @property
    def device(self) -> torch.device:
        """Of the weights; the CPU for a network without."""
        return next((tensor.device for tensor in _tensors(self.network)), torch.device("cpu"))

    @property
    def dtype(self) -> torch.dtype | None:
        """Of the weights, and so of the pixels; None for a network without."""
        dtypes = (tensor.dtype for tensor in _tensors(self.network))
        return next((dtype for dtype in dtypes if dtype.is_floating_point), None)

    def train(self, mode: bool = True) -> Self:  # noqa: ARG002 (the signature of nn.Module)
        """Stay in eval mode."""
        return super().train(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing: the user's network has stayed as it was."""


class _Copy(nn.Module):
    """The first layer of a network that would overwrite the images."""

    def forward(self, pixels: Tensor) -> Tensor:
        """Copy pixels of any shape."""
        return pixels.clone()


def classifier(
    network: nn.Module,
    *,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    input_shape: tuple[int, ...] | None = None,
) -> Classifier:
    """Make a frozen classifier of pixels from a network of any origin.

    Modules are copied, and weight tensors are shared: the network keeps its mode and
    gradients, and what training changes in its weights changes the classifier. One forward pass of
    three random images counts the classes and checks the logits.

    Args:
        network: from normalized pixels (N, C, H, W) to logits (N, K).
        mean: of each channel, subtracted from the pixels; None for a network that normalizes
            itself.
        std: of each channel, by which the difference is divided; given with `mean`.
        bounds: min and max of valid pixels, before normalization.
        input_shape: of one image, (C, H, W); by default found from the first layer by trial.

    Returns:
        The classifier, in eval mode, on the device of the network. As a context manager it gives
        itself.

    Raises:
        FoolproofError: when the network is no classifier: other than logits (N, K), probabilities,
            NaN, one class, random logits, batch statistics in eval mode, or an unknown input shape.
        ValueError: for an invalid mean, std or bounds.

    Example:
        >>> import foolproof as fp
        >>> from torch import nn
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
        >>> model = fp.classifier(net, mean=0.1307, std=0.3081, input_shape=(1, 28, 28))
        >>> model.classes
        10
    """
    low, high = bounds
    if not low < high:
        raise ValueError(f"bounds are (min, max) of valid pixels, found ({low:g}, {high:g})")
    if not isinstance(network, nn.Module):
        raise FoolproofError(f"a classifier is made from an nn.Module, found {_type(network)}")
    model = Classifier(_frozen_copy(network), nn.Identity(), bounds)
    # Only these tensors move: weights that move could become others than those of the network.
    model.normalize = _normalization(mean, std, model.dtype).to(model.device)
    model.eval()
    _refuse_unfrozen(model.network)
    model.classes = _count_classes(model, input_shape)
    return model


def _normalization(
    mean: float | Sequence[float] | None,
    std: float | Sequence[float] | None,
    dtype: torch.dtype | None,
) -> nn.Module:
    """Make the first layer, the identity without mean and std, in the precision of the weights."""
    if mean is None and std is None:
        return nn.Identity()
    if mean is None or std is None:
        raise ValueError("mean and std are given together, or neither")
    means, stds = (
        tuple(float(each) for each in ([value] if isinstance(value, float | int) else value))
        for value in (mean, std)
    )
    if len(means) != len(stds) or not means or min(stds) <= 0:
        raise ValueError(
            f"mean and std have one value for each channel, with std above 0, found {means} "
            f"and {stds}"
        )
    layer = Normalize(means, stds)
    for name, values in (("mean", means), ("std", stds)):
        of_channels = torch.tensor(values, dtype=dtype)[:, None, None]
        # One value is also for inputs without channels.
        setattr(layer, name, of_channels if len(values) > 1 else of_channels.squeeze())
    return layer


def _frozen_copy(network: nn.Module) -> nn.Module:
    """Copy the modules in eval mode; frozen parameters share the memory of the originals."""
    for name, tensor in chain(network.named_parameters(), network.named_buffers()):
        if is_lazy(tensor):
            raise FoolproofError(
                f"{_type(network)} has no weights in {name!r} yet; one forward pass makes them"
            )
    shared: dict[int, Tensor] = {id(buffer): buffer for buffer in network.buffers()}
    for parameter in network.parameters():
        shared[id(parameter)] = nn.Parameter(parameter.detach(), requires_grad=False)
    try:
        copy = deepcopy(network, shared)
    except (TypeError, RuntimeError) as error:
        raise FoolproofError(
            f"{_type(network)} cannot be copied, which keeps the original as it is: {error}"
        ) from error
    write_to_new_arrays(copy)
    choose_formats_of_pools(copy)
    copy.eval()
    return copy


def _refuse_unfrozen(network: nn.Module) -> None:
    """Raise for layers that depend on the batch, or stay in train mode."""
    for name, module in network.named_modules():
        named = f"{name or 'the network'} ({_type(module)})"
        if isinstance(module, _BatchNorm) and module.running_mean is None:
            raise FoolproofError(
                f"{named} has no running statistics, so that logits depend on the other images "
                "of a batch; a classifier needs track_running_stats=True"
            )
        if module.training:
            raise FoolproofError(f"{named} stays in train mode after eval()")


def _count_classes(model: Classifier, shape: tuple[int, ...] | None) -> int:
    """Count the classes by one forward pass, and check the logits."""
    failures = []
    shapes = [shape] if shape else list(_possible_shapes(model))
    for each in shapes:
        images = _random_images(model, each)
        given = images.clone()
        try:
            with torch.no_grad():
                logits = model(given)
        except (AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
            failures.append(f"{each}: {' '.join(str(error).split())}")
            continue
        _check_logits(model.network, logits, len(images))
        if not torch.equal(given, images):
            model.normalize = _Copy().eval()
        model.input_shape = each
        return int(logits.shape[1])
    tried = f"; tried {failures[0]}" if failures else ""
    raise FoolproofError(
        f"{_type(model.network)} accepts no images of the usual shapes; input_shape=(C, H, W) "
        f"names the shape of one image{tried}"
        if shape is None
        else f"{_type(model.network)} accepts no images of the shape {failures[0]}"
    )


def _random_images(model: Classifier, shape: tuple[int, ...]) -> Tensor:
    """Draw two images; a copy of the first tells random logits from functions of the image."""
    generator = torch.Generator().manual_seed(0)
    low, high = model.bounds
    first, second = low + (high - low) * torch.rand(2, *shape, generator=generator)
    images = torch.stack([first, second, first]).to(model.device)
    tensor = next((each for each in _tensors(model.network) if each.is_floating_point()), images)
    return images.to(tensor.dtype)


def _check_logits(network: nn.Module, logits: object, images: int) -> None:
    """Raise unless the output of a forward pass is logits of two or more classes."""
    kind = _type(network)
    if not isinstance(logits, Tensor):
        raise FoolproofError(
            f"a classifier gives a tensor of logits (N, K), {kind} gives a {_type(logits)}"
        )
    if logits.dim() != 2 or len(logits) != images:
        raise FoolproofError(
            f"a classifier gives logits (N, K), {kind} gives the shape {tuple(logits.shape)} for "
            f"{images} images"
        )
    if logits.shape[1] < 2:
        raise FoolproofError(f"a classifier has two classes or more, {kind} has {logits.shape[1]}")
    if not logits.isfinite().all():
        raise FoolproofError(f"{kind} gives logits that are NaN or infinite")
    if not torch.allclose(logits[0], logits[2], rtol=1e-3, atol=1e-5):
        raise FoolproofError(
            f"{kind} gives different logits for equal images even in eval mode; a classifier has "
            "no random layers such as dropout with training=True"
        )
    if are_probabilities(logits):
        raise FoolproofError(
            f"{kind} gives probabilities (each row is in [0, 1] with the sum 1); a classifier "
            "gives logits, so leave out the last softmax"
        )


def are_probabilities(logits: Tensor) -> bool:
    """Tell whether all rows (N, K) are in [0, 1] with a sum of 1 up to rounding."""
    sums = logits.sum(1)
    return bool((logits >= 0).all() and torch.allclose(sums, torch.ones_like(sums), atol=1e-4))


def _possible_shapes(model: Classifier) -> Iterator[tuple[int, ...]]:
    """List shapes of one image that the first layer with weights may accept."""
    for module in model.network.modules():
        if isinstance(module, nn.Conv2d):
            yield from ((module.in_channels, side, side) for side in SIDES)
            return
        if isinstance(module, nn.Linear):
            for channels in (1, 3):
                side = isqrt(module.in_features // channels)
                if channels * side * side == module.in_features:
                    yield (channels, side, side)
            yield (module.in_features,)
            return
    yield from ((channels, side, side) for side in SIDES for channels in (3, 1))


def _tensors(network: nn.Module) -> Iterator[Tensor]:
    return chain(network.parameters(), network.buffers())


def _type(value: object) -> str:
    return type(value).__name__


@torch.no_grad()
def predict(model: Classifier, pixels: Tensor) -> Tensor:
    """Compute the logits (N, classes) of pixels (N, ...), chunk by chunk."""
    return torch.cat([model(chunk) for chunk in pixels.split(chunk_size(pixels))])
