"""The training loop: its shuffles, its evaluations, and what it keeps."""

from dataclasses import replace
from itertools import chain
from math import ceil
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.compute.seeds import new_generator
from foolproof.core.errors import FoolproofError
from foolproof.data.datasets import Split, train_val_split
from foolproof.networks.inference import CHUNK
from foolproof.networks.mnist import mnist_cnn
from foolproof.networks.weights import weights_digest
from foolproof.training import loop as module
from foolproof.training.loop import (
    EpochLog,
    TrainResult,
    epochs_to_accuracy,
    measure,
    train,
)
from tests.small_training import SETTINGS, bars


def fit(network: nn.Module, seed: int = 0, **changes: Any) -> TrainResult:
    """Train on the bars with `SETTINGS` but for `changes`."""
    parts = train_val_split(bars(), SETTINGS.validation_fraction, new_generator(1))
    recipe = SETTINGS.model_copy(update=changes)
    return train(
        network, *parts, recipe, new_generator(seed), on_point=lambda _: None, keep_best=True
    )


def new_network(*, seed: int = 0, batch_norm: bool = False) -> nn.Sequential:
    torch.manual_seed(seed)
    return mnist_cnn(batch_norm=batch_norm, hidden=(20,))


class Recorder(nn.Module):
    """A linear network that writes down which numbered images it is trained on."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(1, 2)
        self.batches: list[list[int]] = []

    def forward(self, pixels: Tensor) -> Tensor:
        """Classify, and write down the numbers when training."""
        if self.training:
            self.batches.append((pixels.flatten() * 255).round().int().tolist())
        logits: Tensor = self.linear(pixels.flatten(1))
        return logits


@settings(max_examples=30)
@given(st.integers(2, 120), st.integers(1, 50), st.integers(0, 2**31))
def test_every_epoch_uses_every_image_once_in_batches_of_nearly_one_size(
    count: int, batch_size: int, seed: int
) -> None:
    numbers = torch.arange(count)
    split = Split(numbers.to(torch.uint8)[:, None, None, None], numbers % 2)
    recipe = SETTINGS.model_copy(update={"batch_size": batch_size, "evaluations_per_epoch": 1})
    network = Recorder()
    train(
        network, split, split, recipe, new_generator(seed), on_point=lambda _: None, keep_best=True
    )
    batches = ceil(count / batch_size)
    assert len(network.batches) == 2 * batches
    sizes = [len(batch) for batch in network.batches]
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    for epoch in (network.batches[:batches], network.batches[batches:]):
        assert sorted(chain.from_iterable(epoch)) == list(range(count))


def test_the_order_changes_from_epoch_to_epoch_and_with_the_seed() -> None:
    numbers = torch.arange(100)
    split = Split(numbers.to(torch.uint8)[:, None, None, None], numbers % 2)
    orders = []
    for seed in (0, 1):
        network = Recorder()
        train(
            network,
            split,
            split,
            SETTINGS,
            new_generator(seed),
            on_point=lambda _: None,
            keep_best=True,
        )
        order = list(chain.from_iterable(network.batches))
        orders += [tuple(order[:100]), tuple(order[100:])]
    assert len({*orders, tuple(range(100))}) == 5


@pytest.mark.parametrize("batch_norm", [False, True])
def test_training_learns_to_tell_the_bars_apart(batch_norm: bool) -> None:
    network = new_network(batch_norm=batch_norm)
    trained = fit(network, epochs=6)
    assert trained.held_out_accuracy > 0.95
    first, last = trained.curve[0], trained.curve[-1]
    assert last.training_loss < 0.3 < first.training_loss
    assert last.held_out_loss < first.held_out_loss
    assert last.training_accuracy > 0.95


def test_the_seeds_alone_decide_every_bit_of_the_weights() -> None:
    digests = [
        weights_digest(fit(new_network(seed=initial, batch_norm=True), seed=shuffles).state)
        for initial, shuffles in ((0, 0), (0, 0), (0, 1), (1, 0))
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_bfloat16_stays_near_float32() -> None:
    """The weights differ, but the losses along the way hardly do."""
    curves = []
    for precision in ("float32", "bfloat16"):
        network = new_network()
        curves.append(fit(network, precision=precision).curve)
        assert all(parameter.dtype == torch.float32 for parameter in network.parameters())
    exact, rough = ([point.training_loss for point in curve] for curve in curves)
    assert exact != rough
    assert rough == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize(
    ("min_steps", "epochs"), [(0, 2), (4, 2), (20, 2), (21, 3), (30, 3), (31, 4)]
)
def test_few_images_are_passed_over_until_there_are_steps_enough(
    min_steps: int, epochs: int
) -> None:
    """Ten steps are an epoch; the curve reaches over all epochs, with four points or one each."""
    split = bars(100)
    recipe = SETTINGS.model_copy(update={"min_steps": min_steps, "batch_size": 10})
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    trained = train(
        network, split, split, recipe, new_generator(0), lambda _: None, keep_best=False
    )
    assert trained.epochs == trained.epoch == epochs
    each = max(1, 4 // epochs)
    assert [point.epoch for point in trained.curve] == [
        (point + 1) / each for point in range(each * epochs)
    ]


def test_auto_is_the_precision_that_the_machine_is_fast_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digests = {}
    for precision in ("float32", "bfloat16"):
        digests[precision] = weights_digest(fit(new_network(), precision=precision).state)
        monkeypatch.setattr(
            module,
            "training_precision",
            lambda wanted, _, fast=precision: fast if wanted == "auto" else wanted,
        )
        assert weights_digest(fit(new_network(), precision="auto").state) == digests[precision]
        monkeypatch.undo()
    assert digests["float32"] != digests["bfloat16"]


def test_points_come_evenly_through_each_epoch_and_are_told_at_once() -> None:
    told: list[EpochLog] = []
    split = bars(100)
    recipe = SETTINGS.model_copy(update={"evaluations_per_epoch": 4, "batch_size": 10})
    trained = train(
        new_network(), split, split, recipe, new_generator(0), told.append, keep_best=True
    )
    assert told == trained.curve
    expected = [epoch + batch / 10 for epoch in (0, 1) for batch in (3, 5, 8, 10)]
    assert [point.epoch for point in told] == pytest.approx(expected)
    assert told[3].epoch == 1
    assert told[-1].epoch == 2


def test_more_evaluations_than_batches_evaluate_after_each_batch() -> None:
    curve = fit(new_network(), batch_size=100, evaluations_per_epoch=50).curve
    assert [point.epoch for point in curve] == [0.5, 1, 1.5, 2]


def test_training_values_are_plain_means_since_the_point_before() -> None:
    """With a learning rate of next to nothing they are those of the network at the start."""
    network = new_network()
    split = bars(100)
    loss, accuracy = measure(network, split)
    recipe = SETTINGS.model_copy(
        update={"learning_rate": 1e-12, "batch_size": 50, "evaluations_per_epoch": 1}
    )
    for point in train(
        network, split, split, recipe, new_generator(0), lambda _: None, keep_best=True
    ).curve:
        assert point.training_loss == pytest.approx(loss, abs=1e-5)
        assert point.training_accuracy == pytest.approx(accuracy)
        assert (point.held_out_loss, point.held_out_accuracy) == pytest.approx((loss, accuracy))


def test_label_smoothing_and_weight_decay_reach_the_weights() -> None:
    plain = fit(new_network(), label_smoothing=0.0)
    smoothed = fit(new_network(), label_smoothing=0.5)
    decayed = fit(new_network(), label_smoothing=0.0, weight_decay=0.1)
    assert smoothed.curve[-1].training_loss > plain.curve[-1].training_loss
    norms = [trained.state["fc1.weight"].norm() for trained in (plain, decayed)]
    assert norms[1] < 0.9 * norms[0]


@pytest.mark.parametrize(
    ("accuracies", "best"),
    [([0.5, 0.9, 0.7], 2), ([0.9, 0.9, 0.9], 1), ([0.1, 0.2, 0.3], 3), ([0.9, 0.2, 0.3], 1)],
)
def test_the_best_epoch_is_kept_and_the_first_of_equals(
    monkeypatch: pytest.MonkeyPatch, accuracies: list[float], best: int
) -> None:
    digests = []

    def scripted(network: nn.Module, _: Split) -> tuple[float, float]:
        digests.append(weights_digest(network.state_dict()))
        return 1.0, accuracies[len(digests) - 1]

    monkeypatch.setattr(module, "measure", scripted)
    trained = fit(new_network(batch_norm=True), epochs=3, evaluations_per_epoch=1)
    assert (trained.epoch, trained.held_out_accuracy) == (best, accuracies[best - 1])
    assert len(set(digests)) == 3
    assert weights_digest(trained.state) == digests[best - 1]


def test_a_good_moment_within_an_epoch_is_not_what_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accuracies = iter([0.99, 0.5, 0.1, 0.6])
    monkeypatch.setattr(module, "measure", lambda *_: (1.0, next(accuracies)))
    trained = fit(new_network(), epochs=2, evaluations_per_epoch=2)
    assert (trained.epoch, trained.held_out_accuracy) == (2, 0.6)


def test_the_kept_state_has_the_accuracy_that_is_reported() -> None:
    """A learning rate that only rises, and far too high, spoils what the first epochs learn."""
    network = new_network(batch_norm=True)
    trained = fit(network, epochs=4, learning_rate=0.3, warmup=0.99, evaluations_per_epoch=1)
    assert trained.epoch < 4
    assert trained.held_out_accuracy == trained.curve[trained.epoch - 1].held_out_accuracy
    _, validation = train_val_split(bars(), SETTINGS.validation_fraction, new_generator(1))
    assert measure(network, validation)[1] == trained.curve[-1].held_out_accuracy
    network.load_state_dict(trained.state)
    assert measure(network, validation)[1] == trained.held_out_accuracy


def test_the_last_epoch_is_kept_where_nothing_may_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    accuracies = iter([0.9, 0.1])
    monkeypatch.setattr(module, "measure", lambda *_: (1.0, next(accuracies)))
    network, split = new_network(), bars()
    recipe = SETTINGS.model_copy(update={"evaluations_per_epoch": 1})
    trained = train(
        network, split, split, recipe, new_generator(0), on_point=lambda _: None, keep_best=False
    )
    assert (trained.epoch, trained.held_out_accuracy) == (2, 0.1)
    assert weights_digest(trained.state) == weights_digest(network.state_dict())


def test_a_training_that_diverges_stops_at_once_and_says_what_to_change() -> None:
    points: list[EpochLog] = []
    message = r"diverged: after 0\.\d\d epochs the loss is (nan|inf).*lower its learning_rate"
    with pytest.raises(FoolproofError, match=message):
        train(
            new_network(),
            bars(),
            bars(40),
            SETTINGS.model_copy(update={"learning_rate": 1e20}),
            new_generator(0),
            on_point=points.append,
            keep_best=True,
        )
    assert points == []


@pytest.mark.parametrize("training", [True, False])
def test_measure_is_plain_cross_entropy_and_accuracy_in_eval_mode(training: bool) -> None:
    network = new_network(batch_norm=True).train(training)
    split = bars(CHUNK + 50)
    before = weights_digest(network.state_dict())
    loss, accuracy = measure(network, split)
    assert network.training == training
    assert weights_digest(network.state_dict()) == before
    with torch.no_grad():
        logits = network.eval()(split.images / 255)
    assert loss == pytest.approx(cross_entropy(logits, split.labels).item(), rel=1e-5)
    assert accuracy == (logits.argmax(1) == split.labels).sum().item() / len(split.labels)


def test_epochs_to_accuracy_is_where_the_curve_first_crosses_it() -> None:
    point = EpochLog(0.5, 1.0, 0.5, 1.0, 0.8)
    curve = [
        replace(point, epoch=epoch, held_out_accuracy=accuracy)
        for epoch, accuracy in ((0.5, 0.8), (1.0, 0.98), (1.5, 0.97), (2.0, 0.99))
    ]
    assert epochs_to_accuracy(curve, 0.98) == 1.0
    assert epochs_to_accuracy(curve, 0.89) == pytest.approx(0.75)
    assert epochs_to_accuracy(curve, 0.985) == pytest.approx(1.5 + 0.5 * 0.015 / 0.02)
    assert epochs_to_accuracy(curve, 0.7) == 0.5
    assert epochs_to_accuracy(curve, 0.999) is None
