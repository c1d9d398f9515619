"""The files that a training stage writes: curve, weights and timing."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from torch import nn

from foolproof.compute.machine import Machine
from foolproof.core.files import write_csv, write_json
from foolproof.data.arrays import write_arrays
from foolproof.networks.weights import save_weights
from foolproof.training.loop import EpochLog, Measured, TrainResult

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Training:
    """One seed's training, whose network has been measured on the test images."""

    seed: int
    network: nn.Module
    """With the weights that were kept."""

    result: TrainResult
    test: Measured


@dataclass(frozen=True)
class TrainingRecorder:
    """Write the files of one network, which may be trained with several seeds.

    data/curves/<group>/<name>.csv, models/<group>/<name>.safetensors,
    models/seeds/<group>/<name>/<seed>.safetensors, data/predictions/<group>/<name>.npz with the
    `seeds` and whether each test image is `correct` (seeds, images), and
    metrics/timing/<group>_<name>.json.
    """

    group: str
    """Folder: a data set, or a network of its own."""

    name: str
    """Of the network in the group."""

    eval_name: Literal["validation", "test"]
    """The set that the curve is evaluated on."""

    machine: Machine
    rows: list[dict[str, float]] = field(default_factory=list)
    """Points of the curves so far, of all seeds."""

    seconds: list[float] = field(default_factory=list)
    """Of each training so far, evaluations included."""

    images: list[int] = field(default_factory=list)
    """Number of images of each training so far, an image counting once an epoch."""

    def log_of(self, seed: int) -> Callable[[EpochLog], None]:
        """Make the function that appends points to the curve's file, and logs each epoch."""
        started = time.perf_counter()

        def write(point: EpochLog) -> None:
            self.rows.append(
                {
                    "seed": seed,
                    "epoch": point.epoch,
                    "training_loss": point.training_loss,
                    "training_accuracy": point.training_accuracy,
                    f"{self.eval_name}_loss": point.eval_loss,
                    f"{self.eval_name}_accuracy": point.eval_accuracy,
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
                    self.eval_name,
                    100 * point.eval_accuracy,
                )

        return write

    def save(self, trainings: Sequence[Training], *, kept: Training) -> None:
        """Write the weights of all seeds and of the one kept, all predictions, and the timing."""
        for each in trainings:
            path = Path("models/seeds", self.group, self.name, f"{each.seed}.safetensors")
            save_weights(path, each.result.state, network=self.name)
        path = Path("models", self.group, f"{self.name}.safetensors")
        save_weights(path, kept.result.state, network=self.name)
        write_arrays(
            Path("data/predictions", self.group, f"{self.name}.npz"),
            seeds=np.array([each.seed for each in trainings]),
            correct=np.stack([each.test.correct.cpu().numpy() for each in trainings]),
        )
        write_json(
            Path("metrics", "timing", f"{self.group}_{self.name}.json"),
            {
                "machine": asdict(self.machine),
                "seconds": self.seconds,
                "images_per_second": sum(self.images) / sum(self.seconds),
            },
        )
