"""What stages that train have in common."""

import logging
import time
from collections.abc import Callable, Sequence

import torch
from torch import nn

from foolproof.compute.machine import Machine, describe_machine, training_precision
from foolproof.compute.seeds import new_generator, stream_seed
from foolproof.data.augmentation import Augmentation
from foolproof.data.datasets import Split
from foolproof.params.training import TrainCifar10, TrainDeep, TrainSettings
from foolproof.training.config import SgdConfig, TrainConfig
from foolproof.training.loop import Augment, EpochLog, Perturb, TrainResult, measure, train
from foolproof.training.recorder import Training, TrainingRecorder

log = logging.getLogger(__name__)


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
        sgd=_sgd_config(settings) if isinstance(settings, TrainDeep) else None,
    )


def _sgd_config(settings: TrainDeep) -> SgdConfig:
    return SgdConfig(
        learning_rate=settings.sgd.learning_rate,
        head_learning_rate=settings.sgd.head_learning_rate,
        momentum=settings.sgd.momentum,
        first_bias_epochs=settings.sgd.first_bias_epochs,
    )


def augmentation(settings: TrainCifar10, images: int, seed: int) -> Augmentation:
    """Make the augmentation of a section of params.yaml, for so many images."""
    return Augmentation(
        images,
        max_shift=settings.augmentation.shift,
        mirror=settings.augmentation.mirror,
        generator=new_generator(seed, "augmentation"),
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
    perturb: Perturb | None = None,
    keep_last: bool = False,
    on_point: Callable[[nn.Module, EpochLog], None] | None = None,
) -> tuple[nn.Module, TrainResult]:
    """Train a new network; the seed determines its initial weights and the shuffles.

    A validation set chooses the epoch that is kept. With a test set, or with `keep_last`, the last
    one is kept. `on_point` is called with the network at each point of the curve.

    Returns:
        The network with the weights that were kept, and the result of the training.
    """
    torch.manual_seed(stream_seed(seed, "weights"))
    network = build().to(training.images.device)
    started = time.perf_counter()
    write = recorder.log_of(seed)

    def on_log(point: EpochLog) -> None:
        write(point)
        if on_point:
            on_point(network, point)

    result = train(
        network,
        training,
        eval_set,
        config,
        new_generator(seed, "shuffles"),
        keep_best=recorder.eval_name == "validation" and not keep_last,
        augment=augment,
        perturb=perturb,
        on_log=on_log,
    )
    recorder.seconds.append(time.perf_counter() - started)
    recorder.images.append(result.epochs * len(training.labels))
    network.load_state_dict(result.state)
    return network, result


def train_with_seeds(
    build: Callable[[], nn.Module],
    training: Split,
    eval_set: Split,
    test: Split,
    config: TrainConfig,
    *,
    seeds: Sequence[int],
    recorder: TrainingRecorder,
    augment_with: Callable[[int], Augment] | None = None,
) -> list[Training]:
    """Train a network with each seed, and measure each on the test images once.

    Args:
        build: constructs the network.
        training: the training set.
        eval_set: that the curves are evaluated on; a validation set chooses the epoch.
        test: the test images.
        config: the configuration.
        seeds: of the initial weights and the shuffles.
        recorder: of the curves and timings.
        augment_with: makes the augmentation of a seed.
    """
    trainings = []
    for seed in seeds:
        augment = augment_with(seed) if augment_with else None
        network, result = train_from_seed(
            build, training, eval_set, config, seed=seed, recorder=recorder, augment=augment
        )
        trainings.append(Training(seed, network, result, measure(network, test)))
    return trainings
