"""A data set as tensors in memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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
    arrays = read_arrays(path)
    expected = {f"{part}_{what}" for part in ("train", "test") for what in ("images", "labels")}
    if missing := sorted(expected - arrays.keys()):
        raise FoolproofError(f"{path}: lacks the array {', '.join(missing)}")
    parts = []
    for part in ("train", "test"):
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
        parts.append(Split(channels_first.to(device), torch.from_numpy(labels).long().to(device)))
    return Dataset(*parts)


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
