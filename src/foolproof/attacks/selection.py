"""Random selection of images to attack; all generators are on the CPU."""

import logging

import torch
from torch import Tensor

log = logging.getLogger(__name__)


def choose(candidates: Tensor, number: int, generator: torch.Generator) -> Tensor:
    """Choose at random among the candidates of a mask (N,): indices of `number`, or of all."""
    indices = candidates.nonzero()[:, 0]
    order = torch.randperm(len(indices), generator=generator)[:number]
    return indices[order.to(indices.device)]


def choose_pairs(
    labels: Tensor, correct: Tensor, per_class: int, classes: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Choose correctly classified images of each class, and all their wrong classes as targets.

    Args:
        labels: true classes, (N,).
        correct: whether each image is classified correctly, (N,) bool.
        per_class: number of images of each class.
        classes: number of classes.
        generator: of the choice.

    Returns:
        Indices of the images and target classes, one of each for every pair.
    """
    chosen = [choose(correct & (labels == d), per_class, generator) for d in range(classes)]
    indices = torch.cat(chosen).repeat_interleave(classes)
    targets = torch.arange(classes, device=indices.device).repeat(len(indices) // classes)
    other = targets != labels[indices]
    return indices[other], targets[other]


def choose_one_per_class(labels: Tensor, predicted: Tensor, generator: torch.Generator) -> Tensor:
    """Choose for each class a correctly classified image.

    Args:
        labels: true classes, (N,).
        predicted: predicted classes, (N,).
        generator: of the choice.

    Returns:
        Indices in the order of the classes that have such an image, on the CPU; where no class has
        one, in the order of all classes.
    """
    order = torch.randperm(len(labels), generator=generator)
    allowed = correct_or_all(labels, predicted).cpu()[order]
    shuffled = labels.cpu()[order]
    return torch.stack(
        [order[allowed & (shuffled == digit)][0] for digit in shuffled[allowed].unique()]
    )


def choose_one_per_target(
    labels: Tensor, predicted: Tensor, classes: int, generator: torch.Generator
) -> Tensor:
    """Choose for each target class a correctly classified image of another class.

    Where there is none, as for the one class that a failed network sees everywhere, it is any
    image of another class.

    Args:
        labels: true classes, (N,), of two classes at least.
        predicted: predicted classes, (N,).
        classes: number of classes.
        generator: of the choice.

    Returns:
        Indices, (classes,).
    """
    indices = []
    correct = correct_or_all(labels, predicted)
    for target in range(classes):
        other = labels != target
        usable = correct & other
        candidates = torch.nonzero(usable if usable.any() else other)[:, 0]
        indices.append(candidates[torch.randint(len(candidates), (), generator=generator)])
    return torch.stack(indices)


def correct_or_all(labels: Tensor, predicted: Tensor) -> Tensor:
    """Mask the correctly classified images, (N,); all, and say so, where there is none."""
    correct = labels == predicted
    if not correct.any():
        log.warning("no image is classified correctly; all are taken")
        return torch.ones_like(correct)
    return correct
