"""Weights survive a file to the bit, and no change of them goes unnoticed."""

from pathlib import Path

import pytest
import torch
from torch import nn

from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import (
    load_network,
    save_weights,
    unchanged_weights,
    weights_digest,
)

CPU = torch.device("cpu")


@pytest.fixture
def network() -> nn.Sequential:
    torch.manual_seed(0)
    network = NETWORKS["bn"]()
    network(torch.rand(8, 1, 28, 28))  # in training mode: moves the running statistics
    return network


def test_loaded_network_equals_the_saved_one_and_is_frozen(
    tmp_path: Path, network: nn.Sequential
) -> None:
    path = tmp_path / "bn.safetensors"
    save_weights(path, network.state_dict(), network="bn")
    name, loaded = load_network(path, NETWORKS, CPU)
    assert name == "bn"
    assert list(loaded.state_dict()) == list(network.state_dict())
    for key, tensor in loaded.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[key])
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    pixels = torch.rand(3, 1, 28, 28)
    torch.testing.assert_close(loaded(pixels), network.eval()(pixels).detach())


def test_equal_weights_give_equal_bytes_in_any_memory_format(
    tmp_path: Path, network: nn.Sequential
) -> None:
    state = network.state_dict()
    save_weights(tmp_path / "a", state, network="bn")
    reordered = {
        name: tensor.to(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor
        for name, tensor in reversed(state.items())
    }
    save_weights(tmp_path / "b", reordered, network="bn")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert weights_digest(state) == weights_digest(reordered)


def test_the_digest_changes_with_any_single_entry(network: nn.Sequential) -> None:
    digests = {weights_digest(network.state_dict())}
    for name, tensor in network.state_dict().items():
        changed = tensor.clone()
        changed.view(-1)[-1] += 1
        digests.add(weights_digest({**network.state_dict(), name: changed}))
    assert len(digests) == 1 + len(network.state_dict())


def test_unchanged_weights_gives_the_digest(network: nn.Sequential) -> None:
    with unchanged_weights(network.eval()) as digest, torch.no_grad():
        network(torch.rand(2, 1, 28, 28))
    assert digest == weights_digest(network.state_dict())


@pytest.mark.parametrize("name", ["conv1.weight", "fc2.bias", "norm1.running_mean"])
def test_a_changed_weight_or_buffer_is_an_error(network: nn.Sequential, name: str) -> None:
    with pytest.raises(RuntimeError, match="weights"), unchanged_weights(network):
        network.state_dict()[name].view(-1)[0].add_(1e-6)


def test_changed_running_statistics_are_an_error(network: nn.Sequential) -> None:
    with pytest.raises(RuntimeError, match="weights"), unchanged_weights(network.train()):
        network(torch.rand(2, 1, 28, 28))


def test_an_error_in_the_block_is_not_hidden_by_the_check(network: nn.Sequential) -> None:
    def change_and_fail() -> None:
        with unchanged_weights(network):
            network.state_dict()["fc2.bias"].add_(1)
            raise KeyError("conv7")

    with pytest.raises(KeyError, match="conv7"):
        change_and_fail()
