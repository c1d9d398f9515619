"""What stages that train have in common."""

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from foolproof.compute.machine import Machine, describe_machine, training_precision
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.data.augmentation import augment
from foolproof.data.datasets import Dataset, Split
from foolproof.networks.weights import weights_digest
from foolproof.params.training import TrainCifar10, TrainSettings
from foolproof.training.config import TrainConfig
from foolproof.training.loop import TrainResult, measure, train
from foolproof.training.recorder import TrainingRecorder

log = logging.getLogger(__name__)

Augment = Callable[[Tensor], Tensor]


def train_config(settings: TrainSettings) -> TrainConfig:
    """Convert a section of params.yaml."""
    return TrainConfig(
        epochs=settings.epochs,
        min_steps=settings.min_steps,
        batch_size=settings.batch_size,
        optimizer=settings.optimizer,
        learning_rate=settings.learning_rate,
        warmup=settings.warmup,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        label_smoothing=settings.label_smoothing,
        precision=settings.precision,
        evaluations_per_epoch=settings.evaluations_per_epoch,
    )


def augmentation(settings: TrainCifar10) -> Augment:
    """Make the augmentation of a section of params.yaml, with its own stream of random numbers."""
    return partial(
        augment,
        max_shift=settings.augmentation.shift,
        flip=settings.augmentation.mirror,
        generator=new_generator(settings.seed),
    )


def training_machine(config: TrainConfig, device: torch.device) -> Machine:
    """Describe the machine and the precision of a training, and log them."""
    machine = describe_machine(device, training_precision(config.precision, device))
    log.info("training in %s", machine)
    return machine


def train_from_seed(
    build: Callable[[], nn.Module],
    training: Split,
    eval_set: Split,
    config: TrainConfig,
    *,
    seed: int,
    recorder: TrainingRecorder,
    augment: Augment | None = None,
) -> tuple[nn.Module, TrainResult]:
    """Train a new network; the seed determines its initial weights and the shuffles.

    A validation set chooses the epoch that is kept. With a test set the last one is kept.

    Returns:
        The network with the weights that were kept, and the result of the training.
    """
    torch.manual_seed(seed)
    network = build().to(training.images.device)
    started = time.perf_counter()
    result = train(
        network,
        training,
        eval_set,
        config,
        new_generator(seed),
        keep_best=recorder.eval_name == "validation",
        augment=augment,
        on_log=recorder.log_of(seed),
    )
    recorder.seconds.append(time.perf_counter() - started)
    recorder.images.append(result.epochs * len(training.labels))
    network.load_state_dict(result.state)
    return network, result


def train_on_full_set(
    build: Callable[[], nn.Module],
    dataset: Dataset,
    config: TrainConfig,
    *,
    seed: int,
    group: str,
    name: str,
    augment: Augment | None = None,
) -> None:
    """Train on all training images, without validation, and keep the last epoch.

    Writes models/<group>/<name>.safetensors, data/curves/<group>/<name>.csv,
    metrics/<group>/<name>.json and metrics/timing/<group>_<name>.json.

    Args:
        build: constructs the network.
        dataset: the curve is evaluated on its test images.
        config: the configuration.
        seed: of the initial weights and the shuffles.
        group: a data set, or a network of its own.
        name: of the network in the group.
        augment: applied to the images (N, C, H, W) of each batch.
    """
    machine = training_machine(config, dataset.train.images.device)
    recorder = TrainingRecorder(group, name, "test", machine)
    network, result = train_from_seed(
        build, dataset.train, dataset.test, config, seed=seed, recorder=recorder, augment=augment
    )
    recorder.save(result)
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
            "epochs": result.epochs,
            "weights_sha256": weights_digest(result.state),
        },
    )
