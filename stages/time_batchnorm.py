"""Time epochs without and with batch norm, after a warm-up and in alternating order."""

import logging
import time
from dataclasses import asdict
from pathlib import Path

import torch

from foolproof.compute.intervals import ratio_with_interval
from foolproof.compute.seeds import new_generator, stream_seed
from foolproof.compute.stage import stage
from foolproof.compute.words import median_in_words
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.datasets import Split, load_dataset, train_val_split
from foolproof.networks.mnist import NETWORKS
from foolproof.params.time_batchnorm import TimeBatchnorm
from foolproof.params.training import TrainMnist
from foolproof.training.config import TrainConfig
from foolproof.training.loop import train
from foolproof.training.stage import train_config, training_machine

log = logging.getLogger(__name__)

# Of each network, not counted: the first batches compile kernels and fill caches.
WARMUP_BATCHES = 20


def main() -> str:
    """Time both networks in pairs of epochs; each goes first in every other pair."""
    settings = load_section("train.mnist", TrainMnist)
    config = train_config(settings).for_one_epoch()
    seconds: dict[str, list[float]] = {"nobn": [], "bn": []}
    with stage(TimeBatchnorm) as s:
        training, validation = train_val_split(
            load_dataset(Path("data/mnist.npz"), s.device).train,
            settings.validation_fraction,
            new_generator(settings.validation_seed, "validation"),
        )
        machine = training_machine(config, s.device)
        warmup = training.take(torch.arange(WARMUP_BATCHES * config.batch_size) % len(training[1]))
        for network in seconds:
            time_epoch(network, warmup, warmup, config, seed=0)
        for seed in range(s.settings.pairs):
            for network in sorted(seconds, reverse=seed % 2 == 0):
                seconds[network].append(time_epoch(network, training, validation, config, seed))
                log.info("%s: %.1f s for an epoch", network, seconds[network][-1])
    ratio = ratio_with_interval(seconds["bn"], seconds["nobn"])
    write_json(
        Path("metrics/timing/batchnorm_mnist.json"),
        {"machine": asdict(machine), "seconds_per_epoch": seconds, "ratio": ratio},
    )
    return f"an epoch with batch norm takes {median_in_words(ratio)} times as long"


def time_epoch(
    network: str, training: Split, validation: Split, config: TrainConfig, seed: int
) -> float:
    """Measure the seconds that one epoch of a new network takes, with its evaluation."""
    torch.manual_seed(stream_seed(seed, "weights"))
    started = time.perf_counter()
    train(
        NETWORKS[network]().to(training.images.device),
        training,
        validation,
        config,
        new_generator(seed, "shuffles"),
        keep_best=False,
    )
    return time.perf_counter() - started


if __name__ == "__main__":
    run_stage(main)
