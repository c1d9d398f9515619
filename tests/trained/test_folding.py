"""Batch norm that is folded away leaves the same function."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import get_model

from foolproof.compute.seeds import new_generator
from foolproof.trained.folding import fold_batch_norm


def with_statistics(network: nn.Module) -> nn.Module:
    """Give each batch norm statistics and weights of its own, in eval mode and frozen."""
    generator = new_generator(1)

    def bounds(low: float, high: float, like: Tensor) -> Tensor:
        return low + (high - low) * torch.rand(like.shape, generator=generator)

    network.eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.copy_(bounds(-0.5, 0.5, module.running_mean))
            module.running_var.copy_(bounds(0.5, 2, module.running_var))
            module.weight.copy_(bounds(0.5, 1.5, module.weight))
            module.bias.copy_(bounds(-0.5, 0.5, module.bias))
    return network


def small() -> nn.Module:
    """Make a network with and without a bias in front of its batch norms."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 8, 3, groups=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8 * 5 * 5, 4),
    )


def shufflenet() -> nn.Module:
    network: nn.Module = get_model("shufflenet_v2_x0_5", weights=None)
    return network


@pytest.mark.parametrize(("build", "side"), [(small, 16), (shufflenet, 64)])
def test_folded_network_computes_the_same_without_batch_norm(
    build: Callable[[], nn.Module], side: int
) -> None:
    torch.manual_seed(0)
    network = with_statistics(build())
    untouched = copy.deepcopy(network)
    pixels = torch.rand(2, 3, side, side, generator=new_generator(0))
    expected = network(pixels)
    folded = fold_batch_norm(network)
    scale = expected.abs().max().item()
    torch.testing.assert_close(folded(pixels), expected, rtol=1e-5, atol=1e-5 * max(1, scale))
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert not any(parameter.requires_grad for parameter in folded.parameters())
    assert not any(module.training for module in folded.modules())
    gradients: list[Tensor] = []
    for each in (network, folded):
        variable = pixels.clone().requires_grad_()
        gradients += torch.autograd.grad(each(variable)[:, 1].sum(), variable)
    torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-4 * gradients[0].abs().max().item())
    assert any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    assert torch.equal(network(pixels), expected)
    before, after = untouched.state_dict(), network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
