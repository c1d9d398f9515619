"""Time epochs without and with batch norm in turn, so that a drifting machine hits both alike."""

import logging
import time
from dataclasses import asdict
from pathlib import Path

import torch

from foolproof.compute.device import prepare_device
from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.machine import describe_machine, training_precision
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.datasets import load_dataset, train_val_split
from foolproof.networks.mnist import NETWORKS
from foolproof.params.data import Compute
from foolproof.params.time_batchnorm import TimeBatchnorm
from foolproof.params.training import Training
from foolproof.training.loop import train

log = logging.getLogger(__name__)


def main() -> None:
    """Time both networks."""
    settings = load_section("train.mnist", Training)
    device = prepare_device(load_section("compute", Compute).threads)
    training, validation = train_val_split(
        load_dataset(Path("data/mnist.npz"), device).train,
        settings.validation_fraction,
        new_generator(settings.validation_seed),
    )
    machine = describe_machine(device, training_precision(settings.precision, device))
    log.info("training in %s", machine)
    one_epoch = settings.model_copy(
        update={"epochs": 1, "min_steps": 0, "evaluations_per_epoch": 1}
    )
    seconds: dict[str, list[float]] = {"nobn": [], "bn": []}
    for pair in range(load_section("time_batchnorm", TimeBatchnorm).pairs):
        for network, times in seconds.items():
            torch.manual_seed(pair)
            started = time.perf_counter()
            train(
                NETWORKS[network]().to(device),
                training,
                validation,
                one_epoch,
                new_generator(pair),
                on_point=lambda _: None,
                keep_best=False,
            )
            times.append(time.perf_counter() - started)
            log.info("%s: %.1f s for an epoch", network, times[-1])
    ratios = [bn / nobn for bn, nobn in zip(seconds["bn"], seconds["nobn"], strict=True)]
    write_json(
        Path("metrics/timing/batchnorm_mnist.json"),
        {
            "machine": asdict(machine),
            "seconds_per_epoch": seconds,
            "ratio": mean_with_interval(ratios),
        },
    )


if __name__ == "__main__":
    run_stage(main)
