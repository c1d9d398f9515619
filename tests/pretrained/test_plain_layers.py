"""Networks of timm made of PyTorch's own layers are the same functions."""

import copy

import pytest
import timm
import torch
from timm.layers import BatchNormAct2d, Conv2dSame
from torch import Tensor, nn

from foolproof.pretrained.plain_layers import with_plain_layers
from foolproof.trained.folding import fold_batch_norm
from tests.pretrained.test_load import TIMM_FAMILIES
from tests.trained.test_folding import with_statistics


def network_of(name: str) -> nn.Module:
    torch.manual_seed(0)
    return with_statistics(timm.create_model(name, num_classes=10))


def pictures(side: int) -> Tensor:
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("side", [64, 75])
@pytest.mark.parametrize("name", [*TIMM_FAMILIES, "resnet26", "convnext_atto"])
@torch.no_grad()
def test_logits_are_equal_and_every_batch_norm_folds(name: str, side: int) -> None:
    network, pixels = network_of(name), pictures(side)
    expected = network(pixels)
    plain = with_plain_layers(copy.deepcopy(network), side)
    assert not any(isinstance(layer, BatchNormAct2d | Conv2dSame) for layer in plain.modules())
    torch.testing.assert_close(plain(pixels), expected, rtol=1e-4, atol=1e-4)
    folded = fold_batch_norm(plain)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in folded.modules())
    scale = expected.abs().max()
    torch.testing.assert_close(folded(pixels) / scale, expected / scale, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [15, 16])
@torch.no_grad()
def test_padding_equals_tensorflows_for_every_parity(kernel: int, stride: int, side: int) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(Conv2dSame(3, 6, kernel, stride)).eval()
    pixels = pictures(side)
    expected = network(pixels)
    plain = with_plain_layers(network, side)
    assert type(plain.get_submodule("0")) is nn.Conv2d
    torch.testing.assert_close(plain(pixels), expected)
