"""What the training stages share: a training for a seed, its weights, and its curve on disk."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from foolproof.datasets import Split
from foolproof.files import write_csv
from foolproof.models.weights import save_weights
from foolproof.params.training import Recipe
from foolproof.runtime import seeded
from foolproof.training import CurvePoint, Trained, train

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A name under which weights and curve of one or more trainings are written."""

    group: str
    """Folder: a data set, or a network of its own."""

    name: str
    """Of the network in it."""

    held_out: str
    """What the held-out images are: `validation` or `test`."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    """Of the curve so far, for all seeds."""

    def follow(self, seed: int) -> Callable[[CurvePoint], None]:
        """Make what writes the curve as it grows, and says how far it is after each epoch."""
        started = time.perf_counter()

        def take(point: CurvePoint) -> None:
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
            write_csv(Path("plots", self.group, f"{self.name}.csv"), self.rows)
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

    def save(self, trained: Trained) -> None:
        """Write the weights that a training kept."""
        path = Path("models", self.group, f"{self.name}.safetensors")
        save_weights(path, trained.state, network=self.name)


def train_once(
    build: Callable[[], nn.Module],
    training: Split,
    held_out: Split,
    recipe: Recipe,
    *,
    seed: int,
    run: Run,
) -> tuple[nn.Module, Trained]:
    """Train a new network, whose first weights and whose shuffles follow from the seed.

    The validation images choose the epoch that is kept; test images do not, the last is kept.

    Returns:
        The network with the weights that were kept, and the record of the training.
    """
    torch.manual_seed(seed)
    network = build().to(training.images.device)
    keep_best = run.held_out == "validation"
    trained = train(
        network, training, held_out, recipe, seeded(seed), run.follow(seed), keep_best=keep_best
    )
    network.load_state_dict(trained.state)
    return network, trained
