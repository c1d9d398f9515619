"""Networks of timm from layers of PyTorch, which torch.fx can trace and fold."""

from collections import OrderedDict
from functools import partial
from math import ceil

import torch
from timm.layers import BatchNormAct2d, Conv2dSame
from torch import Tensor, nn


def with_plain_layers(network: nn.Module, side: int) -> nn.Module:
    """Replace compound layers of timm by equal layers of PyTorch, in place.

    A `BatchNormAct2d` becomes a batch norm (`norm`) and its activation (`act`); a `Conv2dSame`,
    which computes TensorFlow's padding from the size of its input, becomes a `Conv2d` with the
    padding for this input side. Names of other layers stay.

    Args:
        network: of timm, in eval mode.
        side: of the square input images, in pixels.
    """
    for name, padded in _padded_convolutions(network, side).items():
        network.set_submodule(name, padded)
    for name, module in list(network.named_modules()):
        if isinstance(module, BatchNormAct2d):
            network.set_submodule(name, _norm_and_activation(module))
    return network


@torch.no_grad()
def _padded_convolutions(network: nn.Module, side: int) -> dict[str, nn.Conv2d]:
    """Make an equal convolution for each `Conv2dSame`, by name, for one image side."""
    found: dict[str, nn.Conv2d] = {}

    def note(name: str, layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(layer, Conv2dSame)
        found[name] = _explicitly_padded(layer, inputs[0].shape[-1])

    hooks = [
        module.register_forward_pre_hook(partial(note, name))
        for name, module in network.named_modules()
        if isinstance(module, Conv2dSame)
    ]
    if hooks:
        parameter = next(network.parameters())
        network(parameter.new_zeros(1, 3, side, side))
    for hook in hooks:
        hook.remove()
    return found


def _explicitly_padded(layer: Conv2dSame, side: int) -> nn.Conv2d:
    """Make a convolution with symmetric padding that is equal to one with SAME padding.

    Where SAME pads one row more at the end, the padding of the end is used on both sides, and the
    kernel gets a first row and column of zeros.
    """
    assert layer.dilation == (1, 1)
    assert layer.kernel_size[0] == layer.kernel_size[1]
    kernel, stride = layer.kernel_size[0], layer.stride[0]
    total = max((ceil(side / stride) - 1) * stride + kernel - side, 0)
    before, after = total // 2, total - total // 2
    padded = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        kernel + after - before,
        stride,
        after,
        groups=layer.groups,
        bias=layer.bias is not None,
    )
    padded.weight.zero_()
    padded.weight[..., after - before :, after - before :] = layer.weight
    if padded.bias is not None and layer.bias is not None:
        padded.bias.copy_(layer.bias)
    return padded.to(layer.weight.device).train(layer.training)


def _norm_and_activation(layer: BatchNormAct2d) -> nn.Module:
    """Split a batch norm with an activation into two layers."""
    norm = nn.BatchNorm2d(layer.num_features, layer.eps, layer.momentum)
    norm.load_state_dict(layer.state_dict())
    norm.train(layer.training)
    if isinstance(layer.act, nn.Identity):
        return norm
    return nn.Sequential(OrderedDict(norm=norm, act=layer.act))
