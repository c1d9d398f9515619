"""The one training loop."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.compute.machine import Precision, training_precision
from foolproof.compute.progress import progress_of
from foolproof.core.errors import FoolproofError
from foolproof.data.datasets import Split
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.training.config import TrainConfig
from foolproof.training.optimizers import make_optimizers, make_schedule

Augment = Callable[[Tensor, Tensor, int], Tensor]
"""Maps images (N, C, H, W) of a batch, their indices (N,) and the epoch, from 0, to images."""

Perturb = Callable[[nn.Module, Tensor, Tensor, float], Tensor]
"""Maps a network, pixels (N, C, H, W) in [0, 1], labels (N,) and progress in [0, 1] to pixels."""


@dataclass(frozen=True)
class EpochLog:
    """Loss (cross-entropy, nats) and accuracy (fraction) at one point of a training.

    Training values are means over the batches since the previous point. Evaluation values are of
    the network at this point, on images that it is not trained on.
    """

    epoch: float
    training_loss: float
    training_accuracy: float
    eval_loss: float
    eval_accuracy: float


@dataclass(frozen=True, eq=False)
class TrainResult:
    """The result of a training."""

    state: dict[str, Tensor]
    """State dict after the epoch that is kept."""

    epoch: int
    """That epoch, counted from 1."""

    eval_accuracy: float
    """Accuracy of that state on the evaluation set, a fraction."""

    curve: list[EpochLog]

    @property
    def epochs(self) -> int:
        """The number of epochs."""
        return round(self.curve[-1].epoch)


class Measured(NamedTuple):
    """A network on a set of images, in eval mode and float32."""

    loss: float
    """Mean cross-entropy, in nats."""

    accuracy: float
    """A fraction."""

    correct: Tensor
    """Whether each image is correctly classified, (N,) bool."""


def measure(network: nn.Module, split: Split) -> Measured:
    """Measure loss and accuracy, in eval mode and float32."""
    training = network.training
    logits = predict_logits(network.eval(), split.images)
    network.train(training)
    correct = logits.argmax(1) == split.labels
    loss = cross_entropy(logits, split.labels).item()
    return Measured(loss, correct.double().mean().item(), correct)


def epochs_to_accuracy(curve: Sequence[EpochLog], accuracy: float) -> float | None:
    """Find the epochs after which the evaluation accuracy first reaches `accuracy`.

    The curve is interpolated linearly between its points. Where its first point is high enough,
    the epoch of that point is returned; where no point is, None.
    """
    reached = [point.eval_accuracy >= accuracy for point in curve]
    if not any(reached):
        return None
    first = reached.index(True)
    if first == 0:
        return curve[0].epoch
    before, after = curve[first - 1], curve[first]
    rise = after.eval_accuracy - before.eval_accuracy
    fraction = (accuracy - before.eval_accuracy) / rise
    return before.epoch + fraction * (after.epoch - before.epoch)


def train(
    network: nn.Module,
    training: Split,
    eval_set: Split,
    config: TrainConfig,
    generator: torch.Generator,
    *,
    keep_best: bool,
    augment: Augment | None = None,
    perturb: Perturb | None = None,
    on_log: Callable[[EpochLog], None] | None = None,
) -> TrainResult:
    """Train on cross-entropy with label smoothing (Szegedy et al., arXiv 1512.00567).

    The learning rate rises linearly over the warm-up and then falls linearly to zero. The result
    depends only on the initial weights, `generator`, `augment` and `perturb`. Where
    `config.epochs` take fewer than `config.min_steps` steps, there are more epochs with fewer
    evaluations each.

    Args:
        network: trained in place; afterwards it has the weights of the last step.
        training: the training set, uint8 in memory.
        eval_set: the validation or test set that the curve is evaluated on.
        config: the configuration.
        generator: shuffles the training set, on the CPU.
        keep_best: keep the first epoch of maximum accuracy, not the last; not for a test set.
        augment: applied to the images of each batch.
        perturb: applied to the pixels of each batch, as in adversarial training; training loss and
            accuracy are those of the perturbed images.
        on_log: called with each new point of the curve.

    Raises:
        FoolproofError: when the training diverges.
    """
    network.train().to(memory_format=torch.channels_last)
    precision = training_precision(config.precision, training.images.device)
    batches = ceil(len(training.labels) / config.batch_size)
    epochs = max(config.epochs, ceil(config.min_steps / batches))
    optimizers = make_optimizers(network, config)
    schedules = [
        make_schedule(each, config.warmup, batches=batches, epochs=epochs) for each in optimizers
    ]
    evaluations = max(1, config.evaluations_per_epoch * config.epochs // epochs)
    evaluate_after = _evaluation_points(batches, evaluations)
    curve: list[EpochLog] = []
    kept: TrainResult | None = None
    for epoch in range(epochs):
        steps = []
        shuffled = _shuffle(training, batches, generator)
        with progress_of(f"epoch {epoch + 1} of {epochs}", batches) as shown:
            for batch, indices in enumerate(shuffled, 1):
                images, labels = training.take(indices)
                pixels = to_pixels(augment(images, indices, epoch) if augment else images)
                if perturb:
                    done = (epoch + (batch - 1) / batches) / epochs
                    pixels = perturb(network, pixels, labels, done)
                steps.append(_step(network, pixels, labels, optimizers, config, precision))
                for schedule in schedules:
                    schedule.step()
                if batch in evaluate_after:
                    curve.append(_evaluate(network, eval_set, epoch + batch / batches, steps))
                    steps.clear()
                    if on_log:
                        on_log(curve[-1])
                shown.advance(1)
        accuracy = curve[-1].eval_accuracy
        if kept is None or not keep_best or accuracy > kept.eval_accuracy:
            kept = TrainResult(copy.deepcopy(network.state_dict()), epoch + 1, accuracy, curve)
    assert kept is not None, "config.epochs is at least 1"
    return kept


def _evaluate(
    network: nn.Module, eval_set: Split, epoch: float, steps: Sequence[Tensor]
) -> EpochLog:
    """Average the loss and accuracy of the last steps, each (2,), and measure on `eval_set`.

    Raises:
        FoolproofError: when a loss is not finite.
    """
    training_loss, training_accuracy = torch.stack(list(steps)).double().mean(0).tolist()
    eval_loss, eval_accuracy, _ = measure(network, eval_set)
    if not isfinite(training_loss + eval_loss):
        raise FoolproofError(
            f"the training has diverged: after {epoch:.2f} epochs the training loss is "
            f"{training_loss:g}, the evaluation loss {eval_loss:g}; lower its "
            "learning_rate in params.yaml, or raise its warmup"
        )
    return EpochLog(epoch, training_loss, training_accuracy, eval_loss, eval_accuracy)


def _evaluation_points(batches: int, evaluations: int) -> set[int]:
    """Space the evaluations evenly over the batches of an epoch, the last after the last batch."""
    return {ceil(batches * (part + 1) / evaluations) for part in range(evaluations)}


def _shuffle(split: Split, batches: int, generator: torch.Generator) -> Sequence[Tensor]:
    """Divide random indices of all images into batches whose sizes differ by at most one.

    So every image is used in every epoch, and no small last batch upsets batch norm.
    """
    indices = torch.randperm(len(split.labels), generator=generator)
    return indices.to(split.labels.device).tensor_split(batches)


def _step(
    network: nn.Module,
    pixels: Tensor,
    labels: Tensor,
    optimizers: Sequence[torch.optim.Optimizer],
    config: TrainConfig,
    precision: Precision,
) -> Tensor:
    """Take one step and return the batch's cross-entropy, without smoothing, and accuracy, (2,)."""
    with torch.autocast(pixels.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        output = network(pixels)
    logits = output.float()
    smoothed = cross_entropy(logits, labels, label_smoothing=config.label_smoothing)
    for optimizer in optimizers:
        optimizer.zero_grad()
    smoothed.backward()
    for optimizer in optimizers:
        optimizer.step()
    with torch.no_grad():
        plain = cross_entropy(logits, labels)
        return torch.stack([plain, (logits.argmax(1) == labels).float().mean()])
