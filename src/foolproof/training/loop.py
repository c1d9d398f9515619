"""The one training loop."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, isfinite

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from foolproof.compute.machine import Precision, training_precision
from foolproof.core.errors import FoolproofError
from foolproof.data.datasets import Split
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.params.training import TrainConfig


@dataclass(frozen=True)
class EpochLog:
    """Loss (cross-entropy, nats) and accuracy (fraction) at one moment of a training.

    Training values are means over the batches since the point before; held-out values are of the
    network at that moment, on images that it is not trained on.
    """

    epoch: float
    training_loss: float
    training_accuracy: float
    held_out_loss: float
    held_out_accuracy: float


@dataclass(frozen=True, eq=False)
class TrainResult:
    """The outcome of a training."""

    state: dict[str, Tensor]
    """State dict after the epoch that is kept."""

    epoch: int
    """That epoch, counted from 1."""

    held_out_accuracy: float
    """The accuracy of that state on the held-out images, a fraction."""

    curve: list[EpochLog]

    @property
    def epochs(self) -> int:
        """How many epochs there were."""
        return round(self.curve[-1].epoch)


def measure(network: nn.Module, split: Split) -> tuple[float, float]:
    """Measure mean cross-entropy (nats) and accuracy (fraction), in eval mode and float32."""
    training = network.training
    logits = predict_logits(network.eval(), split.images)
    network.train(training)
    accuracy = (logits.argmax(1) == split.labels).double().mean().item()
    return cross_entropy(logits, split.labels).item(), accuracy


def epochs_to_accuracy(curve: Sequence[EpochLog], accuracy: float) -> float | None:
    """Find after how many epochs the held-out accuracy first reached `accuracy`.

    Between two points of the curve it is taken to be linear; before the first there is nothing
    to say, so a first point that is high enough counts as it is. None when no point is.
    """
    reached = [point.held_out_accuracy >= accuracy for point in curve]
    if not any(reached):
        return None
    first = reached.index(True)
    if first == 0:
        return curve[0].epoch
    before, after = curve[first - 1], curve[first]
    rise = after.held_out_accuracy - before.held_out_accuracy
    share = (accuracy - before.held_out_accuracy) / rise
    return before.epoch + share * (after.epoch - before.epoch)


def train(
    network: nn.Module,
    training: Split,
    held_out: Split,
    settings: TrainConfig,
    generator: torch.Generator,
    on_point: Callable[[EpochLog], None],
    *,
    keep_best: bool,
) -> TrainResult:
    """Train on cross-entropy with label smoothing (Szegedy et al., arXiv 1512.00567).

    The learning rate rises linearly over the warm-up and then falls linearly to zero. Images
    stay in memory as uint8 and are shuffled by `generator`, on which, with the weights at hand,
    the result depends alone. There are more epochs than `settings.epochs` where so few images
    would take less than `settings.min_steps` steps, with about as many evaluations in all, but at
    least one an epoch.

    Args:
        network: trained in place; afterwards it holds the weights of the last step.
        training: what it learns from.
        held_out: what the curve follows beside it.
        settings: the recipe.
        generator: of the shuffles, on the CPU.
        on_point: called with every new point of the curve.
        keep_best: whether to keep the epoch with the best held-out accuracy, the first of equals,
            or simply the last: test images may be followed, but must not choose.

    Raises:
        FoolproofError: when the training diverges.
    """
    network.train().to(memory_format=torch.channels_last)
    precision = training_precision(settings.precision, training.images.device)
    batches = ceil(len(training.labels) / settings.batch_size)
    epochs = max(settings.epochs, ceil(settings.min_steps / batches))
    optimizer = _optimizer(network, settings)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, warmup_then_decay(settings.warmup, steps=batches * epochs)
    )
    evaluations = max(1, settings.evaluations_per_epoch * settings.epochs // epochs)
    evaluate_after = _evaluation_points(batches, evaluations)
    curve: list[EpochLog] = []
    kept: TrainResult | None = None
    for epoch in range(epochs):
        since_last_point = []
        rows_of_batches = _shuffle(training, batches, generator)
        for batch, rows in enumerate(tqdm(rows_of_batches, f"epoch {epoch + 1}", disable=None), 1):
            step = _step(network, training.take(rows), optimizer, settings, precision)
            since_last_point.append(step)
            schedule.step()
            if batch in evaluate_after:
                loss, accuracy = torch.stack(since_last_point).double().mean(0).tolist()
                held_out_loss, held_out_accuracy = measure(network, held_out)
                point = EpochLog(
                    epoch=epoch + batch / batches,
                    training_loss=loss,
                    training_accuracy=accuracy,
                    held_out_loss=held_out_loss,
                    held_out_accuracy=held_out_accuracy,
                )
                _check_finite(point)
                since_last_point.clear()
                curve.append(point)
                on_point(point)
        accuracy = curve[-1].held_out_accuracy
        if kept is None or not keep_best or accuracy > kept.held_out_accuracy:
            kept = TrainResult(copy.deepcopy(network.state_dict()), epoch + 1, accuracy, curve)
    assert kept is not None, "the schema asks for at least one epoch"
    return kept


def _check_finite(point: EpochLog) -> None:
    """See that a training has not diverged, after which no step can mend it.

    Raises:
        FoolproofError: when a loss is infinite or no number.
    """
    if not isfinite(point.training_loss + point.held_out_loss):
        raise FoolproofError(
            f"the training has diverged: after {point.epoch:.2f} epochs the loss is "
            f"{point.training_loss:g}, on held-out images {point.held_out_loss:g}; lower its "
            "learning_rate in params.yaml, or raise its warmup"
        )


def warmup_then_decay(warmup: float, *, steps: int) -> Callable[[int], float]:
    """Make the factor on the learning rate by step: up to 1 over `warmup`, then down to 0.

    Args:
        warmup: share of all steps, in [0, 1).
        steps: number of all steps.
    """

    def factor(step: int) -> float:
        progress = (step + 1) / (steps + 1)
        return min(progress / warmup if warmup else 1.0, (1 - progress) / (1 - warmup))

    return factor


def _optimizer(network: nn.Module, settings: TrainConfig) -> torch.optim.Optimizer:
    """Make SGD with Nesterov momentum or Adam (Kingma and Ba, arXiv 1412.6980), fused."""
    if settings.optimizer == "adam":
        return torch.optim.Adam(
            network.parameters(),
            lr=settings.learning_rate,
            betas=(settings.momentum, 0.999),
            weight_decay=settings.weight_decay,
            fused=True,
        )
    return torch.optim.SGD(
        network.parameters(),
        lr=settings.learning_rate,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        nesterov=settings.momentum > 0,
        fused=True,
    )


def _evaluation_points(batches: int, evaluations: int) -> set[int]:
    """Spread the evaluations evenly over the batches of an epoch, the last after the last."""
    return {ceil(batches * (part + 1) / evaluations) for part in range(evaluations)}


def _shuffle(split: Split, batches: int, generator: torch.Generator) -> Sequence[Tensor]:
    """Deal all rows at random into batches whose sizes differ by at most one.

    So every image is used in every epoch, and no small last batch upsets batch norm.
    """
    rows = torch.randperm(len(split.labels), generator=generator)
    return rows.to(split.labels.device).tensor_split(batches)


def _step(
    network: nn.Module,
    batch: Split,
    optimizer: torch.optim.Optimizer,
    settings: TrainConfig,
    precision: Precision,
) -> Tensor:
    """Take one step and return the batch's plain cross-entropy and accuracy, (2,)."""
    pixels = to_pixels(batch.images)
    with torch.autocast(pixels.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        output = network(pixels)
    logits = output.float()
    smoothed = cross_entropy(logits, batch.labels, label_smoothing=settings.label_smoothing)
    optimizer.zero_grad()
    smoothed.backward()
    optimizer.step()
    with torch.no_grad():
        plain = cross_entropy(logits, batch.labels)
        return torch.stack([plain, (logits.argmax(1) == batch.labels).float().mean()])
