"""Random selection of images to attack; all generators are on the CPU."""

import torch
from torch import Tensor


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
        Indices in the order of the classes that have such an image, on the CPU.
    """
    order = torch.randperm(len(labels), generator=generator)
    correct = (labels == predicted).cpu()[order]
    shuffled = labels.cpu()[order]
    return torch.stack(
        [order[correct & (shuffled == digit)][0] for digit in shuffled[correct].unique()]
    )


def choose_one_per_target(
    labels: Tensor, predicted: Tensor, classes: int, generator: torch.Generator
) -> Tensor:
    """Choose for each target class a correctly classified image of another class.

    Args:
        labels: true classes, (N,).
        predicted: predicted classes, (N,).
        classes: number of classes.
        generator: of the choice.

    Returns:
        Indices, (classes,).
    """
    indices = []
    for target in range(classes):
        candidates = torch.nonzero((predicted == labels) & (labels != target))[:, 0]
        indices.append(candidates[torch.randint(len(candidates), (), generator=generator)])
    return torch.stack(indices)
