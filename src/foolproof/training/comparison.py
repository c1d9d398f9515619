"""Paired comparisons of two networks that were trained with the same seeds."""

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foolproof.compute.intervals import (
    Interval,
    McNemar,
    Ratio,
    mcnemar,
    mean_with_interval,
    ratio_with_interval,
    sign_of,
)
from foolproof.compute.paired import paired_difference

# A p-value below it is significant, as is a 95 % interval without zero.
SIGNIFICANCE = 0.05


class LossComparison(TypedDict):
    """The training loss of one network minus that of another, by epoch."""

    differences: list[Interval]
    """After each epoch, over the seeds."""

    lower: int
    """Number of epochs whose interval lies below zero."""

    higher: int
    """Likewise above zero."""


class EpochsComparison(TypedDict):
    """The epochs that two networks need, over the seeds with which both reach the target."""

    difference: Interval | None
    ratio: Ratio | None


class EpochsToTarget(TypedDict):
    """The epochs that a network needs to reach a target."""

    reached: Interval | None
    """Over the seeds with which it is reached; None where there are none."""

    never: int
    """Number of the other seeds."""


class ImageComparison(McNemar):
    """Two networks on the same test images; the first of McNemar's test is the reference."""

    difference: Interval
    """Of the accuracies, over the images."""


class SeedComparison(ImageComparison):
    """The networks of one seed."""

    seed: int


class Significant(TypedDict):
    """The number of comparisons that are significant, by direction, and of all."""

    better: int
    worse: int
    n: int


def compare_training_losses(curve: pd.DataFrame, reference: pd.DataFrame) -> LossComparison:
    """Compare the mean training loss of each epoch, paired by seed.

    The intervals are pointwise: among 20 epochs without a difference, one is expected outside.

    Args:
        curve: a row for each seed and point, with the columns seed, epoch and training_loss. A
            point's loss is the mean since the previous one; the points of an epoch are averaged.
        reference: likewise, of the same seeds and epochs.
    """
    differences = [
        mean_with_interval(row.tolist())
        for _, row in (_loss_by_epoch(curve) - _loss_by_epoch(reference)).iterrows()
    ]
    signs = [sign_of(each) for each in differences]
    return LossComparison(differences=differences, lower=signs.count(-1), higher=signs.count(1))


def _loss_by_epoch(curve: pd.DataFrame) -> pd.DataFrame:
    """Average the training loss over the points of each epoch, by epoch (row) and seed."""
    by_epoch = curve.assign(epoch=np.ceil(curve["epoch"]))
    return by_epoch.pivot_table("training_loss", index="epoch", columns="seed")


def summarize_end(curve: pd.DataFrame) -> dict[str, Interval]:
    """Compute the mean over the seeds of each column at the last epoch.

    Args:
        curve: a row for each seed and point, with the columns seed and epoch.
    """
    end = curve[curve["epoch"] == curve["epoch"].max()].drop(columns=["seed", "epoch"])
    return {str(name): mean_with_interval(values.tolist()) for name, values in end.items()}


def summarize_epochs(epochs: Iterable[float | None]) -> EpochsToTarget:
    """Average the epochs of the seeds that reached the target, and count the others, None."""
    every = list(epochs)
    reached = [each for each in every if each is not None]
    return EpochsToTarget(
        reached=mean_with_interval(reached) if reached else None,
        never=len(every) - len(reached),
    )


def compare_epochs(
    epochs: Sequence[float | None], reference: Sequence[float | None]
) -> EpochsComparison:
    """Compare the epochs to a target, paired by seed.

    Args:
        epochs: of each seed, above 0; None where the target is never reached.
        reference: likewise, of the same seeds.
    """
    pairs = [
        (a, b) for a, b in zip(epochs, reference, strict=True) if a is not None and b is not None
    ]
    if not pairs:
        return EpochsComparison(difference=None, ratio=None)
    values, references = zip(*pairs, strict=True)
    return EpochsComparison(
        difference=paired_difference(values, references),
        ratio=ratio_with_interval(values, references),
    )


def compare_on_images(correct: NDArray[np.bool_], reference: NDArray[np.bool_]) -> ImageComparison:
    """Compare two networks on the same test images: accuracies, and McNemar's exact test.

    Args:
        correct: whether the network classifies each image correctly, (N,) bool.
        reference: likewise, of the network that it is compared with.
    """
    return ImageComparison(
        **mcnemar(reference, correct),
        difference=paired_difference(correct, reference),
    )


def count_significant(comparisons: Sequence[ImageComparison]) -> Significant:
    """Count the comparisons whose p-value is below SIGNIFICANCE, by direction."""
    gains = [
        each["only_second"] - each["only_first"]
        for each in comparisons
        if each["p_value"] < SIGNIFICANCE
    ]
    return Significant(
        better=sum(gain > 0 for gain in gains),
        worse=sum(gain < 0 for gain in gains),
        n=len(comparisons),
    )


def compare_predictions(
    predictions: dict[str, NDArray[Any]], reference: dict[str, NDArray[Any]]
) -> list[SeedComparison]:
    """Compare two networks on the same test images, for each seed.

    Args:
        predictions: the `seeds` (S,), and whether each image is `correct` (S, N) bool, as
            `TrainingRecorder` saves them.
        reference: likewise, of the same images; its seeds are paired in order.
    """
    return [
        SeedComparison(seed=int(seed), **compare_on_images(ours, theirs))
        for seed, ours, theirs in zip(
            predictions["seeds"], predictions["correct"], reference["correct"], strict=False
        )
    ]
