"""The training loop: shuffles, evaluations, and the epoch that it keeps."""

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
    Measured,
    TrainResult,
    epochs_to_accuracy,
    measure,
    train,
)
from tests.small_training import SMALL_CNN_CONFIG, VALIDATION_FRACTION, bars


def fit(network: nn.Module, seed: int = 0, **changes: Any) -> TrainResult:
    """Train on the bars with `SMALL_CNN_CONFIG` but for `changes`."""
    parts = train_val_split(bars(), VALIDATION_FRACTION, new_generator(1))
    config = replace(SMALL_CNN_CONFIG, **changes)
    return train(network, *parts, config, new_generator(seed), keep_best=True)


def new_network(*, seed: int = 0, batch_norm: bool = False) -> nn.Sequential:
    torch.manual_seed(seed)
    return mnist_cnn(batch_norm=batch_norm, hidden=(20,))


def measured(accuracy: float) -> Measured:
    return Measured(1.0, accuracy, torch.tensor([True]))


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
def test_each_epoch_uses_each_image_once_in_batches_of_nearly_equal_size(
    count: int, batch_size: int, seed: int
) -> None:
    numbers = torch.arange(count)
    split = Split(numbers.to(torch.uint8)[:, None, None, None], numbers % 2)
    config = replace(SMALL_CNN_CONFIG, batch_size=batch_size, evaluations_per_epoch=1)
    network = Recorder()
    train(network, split, split, config, new_generator(seed), keep_best=True)
    batches = ceil(count / batch_size)
    assert len(network.batches) == 2 * batches
    sizes = [len(batch) for batch in network.batches]
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    for epoch in (network.batches[:batches], network.batches[batches:]):
        assert sorted(chain.from_iterable(epoch)) == list(range(count))


def test_order_of_images_differs_between_epochs_and_seeds() -> None:
    numbers = torch.arange(100)
    split = Split(numbers.to(torch.uint8)[:, None, None, None], numbers % 2)
    orders = []
    for seed in (0, 1):
        network = Recorder()
        train(
            network,
            split,
            split,
            SMALL_CNN_CONFIG,
            new_generator(seed),
            keep_best=True,
        )
        order = list(chain.from_iterable(network.batches))
        orders += [tuple(order[:100]), tuple(order[100:])]
    assert len({*orders, tuple(range(100))}) == 5


@pytest.mark.parametrize("batch_norm", [False, True])
def test_training_learns_to_classify_bars(batch_norm: bool) -> None:
    network = new_network(batch_norm=batch_norm)
    trained = fit(network, epochs=6)
    assert trained.eval_accuracy > 0.95
    first, last = trained.curve[0], trained.curve[-1]
    assert last.training_loss < 0.3 < first.training_loss
    assert last.eval_loss < first.eval_loss
    assert last.training_accuracy > 0.95


def test_equal_seeds_give_equal_weights_to_the_bit() -> None:
    digests = [
        weights_digest(fit(new_network(seed=initial, batch_norm=True), seed=shuffles).state)
        for initial, shuffles in ((0, 0), (0, 0), (0, 1), (1, 0))
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_losses_in_bfloat16_are_close_to_float32() -> None:
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
def test_small_training_sets_get_more_epochs_until_min_steps(min_steps: int, epochs: int) -> None:
    """Ten steps are an epoch; the curve reaches over all epochs, with four points or one each."""
    split = bars(100)
    config = replace(SMALL_CNN_CONFIG, min_steps=min_steps, batch_size=10)
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    trained = train(network, split, split, config, new_generator(0), keep_best=False)
    assert trained.epochs == trained.epoch == epochs
    each = max(1, 4 // epochs)
    assert [point.epoch for point in trained.curve] == [
        (point + 1) / each for point in range(each * epochs)
    ]


def test_auto_precision_is_that_of_training_precision(
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


def test_evaluations_are_evenly_spaced_and_logged() -> None:
    logged: list[EpochLog] = []
    split = bars(100)
    config = replace(SMALL_CNN_CONFIG, evaluations_per_epoch=4, batch_size=10)
    trained = train(
        new_network(), split, split, config, new_generator(0), keep_best=True, on_log=logged.append
    )
    assert logged == trained.curve
    expected = [epoch + batch / 10 for epoch in (0, 1) for batch in (3, 5, 8, 10)]
    assert [point.epoch for point in logged] == pytest.approx(expected)
    assert logged[3].epoch == 1
    assert logged[-1].epoch == 2


def test_more_evaluations_than_batches_evaluate_after_each_batch() -> None:
    curve = fit(new_network(), batch_size=100, evaluations_per_epoch=50).curve
    assert [point.epoch for point in curve] == [0.5, 1, 1.5, 2]


def test_training_values_are_means_since_the_previous_point() -> None:
    """With a learning rate of next to nothing they are those of the network at the start."""
    network = new_network()
    split = bars(100)
    loss, accuracy, _ = measure(network, split)
    config = replace(SMALL_CNN_CONFIG, learning_rate=1e-12, batch_size=50, evaluations_per_epoch=1)
    for point in train(network, split, split, config, new_generator(0), keep_best=True).curve:
        assert point.training_loss == pytest.approx(loss, abs=1e-5)
        assert point.training_accuracy == pytest.approx(accuracy)
        assert (point.eval_loss, point.eval_accuracy) == pytest.approx((loss, accuracy))


def test_label_smoothing_and_weight_decay_affect_the_weights() -> None:
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
def test_keep_best_keeps_the_best_epoch_and_the_first_of_equals(
    monkeypatch: pytest.MonkeyPatch, accuracies: list[float], best: int
) -> None:
    digests = []

    def scripted(network: nn.Module, _: Split) -> Measured:
        digests.append(weights_digest(network.state_dict()))
        return measured(accuracies[len(digests) - 1])

    monkeypatch.setattr(module, "measure", scripted)
    trained = fit(new_network(batch_norm=True), epochs=3, evaluations_per_epoch=1)
    assert (trained.epoch, trained.eval_accuracy) == (best, accuracies[best - 1])
    assert len(set(digests)) == 3
    assert weights_digest(trained.state) == digests[best - 1]


def test_keep_best_compares_ends_of_epochs_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accuracies = iter([0.99, 0.5, 0.1, 0.6])
    monkeypatch.setattr(module, "measure", lambda *_: measured(next(accuracies)))
    trained = fit(new_network(), epochs=2, evaluations_per_epoch=2)
    assert (trained.epoch, trained.eval_accuracy) == (2, 0.6)


def test_kept_state_has_the_reported_accuracy() -> None:
    """A learning rate that only rises, and far too high, spoils what the first epochs learn."""
    network = new_network(batch_norm=True)
    trained = fit(network, epochs=4, learning_rate=0.3, warmup=0.99, evaluations_per_epoch=1)
    assert trained.epoch < 4
    assert trained.eval_accuracy == trained.curve[trained.epoch - 1].eval_accuracy
    _, validation = train_val_split(bars(), VALIDATION_FRACTION, new_generator(1))
    assert measure(network, validation).accuracy == trained.curve[-1].eval_accuracy
    network.load_state_dict(trained.state)
    assert measure(network, validation).accuracy == trained.eval_accuracy


def test_without_keep_best_the_last_epoch_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    accuracies = iter([0.9, 0.1])
    monkeypatch.setattr(module, "measure", lambda *_: measured(next(accuracies)))
    network, split = new_network(), bars()
    config = replace(SMALL_CNN_CONFIG, evaluations_per_epoch=1)
    trained = train(network, split, split, config, new_generator(0), keep_best=False)
    assert (trained.epoch, trained.eval_accuracy) == (2, 0.1)
    assert weights_digest(trained.state) == weights_digest(network.state_dict())


def test_divergence_raises_with_advice() -> None:
    points: list[EpochLog] = []
    message = (
        r"diverged: after 0\.\d\d epochs the training loss is (nan|inf).*lower its learning_rate"
    )
    with pytest.raises(FoolproofError, match=message):
        train(
            new_network(),
            bars(),
            bars(40),
            replace(SMALL_CNN_CONFIG, learning_rate=1e20),
            new_generator(0),
            on_log=points.append,
            keep_best=True,
        )
    assert points == []


@pytest.mark.parametrize("training", [True, False])
def test_measure_is_cross_entropy_accuracy_and_correctness_in_eval_mode(training: bool) -> None:
    network = new_network(batch_norm=True).train(training)
    split = bars(CHUNK + 50)
    before = weights_digest(network.state_dict())
    loss, accuracy, correct = measure(network, split)
    assert network.training == training
    assert weights_digest(network.state_dict()) == before
    with torch.no_grad():
        logits = network.eval()(split.images / 255)
    assert loss == pytest.approx(cross_entropy(logits, split.labels).item(), rel=1e-5)
    assert torch.equal(correct, logits.argmax(1) == split.labels)
    assert accuracy == correct.sum().item() / len(split.labels)


def test_epochs_to_accuracy_is_the_first_crossing_of_the_curve() -> None:
    point = EpochLog(0.5, 1.0, 0.5, 1.0, 0.8)
    curve = [
        replace(point, epoch=epoch, eval_accuracy=accuracy)
        for epoch, accuracy in ((0.5, 0.8), (1.0, 0.98), (1.5, 0.97), (2.0, 0.99))
    ]
    assert epochs_to_accuracy(curve, 0.98) == 1.0
    assert epochs_to_accuracy(curve, 0.89) == pytest.approx(0.75)
    assert epochs_to_accuracy(curve, 0.985) == pytest.approx(1.5 + 0.5 * 0.015 / 0.02)
    assert epochs_to_accuracy(curve, 0.7) == 0.5
    assert epochs_to_accuracy(curve, 0.999) is None


def numbered(count: int) -> Split:
    """Images of one pixel that hold their own number, in two classes."""
    numbers = torch.arange(count)
    return Split(numbers.to(torch.uint8)[:, None, None, None], numbers % 2)


def test_augment_gets_images_indices_and_epoch_and_its_result_is_trained_on() -> None:
    split, network = numbered(20), Recorder()
    batches: list[list[int]] = []
    epochs: list[int] = []

    def augment(images: Tensor, indices: Tensor, epoch: int) -> Tensor:
        assert torch.equal(images, split.images[indices])
        batches.append(indices.tolist())
        epochs.append(epoch)
        return images + 100

    config = replace(SMALL_CNN_CONFIG, batch_size=10)
    train(network, split, split, config, new_generator(0), keep_best=True, augment=augment)
    assert network.batches == [[number + 100 for number in batch] for batch in batches]
    assert sorted(chain.from_iterable(batches[:2])) == list(range(20))
    assert epochs == [0, 0, 1, 1]


def test_perturb_gets_network_pixels_labels_and_progress_and_its_result_is_trained_on() -> None:
    split, trained = numbered(20), Recorder()
    batches: list[list[int]] = []
    progresses: list[float] = []

    def augment(images: Tensor, indices: Tensor, epoch: int) -> Tensor:
        del indices, epoch
        return images + 100

    def perturb(network: nn.Module, pixels: Tensor, labels: Tensor, progress: float) -> Tensor:
        assert network is trained
        assert network.training
        numbers = (255 * pixels).round().int().flatten() - 100
        assert torch.equal(labels, numbers % 2)
        batches.append(numbers.tolist())
        progresses.append(progress)
        return 1 - pixels

    train(
        trained,
        split,
        split,
        replace(SMALL_CNN_CONFIG, batch_size=10),
        new_generator(0),
        keep_best=True,
        augment=augment,
        perturb=perturb,
    )
    assert trained.batches == [[155 - number for number in batch] for batch in batches]
    assert sorted(chain.from_iterable(batches[2:])) == list(range(20))
    assert progresses == [0, 0.25, 0.5, 0.75]


def test_training_values_are_those_of_perturbed_images_and_evaluations_are_not() -> None:
    network, split = new_network(), bars(100)
    black = Split(torch.zeros_like(split.images), split.labels)
    plain, perturbed = measure(network, split), measure(network, black)
    config = replace(SMALL_CNN_CONFIG, learning_rate=1e-12, batch_size=50, evaluations_per_epoch=1)
    curve = train(
        network,
        split,
        split,
        config,
        new_generator(0),
        keep_best=True,
        perturb=lambda _network, pixels, _labels, _progress: torch.zeros_like(pixels),
    ).curve
    for point in curve:
        assert point.training_loss == pytest.approx(perturbed.loss, abs=1e-5)
        assert point.training_accuracy == pytest.approx(perturbed.accuracy)
        assert point.eval_loss == pytest.approx(plain.loss)
    assert perturbed.loss != pytest.approx(plain.loss, abs=1e-3)


def test_gradients_that_perturb_leaves_behind_are_not_trained_with() -> None:
    """An attack may add to the gradients of the weights; each step starts from zero."""

    def perturb(network: nn.Module, pixels: Tensor, labels: Tensor, progress: float) -> Tensor:
        del progress
        cross_entropy(network(pixels), labels).backward()
        return pixels

    config, digests = replace(SMALL_CNN_CONFIG, epochs=1), []
    for hook in (None, perturb):
        result = train(
            new_network(),
            bars(40),
            bars(40),
            config,
            new_generator(0),
            keep_best=False,
            perturb=hook,
        )
        digests.append(weights_digest(result.state))
    assert digests[0] == digests[1]
