"""Layer outputs against a forward pass by hand."""

from collections import OrderedDict

import pytest
import torch
from torch import nn

from foolproof.networks.outputs import layer_outputs


@pytest.fixture
def network() -> nn.Sequential:
    torch.manual_seed(0)
    relu = nn.ReLU()
    layers = OrderedDict(first=nn.Linear(3, 4), relu=relu, second=nn.Linear(4, 4), again=relu)
    return nn.Sequential(OrderedDict(body=nn.Sequential(layers), last=nn.Linear(4, 2)))


def test_outputs_equal_a_forward_pass_by_hand(network: nn.Sequential) -> None:
    inputs = torch.rand(5, 3, requires_grad=True)
    outputs = layer_outputs(network, ["", "body.second", "body.first", "body.first"], inputs)
    assert list(outputs) == ["body.first", "body.second", ""], "in the order in which they run"
    first = network.get_submodule("body.first")(inputs)
    assert torch.equal(outputs["body.first"], first)
    assert torch.equal(outputs["body.second"], network.get_submodule("body.second")(first.relu()))
    assert torch.equal(outputs[""], network(inputs))
    assert outputs["body.first"].requires_grad


def test_last_output_of_a_repeated_layer_is_returned(network: nn.Sequential) -> None:
    inputs = torch.rand(5, 3)
    outputs = layer_outputs(network, ["body.relu", "body.second"], inputs)
    assert list(outputs) == ["body.second", "body.relu"]
    assert torch.equal(outputs["body.relu"], outputs["body.second"].relu())


def test_layer_that_does_not_run_is_missing(network: nn.Sequential) -> None:
    body = network.get_submodule("body")
    body.register_module("unused", nn.Identity())
    body.forward = lambda inputs: inputs.repeat(1, 2)[:, :4]
    assert list(layer_outputs(network, ["body.unused", "last"], torch.rand(5, 3))) == ["last"]


@pytest.mark.parametrize("names", [["body.third"], ["body.first", "body.third"]])
def test_unknown_layer_leaves_no_hook_behind(network: nn.Sequential, names: list[str]) -> None:
    with pytest.raises(AttributeError, match="third"):
        layer_outputs(network, names, torch.rand(5, 3))
    assert not any(module._forward_hooks for module in network.modules())


def test_failing_forward_pass_leaves_no_hook_behind(network: nn.Sequential) -> None:
    with pytest.raises(RuntimeError):
        layer_outputs(network, ["body.first"], torch.rand(5, 7))
    assert not any(module._forward_hooks for module in network.modules())
