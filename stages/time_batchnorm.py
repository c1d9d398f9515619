"""Time epochs without and with batch norm in turn, so that a drifting machine hits both alike."""

import argparse
import logging
import time
from dataclasses import asdict
from pathlib import Path

import torch

from foolproof.datasets import hold_out, load_dataset
from foolproof.files import write_json
from foolproof.models.mnist import NETWORKS
from foolproof.params.base import load_section
from foolproof.params.data import Compute
from foolproof.params.training import TimeBatchnorm, Training
from foolproof.runtime import describe_machine, prepare_device, seeded, training_precision
from foolproof.stage import run_stage
from foolproof.statistics import mean_with_interval
from foolproof.training import train

log = logging.getLogger(__name__)


def main() -> None:
    """Time both networks on the data set that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    name = parser.parse_args().dataset
    settings = load_section(f"train.{name}", Training)
    device = prepare_device(load_section("compute", Compute).threads)
    training, validation = hold_out(
        load_dataset(Path("data", f"{name}.npz"), device).train,
        settings.validation_fraction,
        seeded(settings.validation_seed),
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
                seeded(pair),
                on_point=lambda _: None,
                keep_best=False,
            )
            times.append(time.perf_counter() - started)
            log.info("%s: %.1f s for an epoch", network, times[-1])
    ratios = [bn / nobn for bn, nobn in zip(seconds["bn"], seconds["nobn"], strict=True)]
    write_json(
        Path("metrics", "timing", f"batchnorm_{name}.json"),
        {
            "machine": asdict(machine),
            "seconds_per_epoch": seconds,
            "ratio": mean_with_interval(ratios),
        },
    )


if __name__ == "__main__":
    run_stage(main)
