"""A training on all training images, which the test images follow but do not guide."""

from collections.abc import Callable
from pathlib import Path

from torch import nn

from foolproof.core.files import write_json
from foolproof.data.datasets import Dataset, Split
from foolproof.networks.weights import weights_digest
from foolproof.params.training import TrainConfig
from foolproof.training.loop import measure
from foolproof.training.run import Run, machine_for, train_once


def train_on_all(
    build: Callable[[], nn.Module],
    dataset: Dataset,
    recipe: TrainConfig,
    *,
    seed: int,
    group: str,
    name: str,
    training: Split | None = None,
) -> None:
    """Train once, keep the last epoch, and write what came of it.

    Writes models/<group>/<name>.safetensors, data/curves/<group>/<name>.csv,
    metrics/<group>/<name>.json and metrics/timing/<group>_<name>.json.

    Args:
        build: makes the network.
        dataset: whose training images are learned from and whose test images are followed.
        recipe: how.
        seed: of the first weights and the shuffles.
        group: a data set, or a network of its own.
        name: of the network in it.
        training: what is learned from instead, such as the same images augmented.
    """
    machine = machine_for(recipe, dataset.train.images.device)
    run = Run(group, name, held_out="test", machine=machine)
    network, trained = train_once(
        build, training or dataset.train, dataset.test, recipe, seed=seed, run=run
    )
    run.save(trained)
    training_loss, training_accuracy = measure(network, dataset.train)
    test_loss, test_accuracy = measure(network, dataset.test)
    write_json(
        Path("metrics", group, f"{name}.json"),
        {
            "test_accuracy": test_accuracy,
            "test_error": 1 - test_accuracy,
            "test_loss": test_loss,
            "training_accuracy": training_accuracy,
            "training_loss": training_loss,
            "seed": seed,
            "epochs": trained.epochs,
            "weights_sha256": weights_digest(trained.state),
        },
    )
