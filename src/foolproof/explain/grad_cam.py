"""Grad-CAM: the maps of a layer, weighted by the gradient of a class's logit."""

from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from foolproof.classifiers.classifier import Classifier
from foolproof.core.errors import FoolproofError
from foolproof.explain.checks import checked_classes
from foolproof.explain.chunks import images_together


def gradcam(
    model: Classifier, x: Tensor, target: Tensor | int, *, layer: str | None = None
) -> Tensor:
    """Compute Grad-CAM: which places of a layer's maps raise the logit of a class.

    With A[k] the maps of the layer, the map is ReLU(sum over k of w[k] A[k]), where w[k] is the
    mean over places of d logit[target] / d A[k]; it is enlarged to the image bilinearly. Of a
    layer that runs repeatedly, the last run counts.

    Source: Selvaraju et al., Grad-CAM (arXiv 1610.02391).

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).
        layer: name in the user's network, as in `named_modules`; None for the last `Conv2d` that
            runs and whose maps have more than one place.

    Returns:
        Maps (N, H, W), at least 0.

    Raises:
        FoolproofError: when `model` is no classifier, there is no such layer or no convolution,
            the layer has no maps (N, C, H, W), or the logits do not depend on them.
        ValueError: when images or target are not valid.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> import foolproof as fp
        >>> net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))
        >>> model = fp.classifier(net, input_shape=(1, 8, 8))
        >>> fp.explain.gradcam(model, torch.rand(5, 1, 8, 8), 1).shape
        torch.Size([5, 8, 8])
    """
    classes = checked_classes(model, x, target)
    name = layer
    together = images_together(x)
    maps = []
    for images, of_images in zip(x.split(together), classes.split(together), strict=True):
        if name is None:
            name, recorded = _forward_to_last_convolution(model, images, of_images)
        else:
            recorded = _forward(model, name, images, of_images)
        maps.append(_class_activation_maps(recorded, name))
    return interpolate(torch.cat(maps), x.shape[2:], mode="bilinear")[:, 0]


class _Forward(NamedTuple):
    """What a forward pass of a few images leaves."""

    logit_sum: Tensor
    """Of the classes' logits: in eval mode the images are independent."""

    maps: Tensor | None
    """Output of the last run of the layer, where the graph begins; None if it did not run."""


def _forward(model: Classifier, name: str, pixels: Tensor, classes: Tensor) -> _Forward:
    """Compute the logits of classes, and keep the output of a layer."""
    maps: Tensor | None = None

    def keep(_: nn.Module, __: object, output: object) -> Tensor:
        nonlocal maps
        if not isinstance(output, Tensor) or output.dim() != 4:
            found = (
                f"the shape {tuple(output.shape)}"
                if isinstance(output, Tensor)
                else type(output).__name__
            )
            raise FoolproofError(
                f"the layer {name!r} gives {found}; Grad-CAM needs maps (N, C, H, W)"
            )
        # The graph begins here, which saves the backward pass of all layers before.
        maps = output.detach().requires_grad_()
        # A function that works in place after the layer would overwrite the maps.
        return maps.clone()

    hook = _find_layer(model, name).register_forward_hook(keep)
    try:
        with torch.enable_grad():
            logit_sum = model(pixels.detach()).gather(1, classes[:, None]).sum()
    finally:
        hook.remove()
    return _Forward(logit_sum, maps)


def _forward_to_last_convolution(
    model: Classifier, pixels: Tensor, classes: Tensor
) -> tuple[str, _Forward]:
    """Find the last `Conv2d` that runs with more than one place, and compute as `_forward` does.

    The last one that the network defines mostly is the last one that runs, which the same forward
    pass tells.
    """
    ran: list[str] = []

    def note(name: str, _: nn.Module, __: object, output: Tensor) -> None:
        if output.dim() == 4 and output.shape[2] * output.shape[3] > 1:
            ran.append(name)

    convolutions = _convolutions(model)
    defined_last = list(convolutions)[-1:]
    with ExitStack() as hooks:
        for name, module in convolutions.items():
            hooks.callback(module.register_forward_hook(partial(note, name)).remove)
        recorded = [_forward(model, name, pixels, classes) for name in defined_last]
    if not ran:
        raise FoolproofError(
            f"{_type(model)} runs no Conv2d with maps of more than one place; layer= names another "
            "layer that gives maps (N, C, H, W)"
        )
    if ran[-1] != defined_last[0]:
        recorded = [_forward(model, ran[-1], pixels, classes)]
    return ran[-1], recorded[0]


def _class_activation_maps(recorded: _Forward, name: str) -> Tensor:
    """Compute the maps (N, 1, height, width) of a few images at the layer's resolution."""
    logit_sum, maps = recorded
    if maps is None:
        raise FoolproofError(f"the layer {name!r} does not run in a forward pass")
    gradients = None
    if logit_sum.requires_grad:
        (gradients,) = torch.autograd.grad(logit_sum, maps, allow_unused=True)
    if gradients is None:
        raise FoolproofError(f"the logits do not depend on the output of the layer {name!r}")
    return torch.einsum("nk,nkhw->nhw", gradients.mean((2, 3)), maps.detach())[:, None].relu()


def _convolutions(model: Classifier) -> dict[str, nn.Module]:
    """List convolutional layers by name, in the order in which the network defines them."""
    return {
        name: each for name, each in model.network.named_modules() if isinstance(each, nn.Conv2d)
    }


def _find_layer(model: Classifier, name: str) -> nn.Module:
    try:
        return model.network.get_submodule(name)
    except AttributeError:
        raise FoolproofError(
            f"{_type(model)} has no layer {name!r}; its convolutional layers are: "
            f"{', '.join(_convolutions(model)) or 'none'}"
        ) from None


def _type(model: Classifier) -> str:
    return type(model.network).__name__
