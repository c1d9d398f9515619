"""Training settings of MNIST, CIS680 and CIFAR-10, compared on held-out training images.

Run as `python benchmarks/recipes.py --group mnist|cis680|cifar10`, once data/<data set>.npz is
there. Each setting is the default of params.yaml with the changes of one line of
benchmarks/recipes/grids.yaml. A tenth of the training images is held out, drawn from the stream "validation" of each seed; the accuracy is
that of the last epoch on these images. The test images are not read.

A finished training is appended to benchmarks/recipes/<group>.csv, and a training that is in the
file is not run again: an interrupted run goes on, and a complete one prints its table only. All
settings take turns within a seed, so that an interrupted run compares equal seeds.

The table has means with 95 % intervals over the seeds, and differences from the default, paired by
seed: both have the same initial weights, shuffles and held-out images. Among many settings some
differ by chance, so p-values are also adjusted by Holm's method. The best mean of many is too high
on average; a setting that was chosen here is measured on the test images afterwards.

On one thread of an AMD EPYC with AVX-512 BF16 a training takes about 40 s for mnist, 90 s for
cis680 and 8 minutes for cifar10; `--settings`, `--networks` and `--epochs` reduce the grid.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import isnan, nan
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
import yaml
from torch import nn

from foolproof.compute.device import prepare_device
from foolproof.compute.intervals import Interval
from foolproof.compute.machine import Machine, describe_machine, training_precision
from foolproof.compute.multiple_comparisons import DEFAULT, Comparison, compare, holm
from foolproof.compute.seeds import new_generator, stream_seed
from foolproof.core.errors import FoolproofError
from foolproof.core.files import read_csv, write_csv
from foolproof.core.params import load_section
from foolproof.data.augmentation import Augmentation, Mirror
from foolproof.data.datasets import Split, load_training_set, train_val_split
from foolproof.networks import cifar10, cis680, mnist
from foolproof.params.data import Compute
from foolproof.params.training import TrainCifar10, TrainCis680, TrainMnist, TrainSettings
from foolproof.training.loop import train
from foolproof.training.stage import train_config

HELD_OUT = 0.1
MEAN = "mean"
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


GROUPS: Mapping[str, Group] = {
    "mnist": Group("train.mnist", TrainMnist, Path("data/mnist.npz"), mnist.NETWORKS),
    "cis680": Group(
        "train.cis680",
        TrainCis680,
        Path("data/mnist.npz"),
        {"first": cis680.NETWORKS["first"]},
    ),
    "cifar10": Group(
        "train.cifar10",
        TrainCifar10,
        Path("data/cifar10.npz"),
        {name: cifar10.NETWORKS[name] for name in ("nobn", "bn")},
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
        name = ", ".join(f"{key} {value}" for key, value in changes.items())
        named[name] = replace(default, **changes)
    distinct: dict[Setting, str] = {}
    for name, setting in named.items():
        distinct.setdefault(replace(setting, epochs=epochs or setting.epochs), name)
    return {name: setting for setting, name in distinct.items()}


def read_runs(path: Path) -> dict[Run, dict[str, str]]:
    """Read the finished trainings, by what determines them."""
    return {run_of(row): row for row in read_csv(path)} if path.is_file() else {}


def run_of(row: Mapping[str, str]) -> Run:
    """Read a row's setting, network, number of images and seed."""
    convert: Mapping[Any, Callable[[str], Any]] = {int: int, float: float}
    setting = Setting(
        **{each.name: convert.get(each.type, str)(row[each.name]) for each in fields(Setting)}
    )
    return Run(row["network"], setting, int(row["images"]), int(row["seed"]))


def train_once(
    run: Run, group: Group, sets: tuple[Split, Split], machine: Machine
) -> dict[str, Any]:
    """Train a network, and make its row; the accuracy of a training that diverges is NaN."""
    setting, seed = run.setting, run.seed
    training, validation = sets
    config = replace(
        train_config(load_section(group.key, group.section)),
        optimizer=setting.optimizer,
        learning_rate=setting.learning_rate,
        batch_size=setting.batch_size,
        weight_decay=setting.weight_decay,
        label_smoothing=setting.label_smoothing,
        warmup=setting.warmup,
        momentum=setting.momentum,
        epochs=setting.epochs,
        min_steps=0,
        evaluations_per_epoch=1,
    )
    augmentation = Augmentation(
        len(training.labels),
        max_shift=setting.shift,
        mirror=setting.mirror,
        generator=new_generator(seed, "augmentation"),
    )
    torch.manual_seed(stream_seed(seed, "weights"))
    network = group.networks[run.network]().to(training.images.device)
    started = time.perf_counter()
    try:
        shuffles = new_generator(seed, "shuffles")
        augment = augmentation if setting.shift or setting.mirror != "none" else None
        result = train(
            network, training, validation, config, shuffles, keep_best=False, augment=augment
        )
        accuracy, loss = result.eval_accuracy, result.curve[-1].eval_loss
    except FoolproofError:
        accuracy = loss = nan
    return {
        "network": run.network,
        **asdict(setting),
        "images": run.images,
        "seed": seed,
        "validation_accuracy": accuracy,
        "validation_loss": loss,
        "seconds": round(time.perf_counter() - started, 2),
        "precision": machine.precision,
        "cpu": machine.model,
        "instruction_set": machine.instruction_set,
        "threads": machine.threads,
    }


def verdict(found: Comparison, adjusted: float | None) -> str:
    """Say whether a setting differs significantly from the default."""
    if found.difference is None:
        return ""
    if found.p_value is None or adjusted is None:
        return "diverged" if isnan(found.difference["mean"]) else "one seed: no interval"
    if found.p_value >= 0.05:
        return "no significant difference"
    direction = "better" if found.difference["mean"] > 0 else "worse"
    return direction if adjusted < 0.05 else f"{direction}, not after Holm's correction"


def percent(interval: Interval | None) -> str:
    """Print a mean with its interval in percent, or percentage points."""
    if interval is None:
        return ""
    half = "" if interval["ci95"] is None else f" ± {100 * interval['ci95']:.2f}"
    return f"{100 * interval['mean']:.2f}{half}"


def table(accuracies: Mapping[str, Mapping[int, float]], network: str) -> list[str]:
    """Make the lines of a network's table, with a summary."""
    found = compare(accuracies)
    tested = {name: each.p_value for name, each in found.items() if each.p_value is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    lines = [f"{network:48} n  accuracy in %   difference in points  p (Holm)"]
    for name, each in found.items():
        p_value = f"{adjusted[name]:.3f}" if name in adjusted else ""
        lines.append(
            f"  {name:46} {each.accuracy['n']:<2} {percent(each.accuracy):15} "
            f"{percent(each.difference):21} {p_value:9} {verdict(each, adjusted.get(name))}".rstrip()
        )
    differing = sum(value < 0.05 for value in tested.values())
    remaining = sum(value < 0.05 for value in adjusted.values())
    lines.append(
        f"  {differing} of {len(tested)} settings differ from the default by their 95 % interval; "
        f"by chance alone {0.05 * len(tested):.1f} would. After Holm's correction: {remaining}."
    )
    return lines


def report(runs: Sequence[Run], done: Mapping[Run, Mapping[str, str]], names: Sequence[str]) -> str:
    """Make the tables of all networks, and of the mean over them, which share a setting."""
    lines: list[str] = []
    settings = dict.fromkeys(run.setting for run in runs)
    labels = dict(zip(settings, names, strict=True))
    networks = list(dict.fromkeys(run.network for run in runs))
    tables: dict[str, dict[str, dict[int, float]]] = {network: {} for network in networks}
    for run in runs:
        if run in done:
            value = float(done[run]["validation_accuracy"])
            tables[run.network].setdefault(labels[run.setting], {})[run.seed] = value
    if len(networks) > 1:
        tables[MEAN] = mean_of(list(tables.values()))
    for network, accuracies in tables.items():
        lines += [*table(accuracies, network), ""]
    return "\n".join(lines)


def mean_of(
    tables: Sequence[Mapping[str, Mapping[int, float]]],
) -> dict[str, dict[int, float]]:
    """Average accuracies over networks, for the settings and seeds that all have."""
    first, *others = tables
    return {
        name: {
            seed: sum(table[name][seed] for table in tables) / len(tables)
            for seed in own
            if all(seed in table[name] for table in others)
        }
        for name, own in first.items()
        if all(name in table and own.keys() & table[name].keys() for table in others)
    }


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--group", choices=GROUPS, required=True)
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0")
    parser.add_argument("--threads", type=int, help="of the CPU; default: compute.threads")
    parser.add_argument("--epochs", type=int, help="of all settings")
    parser.add_argument("--images", type=int, help="the first so many training images only")
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
    precision = training_precision(
        train_config(load_section(group.key, group.section)).precision, device
    )
    machine = describe_machine(device, precision)
    split = load_training_set(group.data, device)
    split = Split(*(each[: options.images] for each in split))
    runs = [
        Run(network, setting, len(split.labels), seed)
        for seed in range(options.seeds)
        for setting in settings.values()
        for network in options.networks or group.networks
    ]
    missing = [run for run in runs if run not in read_runs(path)]
    print(f"{machine}\n{len(missing)} of {len(runs)} trainings to run", flush=True)
    for number, run in enumerate(missing, 1):
        sets = train_val_split(split, HELD_OUT, new_generator(run.seed, "validation"))
        row = train_once(run, group, sets, machine)
        write_csv(path, [*read_runs(path).values(), row])
        print(f"{number}: {', '.join(str(value) for value in list(row.values())[:-4])}", flush=True)
    print(report(runs, read_runs(path), list(settings)))


if __name__ == "__main__":
    main()
