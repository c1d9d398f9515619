"""Layers whose backward pass is deterministic on a GPU, against those of PyTorch."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from foolproof.compute.seeds import new_generator
from foolproof.networks.layers import (
    AveragePool,
    MaxOverMap,
    average_pool,
    replace_adaptive_pools,
)

FORMATS = [torch.contiguous_format, torch.channels_last]


def results(pool: Callable[[Tensor], Tensor], maps: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the output, and the gradient of a random weighting of it."""
    inputs = maps.detach().requires_grad_()
    output = pool(inputs)
    weights = torch.rand(output.shape, generator=new_generator(1)).to(output)
    (gradient,) = torch.autograd.grad((output * weights).sum(), inputs)
    return output.detach(), gradient


@pytest.mark.parametrize("memory_format", FORMATS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_max_over_map_equals_adaptive_max_pooling_to_the_bit(
    memory_format: torch.memory_format, dtype: torch.dtype
) -> None:
    """Also where several cells are the max, as with few bits and after a ReLU they often are."""
    maps = torch.randn(16, 32, 3, 3, generator=new_generator(0)).relu().to(dtype)
    maps = maps.contiguous(memory_format=memory_format)
    for ours, theirs in zip(
        results(MaxOverMap(), maps), results(nn.AdaptiveMaxPool2d(1), maps), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


@pytest.mark.parametrize("memory_format", FORMATS)
@pytest.mark.parametrize(
    ("side", "to", "exact"),
    [
        (6, 6, True),
        (7, 7, True),
        (14, 7, True),
        (224, 28, True),
        (240, 28, False),
        (13, 6, False),
        (2, 7, False),
        (1, 6, False),
    ],
)
def test_average_pooling_equals_adaptive_pooling(
    side: int, to: int, exact: bool, memory_format: torch.memory_format
) -> None:
    maps = torch.rand(2, 3, side, side, generator=new_generator(0))
    maps = maps.contiguous(memory_format=memory_format)
    for ours, theirs in zip(
        results(lambda maps: average_pool(maps, to, to), maps),
        results(lambda maps: adaptive_avg_pool2d(maps, to), maps),
        strict=True,
    ):
        torch.testing.assert_close(
            ours, theirs, rtol=0 if exact else 1e-5, atol=0 if exact else 1e-6
        )


def test_average_pooling_with_unequal_sides() -> None:
    maps = torch.rand(2, 3, 9, 12, generator=new_generator(0))
    torch.testing.assert_close(average_pool(maps, 4, 3), adaptive_avg_pool2d(maps, (4, 3)))


def test_adaptive_pools_are_replaced_but_global_ones_stay() -> None:
    network = nn.Sequential(
        nn.AdaptiveAvgPool2d(6),
        nn.Sequential(nn.AdaptiveAvgPool2d((2, 3)), nn.AdaptiveAvgPool2d((1, 1))),
        nn.AdaptiveAvgPool2d(1),
    )
    replace_adaptive_pools(network)
    kinds = [type(module) for module in network.modules() if not any(module.children())]
    assert kinds == [AveragePool, AveragePool, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool2d]
    assert str(network[0]) == "AveragePool(6, 6)"
    assert network.get_submodule("1.0")(torch.rand(1, 1, 4, 6)).shape == (1, 1, 2, 3)
