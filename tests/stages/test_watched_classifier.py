"""A stage fails when a weight of what it attacks changes, in any of the copies."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from foolproof.attacks.ball import pgd
from foolproof.classifiers.classifier import Classifier
from foolproof.core.params import Section
from foolproof.networks import mnist
from foolproof.networks.weights import save_weights
from foolproof.trained.stage import NetworkStage, network_stage
from foolproof.trained.watched_classifier import watched_classifier
from tools.deps import ROOT


class Nothing(Section):
    """A section without keys."""


@pytest.fixture
def project(photo_folder: Path) -> Path:
    """A working folder with an untrained network with batch norm."""
    torch.manual_seed(0)
    network = mnist.NETWORKS["bn"]()
    path = photo_folder / "models/mnist/bn.safetensors"
    save_weights(path, network.state_dict(), network="bn")
    (photo_folder / "params.yaml").write_text("compute: {threads: 1}\nnothing: {}\n")
    return photo_folder


def load(s: NetworkStage[Nothing]) -> tuple[nn.Module, Classifier]:
    network = s.load("mnist/bn", mnist.NETWORKS)
    return network, watched_classifier(s, network, (1, 28, 28))


def rebind(module: nn.Module) -> None:
    """Give a parameter another memory."""
    parameter = next(module.parameters())
    parameter.data = parameter.data + 1


def replace(module: nn.Module) -> None:
    """Put another parameter in the place of one."""
    name, parameter = next(iter(module.named_parameters()))
    owner, _, key = name.rpartition(".")
    other = nn.Parameter(parameter.detach() + 1, requires_grad=False)
    setattr(module.get_submodule(owner), key, other)


def train(module: nn.Module) -> None:
    """Take a step of an optimizer on a frozen parameter."""
    parameter = list(module.parameters())[-1]
    parameter.grad = torch.ones_like(parameter)
    torch.optim.SGD([parameter], 0.1).step()


CHANGES: dict[str, Callable[[nn.Module], object]] = {
    "in_place": lambda module: next(module.parameters()).add_(1),
    "last_weight": lambda module: list(module.parameters())[-1][-1].add_(1e-3),
    "rebound": rebind,
    "replaced": replace,
    "trained": train,
}


@pytest.mark.parametrize("which", ["loaded", "classifier"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.usefixtures("project")
def test_a_changed_weight_is_an_error(change: Callable[[nn.Module], object], which: str) -> None:
    def block() -> None:
        with network_stage(Nothing) as s:
            network, model = load(s)
            change(network if which == "loaded" else model)

    with pytest.raises(RuntimeError, match="weights of the network changed"):
        block()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.usefixtures("project")
def test_a_changed_weight_of_the_folded_copy_is_an_error(
    change: Callable[[nn.Module], object],
) -> None:
    def block() -> None:
        with network_stage(Nothing) as s:
            change(s.folded(s.load("mnist/bn", mnist.NETWORKS)))

    with pytest.raises(RuntimeError, match="weights of the network changed"):
        block()


@pytest.mark.usefixtures("project")
def test_changed_running_statistics_are_an_error() -> None:
    def block() -> None:
        with network_stage(Nothing) as s:
            network, _ = load(s)
            network.train()(torch.rand(4, 1, 28, 28))

    with pytest.raises(RuntimeError, match="weights of the network changed"):
        block()


@pytest.mark.usefixtures("project")
def test_an_attack_changes_no_weight_and_the_digest_is_that_of_the_network() -> None:
    with network_stage(Nothing) as s:
        network, model = load(s)
        x = torch.rand(3, 1, 28, 28)
        found = pgd(model, x, network(x).argmax(1), eps=0.3, steps=3)
    assert (found.x_adv != x).any()
    with network_stage(Nothing) as again:
        load(again)
    assert s.weights_sha256 == again.weights_sha256


def test_stages_attack_watched_classifiers_only() -> None:
    """No stage makes a classifier or folds batch norm by itself, which nothing would watch."""
    unwatched = {"classifier", "fold_batch_norm"}
    importers = {
        path.name
        for path in (ROOT / "stages").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and unwatched & {name.name for name in node.names}
    }
    assert importers == set()
