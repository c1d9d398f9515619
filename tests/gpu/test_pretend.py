"""The pretended GPU raises where a real one would, and nowhere else."""

import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.gpu.pretend import MixedDevicesError, OnGpu, RefusedError, pretended_gpu
from tests.gpu.refused import REFUSED, documented

# Forward passes whose gradients deterministic mode refuses, or which it refuses themselves.
REFUSALS: dict[str, Callable[[Tensor], Tensor]] = {
    "adaptive maximum": nn.AdaptiveMaxPool2d(1),
    "adaptive average": nn.AdaptiveAvgPool2d(3),
    "reflection": nn.ReflectionPad2d(1),
    "bilinear": lambda maps: functional.interpolate(maps, scale_factor=2.0, mode="bilinear"),
    "antialiased": lambda maps: functional.interpolate(
        maps, size=3, mode="bilinear", antialias=True
    ),
    "sampling": lambda maps: functional.grid_sample(
        maps, maps.new_zeros(1, 2, 2, 2), align_corners=False
    ),
    "losses by pixel": lambda maps: functional.cross_entropy(
        maps, torch.zeros(1, 6, 6, dtype=torch.long, device=maps.device)
    ),
    "median": lambda maps: maps.flatten().median(0).values,
    "weighted counts": lambda maps: torch.bincount(
        torch.zeros(3, dtype=torch.long, device=maps.device), weights=maps.detach()[0, 0, 0, :3]
    ),
}

ALLOWED: dict[str, Callable[[Tensor], Tensor]] = {
    "average of the map": nn.AdaptiveAvgPool2d(1),
    "max-pooling": nn.MaxPool2d(2),
    "average pooling": nn.AvgPool2d(2),
    "replication": nn.ReplicationPad2d(1),
    "antialiased, without a gradient": lambda maps: (
        maps + functional.interpolate(maps.detach(), size=6, mode="bilinear", antialias=True)
    ),
    "losses by image": lambda maps: functional.cross_entropy(
        maps.flatten(1), torch.zeros(1, dtype=torch.long, device=maps.device)
    ),
    "counts": lambda maps: maps.sum() + torch.zeros_like(maps).long().flatten().bincount().sum(),
    "numbers of the CPU": lambda maps: maps * torch.tensor(2.0),
    "indices of the CPU": lambda maps: maps[:, torch.tensor([0, 1])],
}


def differentiate(forward: Callable[[Tensor], Tensor]) -> Tensor:
    with pretended_gpu() as device:
        maps = torch.rand(1, 2, 6, 6, device=device).requires_grad_()
        (gradient,) = torch.autograd.grad(forward(maps).sum(), maps)
        return gradient


@pytest.mark.parametrize("name", REFUSALS)
def test_what_deterministic_mode_refuses_raises(name: str) -> None:
    with pytest.raises(RefusedError, match="deterministic mode refuses"):
        differentiate(REFUSALS[name])


@pytest.mark.parametrize("name", ALLOWED)
def test_everything_else_works(name: str) -> None:
    assert isinstance(differentiate(ALLOWED[name]), OnGpu)


@pytest.mark.parametrize(
    "meet",
    [
        lambda ours: ours + torch.ones(3),
        lambda ours: torch.ones(3)[ours.long()],
        lambda ours: ours.index_put_((torch.tensor([0, 1]),), torch.ones(2)),
        lambda ours: torch.cat([ours, torch.ones(1)]),
        lambda ours: torch.rand(3, generator=torch.Generator(), device=ours.device),
    ],
)
def test_tensors_of_two_devices_raise(meet: Callable[[Tensor], Tensor]) -> None:
    with pretended_gpu() as device, pytest.raises(MixedDevicesError):
        meet(torch.zeros(3, device=device))


def test_numbers_come_back_to_the_cpu_only_when_asked_for() -> None:
    with pretended_gpu() as device:
        ours = torch.tensor([1.0, 2.0], device=device)
        assert ours.cpu().numpy().tolist() == ours.tolist() == [1, 2]
        with pytest.raises(RuntimeError, match="not supported"):
            ours.numpy()


def test_all_that_pytorch_documents_as_refused_is_known() -> None:
    """A later version of PyTorch that refuses more makes this fail."""
    assert documented() == set(REFUSED)
    names = {name for names in REFUSED.values() for name in names}
    assert all(hasattr(torch.ops.aten, name) for name in names)
    assert not re.search(r"\s", "".join(names))
