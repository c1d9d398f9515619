"""Training settings of MNIST, CIS680 and CIFAR-10, compared on held-out training images.

Run as `python benchmarks/recipes.py --group mnist|cis680|cifar10`, once data/<data set>.npz is
there. Each setting is the default of params.yaml with the changes of one line of
benchmarks/recipes/grids.yaml. A tenth of the training images is held out, drawn from the stream
"validation" of each seed; the accuracy is that of the last epoch on these images. The test images
are not read.

A finished training is appended to benchmarks/recipes/<group>.csv, and one that is in the file is
not run again: an interrupted run goes on, and a complete one prints its tables only. All settings
are trained with a seed before the next seed, so that an interrupted run compares equal seeds.

The tables have means with 95 % intervals over the seeds, and differences from the default, paired
by seed: both have the same initial weights, shuffles and held-out images. Among many settings some
differ by chance, so p-values are also adjusted by Holm's method. The best mean of many is too high
on average: the test images then measure the setting that was chosen.

On one thread with AVX-512 BF16 a training takes about 40 s for mnist, 90 s for cis680 and 8 minutes
for cifar10; `--settings`, `--networks` and `--epochs` reduce the grid.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import nan
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
import yaml
from torch import nn

from foolproof.compute.device import prepare_device
from foolproof.compute.intervals import Interval
from foolproof.compute.machine import Machine, describe_machine, training_precision
from foolproof.compute.multiple_comparisons import DEFAULT, compare, holm, verdict
from foolproof.compute.seeds import new_generator, stream_seed
from foolproof.core.errors import FoolproofError
from foolproof.core.files import read_csv, write_csv
from foolproof.core.params import load_section
from foolproof.data.augmentation import Augmentation, Mirror
from foolproof.data.datasets import (
    Split,
    load_training_set,
    sample_images,
    train_val_split,
)
from foolproof.networks import cifar10, cis680, mnist
from foolproof.params.data import Compute
from foolproof.params.training import TrainCifar10, TrainCis680, TrainMnist, TrainSettings
from foolproof.training.loop import train
from foolproof.training.stage import train_config

HELD_OUT = 0.1
FOLDER = Path(__file__).with_suffix("")


@dataclass(frozen=True)
class Setting:
    """What is compared; the rest is as in params.yaml."""

    optimizer: Literal["sgd", "adam"]
    learning_rate: float
    batch_size: int
    weight_decay: float
    label_smoothing: float
    warmup: float
    momentum: float
    epochs: int
    shift: int
    mirror: Mirror


class Run(NamedTuple):
    """One training."""

    network: str
    setting: Setting
    images: int
    """Training and held-out images together."""

    seed: int


class Group(NamedTuple):
    """Networks that share a section of params.yaml."""

    key: str
    section: type[TrainSettings]
    data: Path
    networks: Mapping[str, Callable[[], nn.Module]]


MNIST, CIFAR10 = Path("data/mnist.npz"), Path("data/cifar10.npz")
BOTH = ("nobn", "bn")
GROUPS: Mapping[str, Group] = {
    "mnist": Group("train.mnist", TrainMnist, MNIST, {name: mnist.NETWORKS[name] for name in BOTH}),
    "cis680": Group("train.cis680", TrainCis680, MNIST, {"first": cis680.NETWORKS["first"]}),
    "cifar10": Group(
        "train.cifar10", TrainCifar10, CIFAR10, {name: cifar10.NETWORKS[name] for name in BOTH}
    ),
}


def settings_of(
    group: Group, grid: Sequence[Mapping[str, Any]], epochs: int | None = None
) -> dict[str, Setting]:
    """List settings by name, the default of params.yaml first, and no setting twice.

    Args:
        group: whose section has the default.
        grid: changes of the default, by the names in `Setting`.
        epochs: of all settings; where left out, those of params.yaml and of the changes.
    """
    section = load_section(group.key, group.section)
    augmentation = section.augmentation if isinstance(section, TrainCifar10) else None
    values = section.model_dump(include={each.name for each in fields(Setting)})
    default = Setting(
        **values,
        shift=augmentation.shift if augmentation else 0,
        mirror=augmentation.mirror if augmentation else "none",
    )
    named = {DEFAULT: default}
    for changes in grid:
        named[in_words(changes)] = replace(default, **changes)
    distinct: dict[Setting, str] = {}
    for name, setting in named.items():
        distinct.setdefault(replace(setting, epochs=epochs or setting.epochs), name)
    return {name: setting for setting, name in distinct.items()}


def read_runs(path: Path) -> dict[Run, dict[str, str]]:
    """Read the finished trainings, by what determines them."""
    return {run_of(row): row for row in read_csv(path)} if path.is_file() else {}


def run_of(row: Mapping[str, str]) -> Run:
    """Read a row's setting, network, number of images and seed."""
    setting = Setting(**typed(row, Setting))
    return Run(row["network"], setting, int(row["images"]), int(row["seed"]))


def typed(row: Mapping[str, str], kind: type[Any]) -> dict[str, Any]:
    """Convert the columns of a row that are fields of a dataclass, by the fields' types."""
    convert: Mapping[Any, Callable[[str], Any]] = {int: int, float: float}
    return {each.name: convert.get(each.type, str)(row[each.name]) for each in fields(kind)}


def in_words(changes: Mapping[str, Any]) -> str:
    """Name a setting by its changes of the default."""
    return ", ".join(f"{key} {value}" for key, value in changes.items())


def train_once(
    run: Run, group: Group, training: Split, validation: Split, machine: Machine
) -> dict[str, Any]:
    """Train a network, and make its row; accuracy and loss are NaN where the training diverges."""
    setting = asdict(run.setting)
    augment = Augmentation(
        len(training.labels),
        max_shift=run.setting.shift,
        mirror=run.setting.mirror,
        generator=new_generator(run.seed, "augmentation"),
    )
    config = replace(
        train_config(load_section(group.key, group.section)),
        **{name: value for name, value in setting.items() if name not in ("shift", "mirror")},
        min_steps=0,
        evaluations_per_epoch=1,
    )
    torch.manual_seed(stream_seed(run.seed, "weights"))
    network = group.networks[run.network]().to(training.images.device)
    shuffles = new_generator(run.seed, "shuffles")
    started = time.perf_counter()
    try:
        result = train(
            network, training, validation, config, shuffles, keep_best=False, augment=augment
        )
        accuracy, loss = result.eval_accuracy, result.curve[-1].eval_loss
    except FoolproofError:
        accuracy = loss = nan
    return {
        "network": run.network,
        **setting,
        "images": run.images,
        "seed": run.seed,
        "validation_accuracy": accuracy,
        "validation_loss": loss,
        "seconds": round(time.perf_counter() - started, 2),
        "precision": machine.precision,
        "cpu": machine.model,
        "instruction_set": machine.instruction_set,
        "threads": machine.threads,
    }


def percent(interval: Interval) -> str:
    """Print a mean with its interval in percent, or percentage points."""
    half = "" if interval["ci95"] is None else f" ± {100 * interval['ci95']:.2f}"
    return f"{round(100 * interval['mean'], 2) + 0.0:.2f}{half}"  # never -0.00


def table(accuracies: Mapping[str, Mapping[int, float]], network: str) -> list[str]:
    """Make the lines of a network's table, with a summary."""
    found = compare(accuracies)
    p_values = {name: each.p_value for name, each in found.items() if each.p_value is not None}
    adjusted = dict(zip(p_values, holm(list(p_values.values())), strict=True))
    lines = [f"{network:50}{'n':3}{'accuracy in %':16}{'difference in points':22}p (Holm)"]
    for name, each in found.items():
        difference = percent(each.difference) if each.difference else ""
        p_value = f"{adjusted[name]:.3f}" if name in adjusted else ""
        cells = f"  {name:48}{each.accuracy['n']:<3}{percent(each.accuracy):16}{difference:22}"
        lines.append(f"{cells}{p_value:10}{verdict(each, adjusted.get(name))}".rstrip())
    differing, remaining = (
        sum(value < 0.05 for value in values) for values in (p_values.values(), adjusted.values())
    )
    expected = f"{0.05 * len(p_values):.2g}"
    lines.append(
        f"  The 95 % interval of {differing} of {len(p_values)} differences excludes zero; "
        f"by chance alone {expected} would. After Holm's correction: {remaining}."
    )
    return lines


def accuracies_of(
    done: Mapping[Run, Mapping[str, str]], settings: Mapping[str, Setting], runs: Sequence[Run]
) -> dict[str, dict[str, dict[int, float]]]:
    """Arrange validation accuracies by network, name of the setting and seed.

    Where there are several networks, which share a setting, the last is the mean over all.
    """
    names = {setting: name for name, setting in settings.items()}
    found: dict[str, dict[str, dict[int, float]]] = {run.network: {} for run in runs}
    networks = list(found)
    title = "mean of " + ", ".join(networks)
    for run in (run for run in runs if run in done):
        name, shared = names[run.setting], {run._replace(network=each) for each in networks}
        values = {
            each.network: float(done[each]["validation_accuracy"]) for each in shared & done.keys()
        }
        found[run.network].setdefault(name, {})[run.seed] = values[run.network]
        if len(values) == len(networks) > 1:
            mean = sum(values.values()) / len(values)
            found.setdefault(title, {}).setdefault(name, {})[run.seed] = mean
    return found


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--group", choices=GROUPS, required=True)
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0")
    parser.add_argument("--threads", type=int, help="of the CPU; default: compute.threads")
    parser.add_argument("--epochs", type=int, help="of all settings")
    parser.add_argument("--images", type=int, help="so many of them only")
    parser.add_argument("--networks", nargs="+", help="default: all of the group")
    parser.add_argument("--settings", nargs="+", help="names as in the table; the default is added")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the CSV file")
    options = parser.parse_args(arguments)
    group = GROUPS[options.group]
    grids = yaml.safe_load((FOLDER / "grids.yaml").read_text(encoding="utf-8"))
    options.settings_by_name = settings_of(group, grids[options.group], options.epochs)
    for wanted, known in (
        (options.networks, group.networks),
        (options.settings, options.settings_by_name),
    ):
        if unknown := sorted(set(wanted or ()) - set(known)):
            parser.error(f"unknown: {', '.join(unknown)}; known: {'; '.join(known)}")
    if not group.data.is_file():
        parser.error(f"{group.data}: no such file; `dvc repro download` writes it")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the trainings that are missing, and print the tables."""
    options = parse_options(arguments)
    group, path = GROUPS[options.group], options.folder / f"{options.group}.csv"
    settings = {
        name: setting
        for name, setting in options.settings_by_name.items()
        if options.settings is None or name in (DEFAULT, *options.settings)
    }
    device = prepare_device(options.threads or load_section("compute", Compute).threads)
    wanted = load_section(group.key, group.section).precision
    machine = describe_machine(device, training_precision(wanted, device))
    split = load_training_set(group.data, device)
    if options.images:  # at random, since a data set may be sorted by class
        split = sample_images(split, options.images, new_generator(0))
    runs = [
        Run(network, setting, len(split.labels), seed)
        for seed in range(options.seeds)
        for setting in settings.values()
        for network in options.networks or group.networks
    ]
    done = read_runs(path)
    missing = [run for run in runs if run not in done]
    print(f"{machine}\n{len(missing)} of {len(runs)} trainings to run", flush=True)
    for number, run in enumerate(missing, 1):
        sets = train_val_split(split, HELD_OUT, new_generator(run.seed, "validation"))
        row = train_once(run, group, *sets, machine)
        write_csv(path, [*read_runs(path).values(), row])
        what = ", ".join(f"{key} {value}" for key, value in list(row.items())[:-4])
        print(f"{number}: {what}", flush=True)
    for network, accuracies in accuracies_of(read_runs(path), settings, runs).items():
        print("\n".join(["", *table(accuracies, network)]))


if __name__ == "__main__":
    main()
