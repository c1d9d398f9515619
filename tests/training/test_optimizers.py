"""The learning rate schedule, and the steps of Adam."""

import copy
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy

from foolproof.compute.seeds import new_generator
from foolproof.training.loop import train, warmup_then_decay
from tests.small_training import SMALL_CNN_CONFIG, bars


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
