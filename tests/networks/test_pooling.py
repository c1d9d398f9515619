"""Max-pooling with a choice of the memory format equals that of PyTorch to the bit."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from foolproof.classifiers.classifier import classifier
from foolproof.networks.pooling import FormatAwareMaxPool, choose_formats_of_pools

POOLS: list[dict[str, Any]] = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": (3, 2), "stride": (1, 2), "dilation": (2, 1)},
    {"kernel_size": 3, "stride": 2, "ceil_mode": True},
]


def value_and_gradient(pool: nn.Module, maps: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    given = maps.clone(memory_format=torch.preserve_format).requires_grad_()
    pooled = pool(given)
    (gradient,) = torch.autograd.grad((pooled * weights).sum(), given)
    return pooled.detach(), gradient


@pytest.mark.parametrize("channels", [3, 32])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("options", POOLS, ids=str)
def test_values_and_gradients_are_pytorchs_to_the_bit_with_ties(
    options: dict[str, Any], memory_format: torch.memory_format, dtype: torch.dtype, channels: int
) -> None:
    torch.manual_seed(0)
    # Zeros of a ReLU are ties, of which the first gets the gradient.
    maps = torch.randn(5, channels, 13, 14, dtype=dtype).relu()
    maps = maps.contiguous(memory_format=memory_format)
    expected = nn.MaxPool2d(**options)
    weights = torch.randn_like(expected(maps))
    found = value_and_gradient(FormatAwareMaxPool(**options), maps, weights)
    for ours, theirs in zip(found, value_and_gradient(expected, maps, weights), strict=True):
        assert torch.equal(ours, theirs)
        assert ours.is_contiguous(memory_format=memory_format)


def test_nan_is_passed_on() -> None:
    maps = torch.rand(2, 8, 4, 4)
    maps[0, 0, 1, 1] = torch.nan
    assert FormatAwareMaxPool(2)(maps).isnan().nonzero().tolist() == [[0, 0, 0, 0]]


def test_one_image_without_a_batch_is_pooled() -> None:
    maps = torch.rand(8, 4, 4)
    assert torch.equal(FormatAwareMaxPool(2)(maps), nn.MaxPool2d(2)(maps))


def test_gradient_is_differentiable_and_vmap_works() -> None:
    """Of sum(max^3), whose second derivative at the maximum of a window is 6 max."""
    maps = torch.rand(1, 8, 2, 2, dtype=torch.float64, requires_grad=True)
    pooled = FormatAwareMaxPool(2)(maps)
    (first,) = torch.autograd.grad((pooled**3).sum(), maps, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), maps)
    assert torch.allclose(second, torch.where(maps == pooled, 6 * maps, 0))
    jacobians = [
        torch.func.jacrev(pool)(maps.detach()) for pool in (FormatAwareMaxPool(2), nn.MaxPool2d(2))
    ]
    assert torch.equal(*jacobians)


def test_only_the_classifiers_copy_is_changed_and_hooks_stay() -> None:
    seen: list[str] = []
    pool = nn.MaxPool2d(2)
    pool.register_forward_hook(lambda *_: seen.append("pool"))
    network = nn.Sequential(nn.Conv2d(1, 8, 3), pool, nn.Flatten(), nn.Linear(72, 3))
    model = classifier(network, input_shape=(1, 8, 8))
    assert type(network[1]) is nn.MaxPool2d
    assert type(model.network.get_submodule("1")) is FormatAwareMaxPool
    seen.clear()
    x = torch.rand(4, 1, 8, 8)
    assert torch.equal(model(x), network(x))
    assert seen == ["pool", "pool"]


def test_pools_that_return_indices_stay() -> None:
    network = nn.Sequential(nn.MaxPool2d(2, return_indices=True))
    choose_formats_of_pools(network)
    assert type(network[0]) is nn.MaxPool2d
