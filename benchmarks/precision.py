r"""CPU time of training in float32, in bfloat16 and with `precision: auto`.

Run as `python benchmarks/precision.py [--images N] [--repeats N]`; it needs no data. The networks
of the sheets are trained by `foolproof.training.loop.train` with the settings of params.yaml, one
thread, on N random images, in whole batches of at most as many. The precisions take turns in one
process, and the medians are compared. The time is that of forward and backward passes and steps:
the evaluation is of one image. `auto` must be at most 5 % slower than the better of the two.

A CPU with AVX2 is emulated by limiting oneDNN, ATen and MKL:

    ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 MKL_ENABLE_INSTRUCTIONS=AVX2 \
        python benchmarks/precision.py --images 256 --repeats 1
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import median
from typing import Literal

import torch
from torch import nn

from foolproof.compute.device import prepare_device
from foolproof.compute.machine import describe_machine, training_precision
from foolproof.compute.seeds import new_generator
from foolproof.core.params import load_section
from foolproof.data.datasets import Split
from foolproof.networks import cifar10, cis680, mnist
from foolproof.params.training import (
    TrainCifar10,
    TrainCis680,
    TrainDeep,
    TrainMnist,
    TrainSettings,
)
from foolproof.training.config import TrainConfig
from foolproof.training.loop import train
from foolproof.training.stage import train_config

Shape = tuple[int, int, int]
GREY, COLOUR = (1, 28, 28), (3, 32, 32)
Precision = Literal["float32", "bfloat16", "auto"]
PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16", "auto")

NETWORKS: Mapping[str, tuple[Callable[[], nn.Module], Shape, str, type[TrainSettings]]] = {
    "mnist nobn": (mnist.NETWORKS["nobn"], GREY, "train.mnist", TrainMnist),
    "mnist bn": (mnist.NETWORKS["bn"], GREY, "train.mnist", TrainMnist),
    "cis680": (cis680.NETWORKS["first"], GREY, "train.cis680", TrainCis680),
    "cs5787 nobn": (cifar10.NETWORKS["nobn"], COLOUR, "train.cifar10", TrainCifar10),
    "cs5787 bn": (cifar10.NETWORKS["bn"], COLOUR, "train.cifar10", TrainCifar10),
    "deep": (cifar10.NETWORKS["deep"], COLOUR, "train.deep", TrainDeep),
}


def random_split(count: int, shape: Shape) -> Split:
    """Make random images of ten classes."""
    generator = new_generator(0)
    images = torch.randint(0, 256, (count, *shape), generator=generator, dtype=torch.uint8)
    return Split(images, torch.arange(count) % 10)


def cpu_seconds(build: Callable[[], nn.Module], split: Split, config: TrainConfig) -> float:
    """Time one epoch, per 1,000 images."""
    torch.manual_seed(0)
    network = build()
    validation = split.take(torch.arange(1))
    started = time.process_time()
    train(network, split, validation, config, new_generator(0), keep_best=False)
    return 1000 * (time.process_time() - started) / len(split.labels)


def main() -> None:
    """Print a row for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1280)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    options = parser.parse_args()
    device = prepare_device(threads=1)
    print(describe_machine(device, training_precision("auto", device)))
    print(f"{'network':12}" + "".join(f"{name:>10}" for name in PRECISIONS) + "   auto / better")
    for name in options.networks:
        build, shape, section, model = NETWORKS[name]
        config = train_config(load_section(section, model)).for_one_epoch()
        config = replace(config, batch_size=min(config.batch_size, options.images))
        seconds: dict[Precision, list[float]] = {precision: [] for precision in PRECISIONS}
        for repeat in range(options.repeats + 1):
            # oneDNN compiles in the first.
            batches = options.images // config.batch_size if repeat else 1
            split = random_split(batches * config.batch_size, shape)
            for precision, times in seconds.items():
                changed = replace(config, precision=precision)
                time_of_one = cpu_seconds(build, split, changed)
                if repeat:
                    times.append(time_of_one)
        medians = {precision: median(times) for precision, times in seconds.items()}
        ratio = medians["auto"] / min(medians["float32"], medians["bfloat16"])
        row = "".join(f"{medians[precision]:10.3f}" for precision in PRECISIONS)
        print(f"{name:12}{row}   {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
