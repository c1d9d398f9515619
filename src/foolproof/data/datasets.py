"""A data set as tensors in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from foolproof.core.errors import FoolproofError
from foolproof.data.arrays import read_arrays


class Split(NamedTuple):
    """Images and their labels."""

    images: Tensor
    """uint8, (N, C, H, W)."""

    labels: Tensor
    """int64, (N,)."""

    def take(self, indices: Tensor) -> "Split":
        """Select images by index, in that order."""
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Dataset:
    """A data set with its official split."""

    train: Split
    test: Split


def load_dataset(path: Path, device: torch.device, *, classes: int = 10) -> Dataset:
    """Load a `.npz` of a download stage: {train,test}_{images,labels}, grey or colour images.

    Raises:
        FoolproofError: when the file is missing or damaged, or a split has no images, another
            number of labels, or a label that is no class.
    """
    return Dataset(*_load_splits(path, ("train", "test"), device, classes))


def load_training_set(path: Path, device: torch.device, *, classes: int = 10) -> Split:
    """Load the training images of a data set, and leave its test images unread.

    Raises:
        FoolproofError: as `load_dataset`, for the arrays that are read.
    """
    return _load_splits(path, ("train",), device, classes)[0]


def _load_splits(
    path: Path, parts: Sequence[Literal["train", "test"]], device: torch.device, classes: int
) -> list[Split]:
    """Load and check the parts of a data set."""
    expected = {f"{part}_{what}" for part in parts for what in ("images", "labels")}
    arrays = read_arrays(path, expected)
    if missing := sorted(expected - arrays.keys()):
        raise FoolproofError(f"{path}: lacks the array {', '.join(missing)}")
    splits = []
    for part in parts:
        images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"]
        if len(images) == 0 or len(images) != len(labels):
            raise FoolproofError(
                f"{path}: {part} has {len(images)} images and {len(labels)} labels; "
                "expected as many of each, and at least one"
            )
        if labels.min() < 0 or labels.max() >= classes:
            raise FoolproofError(
                f"{path}: {part} has labels from {labels.min()} to {labels.max()}; "
                f"expected classes 0 to {classes - 1}"
            )
        tensor = torch.from_numpy(images)
        channels_first = tensor[:, None] if tensor.dim() == 3 else tensor.permute(0, 3, 1, 2)
        splits.append(Split(channels_first.to(device), torch.from_numpy(labels).long().to(device)))
    return splits


def sample_images(split: Split, number: int, generator: torch.Generator) -> Split:
    """Draw images at random without replacement, in the order of the data set.

    The first images of a data set are no sample of it: some are sorted by class.

    Args:
        split: the images.
        number: of images to draw, at least 1; where there are no more, all are taken.
        generator: of the draw, on the CPU.
    """
    if number >= len(split.labels):
        return split
    indices = torch.randperm(len(split.labels), generator=generator)[:number].sort().values
    return split.take(indices.to(split.labels.device))


def train_val_split(
    split: Split, fraction: float, generator: torch.Generator
) -> tuple[Split, Split]:
    """Split images at random into a training and a validation set, the latter a given fraction.

    Raises:
        FoolproofError: when either would be empty.
    """
    total = len(split.labels)
    validation = round(total * fraction)
    if not 0 < validation < total:
        raise FoolproofError(
            f"a validation fraction of {fraction} of {total} images leaves a set without images"
        )
    indices = torch.randperm(total, generator=generator).to(split.labels.device)
    return split.take(indices[validation:]), split.take(indices[:validation])
