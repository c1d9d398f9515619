"""Chunk sizes by device."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from foolproof.compute.chunks import side_by_side
from foolproof.networks.inference import CHUNK, predict_logits

MNIST, PHOTO = 28 * 28, 3 * 224 * 224


def give_memory(monkeypatch: pytest.MonkeyPatch, gigabytes: float) -> None:
    properties = SimpleNamespace(total_memory=int(gigabytes * 2**30))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: properties)


@pytest.mark.parametrize("numbers", [0, MNIST, PHOTO])
def test_on_a_cpu_the_size_is_that_for_its_cache(numbers: int) -> None:
    assert side_by_side(torch.device("cpu"), numbers=numbers, on_cpu=8) == 8


def test_on_a_gpu_the_size_grows_with_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = torch.device("cuda")
    give_memory(monkeypatch, 79)
    assert side_by_side(gpu, numbers=PHOTO, on_cpu=8) == 68
    assert side_by_side(gpu, numbers=MNIST, on_cpu=100) > 10_000
    assert side_by_side(gpu, numbers=0, on_cpu=100) > 10_000


def test_on_a_small_gpu_the_size_is_at_least_that_of_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    give_memory(monkeypatch, 4)
    assert side_by_side(torch.device("cuda"), numbers=PHOTO, on_cpu=8) == 8


def test_predict_logits_uses_chunks_of_that_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    network = nn.Flatten()
    network.register_forward_hook(lambda _, inputs, __: sizes.append(len(inputs[0])))
    pixels = torch.rand(CHUNK + 1, 1, 2, 2)
    predict_logits(network, pixels)
    monkeypatch.setattr("foolproof.networks.inference.side_by_side", lambda *_, **__: CHUNK + 1)
    predict_logits(network, pixels)
    assert sizes == [CHUNK, 1, CHUNK + 1]
