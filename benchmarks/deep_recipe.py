"""What each ingredient of the deep CIFAR-10 network's recipe is worth, on held-out images.

Run as `python -m benchmarks.deep_recipe`, once data/cifar10.npz is there. Each setting is the
recipe of params.yaml, `train.deep`, with the changes of one line of
benchmarks/recipes/ingredients.yaml. A tenth of the training images is held out, drawn from the
stream "validation" of each seed, and measured after the last epoch, once as it is and as the mean
over six views. The test images are not read.

The rows with `jpeg_quality` encode training and held-out images once more: what JPEG costs, where
the data are JPEGs already. The rows with more epochs are the ceiling of the network on these data.

As in benchmarks/recipes.py, finished trainings are in a CSV file, benchmarks/recipes/deep.csv, and
are not run again, and the differences are paired by seed; `--seeds 0` prints the tables only. A
training of 8 epochs takes 12 minutes on two threads with AVX-512 BF16. The seconds of the committed
file are those of a GPU that several programs shared, so that they differ by a factor of two.
"""

import argparse
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest.mock import patch

import numpy as np
import torch
import yaml
from PIL import Image
from torch import Tensor, nn

from benchmarks.recipes import CIFAR10, FOLDER, HELD_OUT, in_words, table, typed
from foolproof.compute.device import prepare_device
from foolproof.compute.machine import Machine, describe_machine, training_precision
from foolproof.compute.multiple_comparisons import DEFAULT
from foolproof.compute.seeds import new_generator, stream_seed
from foolproof.core.errors import FoolproofError
from foolproof.core.files import read_csv, write_csv
from foolproof.core.params import load_section
from foolproof.data.augmentation import Augmentation, Mirror
from foolproof.data.datasets import Split, load_training_set, sample_images, train_val_split
from foolproof.networks.cifar10 import deep_cnn, whitening_filters
from foolproof.networks.inference import mean_over_views
from foolproof.params.data import Compute
from foolproof.params.training import TrainDeep
from foolproof.training.config import SgdConfig, TrainConfig
from foolproof.training.loop import train
from foolproof.training.optimizers import make_optimizers
from foolproof.training.stage import train_config

KEY, PATCHED_IMAGES = "train.deep", 5000
CHANGES = FOLDER / "ingredients.yaml"


@dataclass(frozen=True)
class Recipe:
    """What is compared; the rest is as in params.yaml."""

    epochs: int
    batch_size: int
    filters: Literal["muon", "torch_muon", "sgd"]
    """The optimizer of the filters; torch_muon is `torch.optim.Muon` on the reshaped filters."""

    learning_rate: float
    """Of the filters."""

    momentum: float
    """Of the filters."""

    sgd_learning_rate: float
    head_learning_rate: float
    first_bias_epochs: int
    label_smoothing: float
    mirror: Mirror
    shift: int
    activation: Literal["gelu", "relu"]
    smallest: float
    """See `whitening_filters`."""

    jpeg_quality: int
    """With which all images are encoded once more; 100 for not at all."""


class Run(NamedTuple):
    """One training, of so many images, training and held-out ones together."""

    recipe: Recipe
    images: int
    seed: int


class TorchMuon(torch.optim.Optimizer):
    """`torch.optim.Muon` for filters, (N, C, H, W) with the channels last in memory."""

    def __init__(self, filters: Sequence[Tensor], *, lr: float, momentum: float) -> None:
        super().__init__(filters, {"lr": lr, "momentum": momentum})
        self.filters = filters
        self.matrices = [nn.Parameter(_matrix(each.data)) for each in filters]
        self.inner = torch.optim.Muon(
            self.matrices, lr=lr, momentum=momentum, weight_decay=0, ns_steps=3
        )

    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Take a step of the matrices, which share their memory with the filters."""
        for matrix, each in zip(self.matrices, self.filters, strict=True):
            assert each.grad is not None
            matrix.grad = each.grad.permute(0, 2, 3, 1).flatten(1).contiguous()
        self.inner.param_groups[0]["lr"] = self.param_groups[0]["lr"]
        self.inner.step()


def _matrix(filters: Tensor) -> Tensor:
    """View filters as a matrix with a row each."""
    return filters.permute(0, 2, 3, 1).view(len(filters), -1)


@contextmanager
def optimizer_of_filters(recipe: Recipe) -> Iterator[None]:
    """Within the context, let the training loop give the filters the recipe's optimizer."""

    def make(network: nn.Module, config: TrainConfig) -> list[torch.optim.Optimizer]:
        muon, others = make_optimizers(network, config)
        filters, rate = muon.param_groups[0]["params"], config.learning_rate
        if recipe.filters == "torch_muon":
            return [TorchMuon(filters, lr=rate, momentum=config.momentum), others]
        if recipe.filters == "sgd":
            sgd = torch.optim.SGD(filters, lr=rate, momentum=config.momentum, nesterov=True)
            return [sgd, others]
        return [muon, others]

    with patch("foolproof.training.loop.make_optimizers", make):
        yield


def default_recipe() -> Recipe:
    """Read the recipe of params.yaml."""
    settings = load_section(KEY, TrainDeep)
    return Recipe(
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        filters="muon",
        learning_rate=settings.learning_rate,
        momentum=settings.momentum,
        sgd_learning_rate=settings.sgd.learning_rate,
        head_learning_rate=settings.sgd.head_learning_rate,
        first_bias_epochs=settings.sgd.first_bias_epochs,
        label_smoothing=settings.label_smoothing,
        mirror=settings.augmentation.mirror,
        shift=settings.augmentation.shift,
        activation="gelu",
        smallest=5e-4,
        jpeg_quality=100,
    )


def recipes_by_name(changes: Sequence[Mapping[str, Any]]) -> dict[str, Recipe]:
    """List recipes by what is changed, the default first."""
    default = default_recipe()
    changed = {in_words(each): replace(default, **each) for each in changes}
    return {DEFAULT: default, **changed}


def config_of(recipe: Recipe) -> TrainConfig:
    """Convert a recipe."""
    config = train_config(load_section(KEY, TrainDeep))
    assert config.sgd is not None
    return replace(
        config,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        momentum=recipe.momentum,
        label_smoothing=recipe.label_smoothing,
        min_steps=0,
        sgd=SgdConfig(
            learning_rate=recipe.sgd_learning_rate,
            head_learning_rate=recipe.head_learning_rate,
            momentum=config.sgd.momentum,
            first_bias_epochs=recipe.first_bias_epochs,
        ),
    )


def encode_again(split: Split, quality: int) -> Split:
    """Encode images as JPEG with Pillow's quality and halved chroma, and decode them."""
    pictures = []
    for image in split.images.permute(0, 2, 3, 1).cpu().numpy():
        encoded = io.BytesIO()
        Image.fromarray(image).save(encoded, "JPEG", quality=quality)
        pictures.append(np.asarray(Image.open(encoded)))
    images = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return Split(images.to(split.images.device), split.labels)


def build(recipe: Recipe, training: Split) -> nn.Module:
    """Make an untrained network; the filters whiten the patches of random training images."""
    patched = sample_images(training, PATCHED_IMAGES, new_generator(0, "images"))
    network = deep_cnn(whitening_filters(patched.images, smallest=recipe.smallest))
    if recipe.activation == "relu":
        for name, layer in network.named_children():
            if isinstance(layer, nn.GELU):
                network.set_submodule(name, nn.ReLU())
    return network.to(training.images.device)


def train_once(run: Run, training: Split, validation: Split, machine: Machine) -> dict[str, Any]:
    """Train a network, and make its row; accuracies are NaN where the training diverges."""
    recipe = run.recipe
    augment = Augmentation(
        len(training.labels),
        max_shift=recipe.shift,
        mirror=recipe.mirror,
        generator=new_generator(run.seed, "augmentation"),
    )
    torch.manual_seed(stream_seed(run.seed, "weights"))
    network, shuffles = build(recipe, training), new_generator(run.seed, "shuffles")
    measured = dict.fromkeys(("accuracy", "six_views", "training_accuracy"), float("nan"))
    started = time.perf_counter()
    try:
        with optimizer_of_filters(recipe):
            result = train(
                network,
                training,
                validation,
                config_of(recipe),
                shuffles,
                keep_best=False,
                augment=augment,
            )
        seconds = time.perf_counter() - started
        with torch.no_grad():
            views = mean_over_views(network.eval(), validation.images).argmax(1)
        measured = {
            "accuracy": result.eval_accuracy,
            "six_views": (views == validation.labels).double().mean().item(),
            "training_accuracy": result.curve[-1].training_accuracy,
        }
    except FoolproofError:
        seconds = time.perf_counter() - started
    return {
        **asdict(recipe),
        "images": run.images,
        "seed": run.seed,
        **measured,
        "seconds": round(seconds, 2),
        "precision": machine.precision,
        "processor": machine.model,
        "instruction_set": machine.instruction_set,
        "threads": machine.threads,
    }


def read_runs(path: Path) -> dict[Run, dict[str, str]]:
    """Read the finished trainings, by what determines them."""
    return {run_of(row): row for row in read_csv(path)} if path.is_file() else {}


def run_of(row: Mapping[str, str]) -> Run:
    """Read a row's recipe, number of images and seed."""
    return Run(Recipe(**typed(row, Recipe)), int(row["images"]), int(row["seed"]))


def print_tables(
    done: Mapping[Run, Mapping[str, str]], recipes: Mapping[str, Recipe], images: int
) -> None:
    """Print accuracies without and with six views, and the mean seconds of a training."""
    named = {recipe: name for name, recipe in recipes.items()}
    rows = [(run, row) for run, row in done.items() if run.recipe in named and run.images == images]
    for column, title in (("accuracy", "one view"), ("six_views", "six views")):
        accuracies: dict[str, dict[int, float]] = {
            name: {run.seed: float(row[column]) for run, row in rows if named[run.recipe] == name}
            for name in recipes
        }
        present = {name: values for name, values in accuracies.items() if values}
        print("\n".join(["", *table(present, title)]))
    print("\nseconds of a training, mean")
    for name, recipe in recipes.items():
        seconds = [float(row["seconds"]) for run, row in rows if run.recipe == recipe]
        if seconds:
            print(f"  {name:48}{sum(seconds) / len(seconds):.1f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the trainings that are missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0")
    parser.add_argument("--threads", type=int, help="of the CPU; default: compute.threads")
    parser.add_argument("--images", type=int, help="so many of them only")
    parser.add_argument("--epochs", type=int, help="of all settings")
    parser.add_argument("--settings", nargs="+", help="names as in the table; the default is added")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the CSV file")
    options = parser.parse_args(arguments)
    recipes = recipes_by_name(yaml.safe_load(CHANGES.read_text(encoding="utf-8")))
    if unknown := sorted(set(options.settings or ()) - recipes.keys()):
        parser.error(f"unknown: {', '.join(unknown)}; known: {'; '.join(recipes)}")
    if not CIFAR10.is_file():
        parser.error(f"{CIFAR10}: no such file; `dvc repro download` writes it")
    recipes = {
        name: replace(recipe, epochs=options.epochs or recipe.epochs)
        for name, recipe in recipes.items()
        if options.settings is None or name in (DEFAULT, *options.settings)
    }
    device = prepare_device(options.threads or load_section("compute", Compute).threads)
    wanted = load_section(KEY, TrainDeep).precision
    machine = describe_machine(device, training_precision(wanted, device))
    split = load_training_set(CIFAR10, device)
    if options.images:  # at random, since a data set may be sorted by class
        split = sample_images(split, options.images, new_generator(0))
    path, images = options.folder / "deep.csv", len(split.labels)
    encoded = {100: split}
    wanted_runs = [
        Run(recipe, images, seed) for seed in range(options.seeds) for recipe in recipes.values()
    ]
    done = read_runs(path)
    missing = [run for run in wanted_runs if run not in done]
    print(f"{machine}\n{len(missing)} of {len(wanted_runs)} trainings to run", flush=True)
    for number, run in enumerate(missing, 1):
        quality = run.recipe.jpeg_quality
        if quality not in encoded:
            encoded[quality] = encode_again(split, quality)
        chosen = new_generator(run.seed, "validation")
        row = train_once(run, *train_val_split(encoded[quality], HELD_OUT, chosen), machine)
        write_csv(path, [*read_runs(path).values(), row])
        what = ", ".join(f"{key} {value}" for key, value in list(row.items())[:-4])
        print(f"{number}: {what}", flush=True)
    print_tables(read_runs(path), recipes, images)


if __name__ == "__main__":
    main()
