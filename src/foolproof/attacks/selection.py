"""Choosing at random what to attack."""

import torch
from torch import Tensor


def choose(candidates: Tensor, number: int, generator: torch.Generator) -> Tensor:
    """Choose rows at random among those of a mask (N,): `number` of them, or all there are."""
    rows = candidates.nonzero()[:, 0]
    order = torch.randperm(len(rows), generator=generator)[:number]
    return rows[order.to(rows.device)]


def choose_pairs(
    labels: Tensor, correct: Tensor, per_class: int, classes: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Choose correctly classified images of each class: rows and targets, all but the true one."""
    chosen = [choose(correct & (labels == d), per_class, generator) for d in range(classes)]
    rows = torch.cat(chosen).repeat_interleave(classes)
    targets = torch.arange(classes, device=rows.device).repeat(len(rows) // classes)
    other = targets != labels[rows]
    return rows[other], targets[other]
