"""What the training stages share: a training for a seed, and its weights, curve and timing."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from foolproof.compute.machine import Machine, describe_machine, training_precision
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.data.datasets import Split
from foolproof.networks.weights import save_weights
from foolproof.params.training import TrainConfig
from foolproof.training.loop import EpochLog, TrainResult, train

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A name under which weights, curve and timing of one or more trainings are written."""

    group: str
    """Folder: a data set, or a network of its own."""

    name: str
    """Of the network in it."""

    held_out: str
    """What the held-out images are: `validation` or `test`."""

    machine: Machine
    """What computes."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    """Of the curve so far, for all seeds."""

    seconds: list[float] = field(default_factory=list)
    """Of each training so far, with the evaluations of its curve."""

    images: list[int] = field(default_factory=list)
    """That each training so far has taken, each image once an epoch."""

    def follow(self, seed: int) -> Callable[[EpochLog], None]:
        """Make what writes the curve as it grows, and says how far it is after each epoch."""
        started = time.perf_counter()

        def take(point: EpochLog) -> None:
            self.rows.append(
                {
                    "seed": seed,
                    "epoch": point.epoch,
                    "training_loss": point.training_loss,
                    "training_accuracy": point.training_accuracy,
                    f"{self.held_out}_loss": point.held_out_loss,
                    f"{self.held_out}_accuracy": point.held_out_accuracy,
                }
            )
            write_csv(Path("data/curves", self.group, f"{self.name}.csv"), self.rows)
            if point.epoch.is_integer():
                log.info(
                    "%s seed %d: epoch %d, %.1f s, %s accuracy %.2f %%",
                    self.name,
                    seed,
                    point.epoch,
                    time.perf_counter() - started,
                    self.held_out,
                    100 * point.held_out_accuracy,
                )

        return take

    def save(self, trained: TrainResult) -> None:
        """Write the weights that a training kept, and how long all trainings took, on what."""
        path = Path("models", self.group, f"{self.name}.safetensors")
        save_weights(path, trained.state, network=self.name)
        write_json(
            Path("metrics", "timing", f"{self.group}_{self.name}.json"),
            {
                "machine": asdict(self.machine),
                "seconds": self.seconds,
                "images_per_second": sum(self.images) / sum(self.seconds),
            },
        )


def machine_for(recipe: TrainConfig, device: torch.device) -> Machine:
    """Record what a training computes on, and log it."""
    machine = describe_machine(device, training_precision(recipe.precision, device))
    log.info("training in %s", machine)
    return machine


def train_once(
    build: Callable[[], nn.Module],
    training: Split,
    held_out: Split,
    recipe: TrainConfig,
    *,
    seed: int,
    run: Run,
) -> tuple[nn.Module, TrainResult]:
    """Train a new network, whose first weights and whose shuffles follow from the seed.

    The validation images choose the epoch that is kept; test images do not, the last is kept.

    Returns:
        The network with the weights that were kept, and the record of the training.
    """
    torch.manual_seed(seed)
    network = build().to(training.images.device)
    keep_best = run.held_out == "validation"
    started = time.perf_counter()
    trained = train(
        network,
        training,
        held_out,
        recipe,
        new_generator(seed),
        run.follow(seed),
        keep_best=keep_best,
    )
    run.seconds.append(time.perf_counter() - started)
    run.images.append(trained.epochs * len(training.labels))
    network.load_state_dict(trained.state)
    return network, trained
