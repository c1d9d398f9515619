"""The learning rate schedules, and the steps of SGD and Adam and of which parameters."""

import copy
from dataclasses import replace
from typing import Any, Literal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy

from foolproof.compute.seeds import new_generator
from foolproof.networks.cifar10 import deep_cnn
from foolproof.networks.mnist import mnist_cnn
from foolproof.training.loop import train
from foolproof.training.muon import Muon
from foolproof.training.optimizers import make_optimizers, make_schedule, warmup_then_decay
from tests.small_training import CONFIG, MUON_CONFIG, SMALL_CNN_CONFIG, bars

Optimizer = Literal["sgd", "adam", "muon"]


@given(st.floats(0, 0.999), st.integers(1, 300))
def test_the_learning_rate_is_positive_and_never_above_its_peak(warmup: float, steps: int) -> None:
    factor = warmup_then_decay(warmup, steps=steps)
    factors = [factor(step) for step in range(steps)]
    assert all(0 < value <= 1 for value in factors)
    peak = factors.index(max(factors))
    assert factors[: peak + 1] == sorted(factors[: peak + 1])
    assert factors[peak:] == sorted(factors[peak:], reverse=True)


def test_the_learning_rate_rises_over_the_warm_up_and_falls_to_zero() -> None:
    factor = warmup_then_decay(0.25, steps=999)
    assert factor(0) == pytest.approx(1 / 250)
    assert factor(124) == pytest.approx(0.5)
    assert factor(249) == 1
    assert factor(624) == pytest.approx(0.5)
    assert factor(998) == pytest.approx(1 / 750)


def test_without_warm_up_the_learning_rate_only_falls() -> None:
    factor = warmup_then_decay(0, steps=4)
    assert [factor(step) for step in range(4)] == pytest.approx([0.8, 0.6, 0.4, 0.2])


def test_adam_steps_equal_algorithm_1_of_its_paper() -> None:
    """The oracle is algorithm 1 of arXiv 1412.6980 with the learning rates of the schedule."""
    split = bars(100)
    config = replace(
        SMALL_CNN_CONFIG,
        optimizer="adam",
        batch_size=100,
        weight_decay=0.0,
        learning_rate=0.001,
        momentum=0.8,
    )
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    oracle = copy.deepcopy(network)
    train(network, split, split, config, new_generator(0), keep_best=False)
    moments = [(torch.zeros_like(p), torch.zeros_like(p)) for p in oracle.parameters()]
    factor = warmup_then_decay(config.warmup, steps=2)
    for step in range(2):
        logits = oracle(split.images / 255)
        loss = cross_entropy(logits, split.labels, label_smoothing=config.label_smoothing)
        gradients = torch.autograd.grad(loss, list(oracle.parameters()))
        for weights, gradient, (first, second) in zip(
            oracle.parameters(), gradients, moments, strict=True
        ):
            first.mul_(0.8).add_(0.2 * gradient)
            second.mul_(0.999).add_(0.001 * gradient.square())
            mean, square = first / (1 - 0.8 ** (step + 1)), second / (1 - 0.999 ** (step + 1))
            weights.data -= 0.001 * factor(step) * mean / (square.sqrt() + 1e-8)
    for ours, theirs in zip(network.parameters(), oracle.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_sgd_steps_have_nesterov_momentum_and_weight_decay() -> None:
    """The oracle: v = 0.8 v + g, w -= rate (g + 0.8 v), with the decay in g."""
    split = bars(100)
    config = replace(SMALL_CNN_CONFIG, batch_size=100, weight_decay=0.01, momentum=0.8)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    oracle = copy.deepcopy(network)
    train(network, split, split, config, new_generator(0), keep_best=False)
    velocities = [torch.zeros_like(each) for each in oracle.parameters()]
    factor = warmup_then_decay(config.warmup, steps=2)
    for step in range(2):
        logits = oracle(split.images / 255)
        loss = cross_entropy(logits, split.labels, label_smoothing=config.label_smoothing)
        gradients = torch.autograd.grad(loss, list(oracle.parameters()))
        for weights, gradient, velocity in zip(
            oracle.parameters(), gradients, velocities, strict=True
        ):
            decayed = gradient + 0.01 * weights.data
            velocity.mul_(0.8).add_(decayed)
            weights.data -= config.learning_rate * factor(step) * (decayed + 0.8 * velocity)
    for ours, theirs in zip(network.parameters(), oracle.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def names_in(optimizer: torch.optim.Optimizer, network: nn.Module) -> list[list[str]]:
    """List the names of the parameters in each group of an optimizer."""
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    return [[names[id(each)] for each in group["params"]] for group in optimizer.param_groups]


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "muon"])
def test_each_parameter_that_is_trained_has_one_optimizer(optimizer: Optimizer) -> None:
    network = deep_cnn()
    config = replace(MUON_CONFIG, optimizer=optimizer)
    found = [
        name
        for each in make_optimizers(network, config)
        for group in names_in(each, network)
        for name in group
    ]
    assert sorted(found) == sorted(
        name for name, each in network.named_parameters() if each.requires_grad
    )


def test_muon_takes_the_filters_and_sgd_the_rest_in_three_groups() -> None:
    network = deep_cnn()
    muon, sgd = make_optimizers(network, MUON_CONFIG)
    others = MUON_CONFIG.sgd
    assert others is not None
    assert isinstance(muon, Muon)
    assert isinstance(sgd, torch.optim.SGD)
    assert names_in(muon, network) == [[f"conv{index}.weight" for index in range(2, 8)]]
    assert names_in(sgd, network) == [
        ["conv1.bias"],
        [f"norm{index}.bias" for index in range(2, 8)],
        ["fc.weight"],
    ]
    assert [group["lr"] for group in sgd.param_groups] == [
        others.learning_rate,
        others.learning_rate,
        others.head_learning_rate,
    ]
    assert [group.get("epochs") for group in sgd.param_groups] == [1, None, None]
    assert {group["momentum"] for group in sgd.param_groups} == {others.momentum}
    assert muon.param_groups[0]["lr"] == MUON_CONFIG.learning_rate
    assert muon.param_groups[0]["momentum"] == MUON_CONFIG.momentum


def test_muon_leaves_out_groups_without_parameters() -> None:
    """Filters, and two groups of vectors, are all that this network has."""
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    _, sgd = make_optimizers(network, MUON_CONFIG)
    assert names_in(sgd, network) == [["0.bias"], ["1.weight", "1.bias"]]


@pytest.mark.parametrize("stopped", [0, 1, 2, 4, 9])
def test_a_group_with_epochs_reaches_zero_after_so_many_and_stays_there(stopped: int) -> None:
    """Its rates are those of a training of so many epochs; the other group goes on to the end."""
    first, second = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    groups: list[dict[str, Any]] = [{"params": [first], "epochs": stopped}, {"params": [second]}]
    optimizer = torch.optim.SGD(groups, 2.0)
    schedule = make_schedule(optimizer, 0.25, batches=5, epochs=4)
    rates = []
    for _ in range(20):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        schedule.step()
    steps = 5 * min(stopped, 4)
    short, whole = warmup_then_decay(0.25, steps=steps), warmup_then_decay(0.25, steps=20)
    found, others = ([rate[index] for rate in rates] for index in (0, 1))
    assert found[:steps] == [2 * short(step) for step in range(steps)]
    assert all(rate > 0 for rate in found[:steps])
    assert found[steps:] == [0] * (20 - steps)
    assert others == [2 * whole(step) for step in range(20)]
    assert [group["lr"] for group in optimizer.param_groups] == [0, 0]


def test_first_bias_is_trained_for_its_epochs_only() -> None:
    """With momentum, too: at a rate of zero nothing moves."""
    biases = []
    for epochs in (0, 1, 2):
        assert MUON_CONFIG.sgd is not None
        config = replace(MUON_CONFIG, sgd=replace(MUON_CONFIG.sgd, first_bias_epochs=epochs))
        torch.manual_seed(0)
        network = mnist_cnn(batch_norm=True, hidden=(20,))
        start = next(each for each in network.parameters() if each.dim() == 1)
        before = start.detach().clone()
        train(network, bars(40), bars(20), config, new_generator(0), keep_best=False)
        biases.append((start - before).abs().max().item())
    assert biases[0] == 0
    assert 0 < biases[1] != biases[2] > 0


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "muon"])
def test_every_optimizer_learns_to_classify_bars(optimizer: Optimizer) -> None:
    rates: dict[Optimizer, float] = {"sgd": 0.05, "adam": 0.003, "muon": 0.1}
    config = replace(
        MUON_CONFIG, optimizer=optimizer, learning_rate=rates[optimizer], batch_size=20, epochs=4
    )
    torch.manual_seed(0)
    network = mnist_cnn(batch_norm=True, hidden=(20,))
    trained = train(network, bars(200), bars(100), config, new_generator(0), keep_best=False)
    assert trained.eval_accuracy > 0.9
    assert trained.curve[0].training_loss > 2 * trained.curve[-1].training_loss


def test_muon_without_sgd_settings_is_refused() -> None:
    with pytest.raises(AssertionError, match="the schema asks for it"):
        make_optimizers(deep_cnn(), replace(CONFIG, optimizer="muon"))
