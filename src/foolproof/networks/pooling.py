"""Max-pooling of maps in the usual memory format, as fast as in channels-last format on a CPU."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.utils import _pair

MIN_CHANNELS = 8
"""Fewer channels are not worth the change of the memory format."""


class _MaxPool(torch.autograd.Function):
    """Max-pooling forwards in channels-last format, which is vectorized, backwards in the usual.

    Values and gradients are those of `max_pool2d` to the bit: both formats choose the first maximum
    of a window. The gradient is differentiable in its turn.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(maps: Tensor, arguments: tuple[Any, ...]) -> tuple[Tensor, Tensor]:
        """Compute the pooled maps and the indices of the maxima."""
        last = maps.contiguous(memory_format=torch.channels_last)
        pooled, indices = torch.ops.aten.max_pool2d_with_indices(last, *arguments)
        return pooled.contiguous(), indices.contiguous()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
        """Keep what the backward pass needs."""
        maps, ctx.arguments = inputs
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(maps, output[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Hand each gradient to the maximum of its window."""
        maps, indices = ctx.saved_tensors
        gradient: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(
            gradients[0].contiguous(), maps, *ctx.arguments, indices
        )
        return gradient, None


class FormatAwareMaxPool(nn.MaxPool2d):
    """`MaxPool2d`, equal to the bit, on a CPU with a choice of the memory format."""

    def forward(self, maps: Tensor) -> Tensor:
        """Pool maps (N, C, H, W) or (C, H, W)."""
        usual = maps.dim() == 4 and maps.device.type == "cpu" and maps.is_contiguous()
        if not usual or maps.shape[1] < MIN_CHANNELS:
            pooled: Tensor = super().forward(maps)
            return pooled
        size, stride, padding, dilation = (
            list(_pair(each))
            for each in (self.kernel_size, self.stride, self.padding, self.dilation)
        )
        arguments = (size, stride, padding, dilation, self.ceil_mode)
        result: tuple[Tensor, Tensor] = _MaxPool.apply(maps, arguments)
        return result[0]


def choose_formats_of_pools(network: nn.Module) -> None:
    """Turn each `MaxPool2d` into a `FormatAwareMaxPool`, in place; hooks and names stay.

    On a CPU, forward passes of a small CNN otherwise spend half of their time in max-pooling.
    """
    for layer in network.modules():
        if type(layer) is nn.MaxPool2d and not layer.return_indices:
            layer.__class__ = FormatAwareMaxPool
