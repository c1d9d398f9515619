"""Pairs of a photo and a target class: requested by name, random, or one for each photo."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.photos.names import find_or_replace


class Example(NamedTuple):
    """Indices of a requested example, of its photo and of its target class."""

    request: int
    photo: int
    target: int


def choose_examples(
    requests: Sequence[tuple[str, str]],
    photos: Sequence[str],
    labels: Sequence[int],
    classes: Sequence[str],
    generator: torch.Generator,
) -> list[Example]:
    """Choose photos and targets by name, with replacements for those that do not exist.

    An unknown photo is replaced by the first that is neither requested nor taken. An unknown
    target, or one that is the photo's own class, is replaced by a random other class. Without
    photos left, there are fewer examples than requests.

    Args:
        requests: names of photos and of target classes.
        photos: names of the photos that can be attacked.
        labels: their true classes.
        classes: names of all classes, at least two.
        generator: of the random targets, on the CPU.
    """
    indices = find_or_replace([name for name, _ in requests], photos)
    chosen = []
    for request, ((_, name), photo) in enumerate(zip(requests, indices, strict=True)):
        if photo is None:
            continue
        target = classes.index(name) if name in classes else labels[photo]
        if target == labels[photo]:
            others = [other for other in range(len(classes)) if other != labels[photo]]
            target = others[int(torch.randint(len(others), (), generator=generator))]
        chosen.append(Example(request, photo, target))
    return chosen


def random_pairs(
    labels: Tensor, classes: int, number: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw distinct pairs of an image and a wrong class, uniformly at random.

    Args:
        labels: true classes of the images, (N,).
        classes: number of classes.
        number: of pairs; at most all N (classes - 1).
        generator: of the draws, on the CPU.

    Returns:
        Indices of the images and target classes, each (number,).
    """
    wrong = classes - 1
    chosen = torch.randperm(len(labels) * wrong, generator=generator)[:number].to(labels.device)
    indices, targets = chosen // wrong, chosen % wrong
    return indices, targets + (targets >= labels[indices])


def one_target_each(
    examples: Sequence[Example], labels: Tensor, classes: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Give each image one target: that of its example, otherwise a random wrong class.

    Args:
        examples: of distinct images.
        labels: true classes of the images, (N,).
        classes: number of classes, at least two.
        generator: of the draws, on the CPU.

    Returns:
        Indices of all images, those of the examples first and in their order, and the target
        classes of the images in this order; each (N,).
    """
    drawn = torch.randint(classes - 1, (len(labels),), generator=generator).to(labels.device)
    targets = drawn + (drawn >= labels)
    requested = torch.tensor(
        [(example.photo, example.target) for example in examples],
        dtype=torch.long,
        device=labels.device,
    ).view(-1, 2)
    chosen = requested[:, 0]
    targets = targets.index_copy(0, chosen, requested[:, 1])
    free = torch.ones_like(labels, dtype=torch.bool).index_fill(0, chosen, value=False)
    order = torch.cat([chosen, free.nonzero()[:, 0]])
    return order, targets[order]
