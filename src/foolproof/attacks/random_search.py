"""Random search within a ball: an attack that needs no gradient."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.attacks.ball import check_arguments
from foolproof.attacks.geometry import Norm, ball_of
from foolproof.attacks.result import AttackResult, record
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.chunks import chunk_size
from foolproof.compute.seeds import new_generator
from foolproof.optimize.constraints import Constraint
from foolproof.optimize.criteria import Misclassified
from foolproof.optimize.objectives import Margin

# Share of the pixels in the first windows, and the queries, of 10,000, after which it is halved.
FIRST_SHARE = 0.8
HALVED_AFTER = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)


class _Shape(NamedTuple):
    """Images as (channels, height, width)."""

    channels: int
    height: int
    width: int


def random_search(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    eps: float,
    norm: Norm = "linf",
    queries: int = 500,
    seed: int = 0,
) -> AttackResult:
    """Change random square windows of the images, and keep what raises the margin loss.

    For "linf" it is the Square Attack (Andriushchenko et al., arXiv 1912.00049): it begins with
    vertical stripes, and each window moves to a corner of the ball. For "l2" a window of L2 norm
    eps is added instead, and the sum projected onto the ball.

    Args:
        model: made by `fp.classifier`.
        x: images, (N, C, H, W), or vectors (N, D), within `model.bounds`.
        y: true classes, (N,) int64.
        eps: max L-infinity or L2 norm of x_adv - x, in units of the pixels.
        norm: "linf" or "l2".
        queries: max number of forward passes of each image.
        seed: of windows and signs, which are the same for all images, on the CPU.

    Returns:
        The record; `history` is (1, N), the margin loss of x_adv.

    Raises:
        ValueError: for pixels out of range, invalid classes, norm or eps, or no query.
    """
    check_arguments(model, x, y, None, norm, eps=eps, queries=queries)
    x = x.detach()
    shape = _Shape(*(x.shape[1:] if x.dim() == 4 else (1, 1, x[0].numel())))
    windows = _draw_windows(shape, eps, norm, queries, seed)
    parts = [
        _search(model, ball_of(norm, model, x[chunk], eps), x[chunk], y[chunk], windows)
        for chunk in torch.arange(len(x), device=x.device).split(chunk_size(x))
    ]
    images, values, used = (torch.cat(part) for part in zip(*parts, strict=True))
    return record(
        model, x, images, Misclassified(y), steps=used, queries=used, history=values[None]
    )


def _draw_windows(shape: _Shape, eps: float, norm: Norm, queries: int, seed: int) -> list[Tensor]:
    """Draw the changes of all queries, (C, H, W) each; the first are stripes over the image."""
    generator = new_generator(seed)

    def signs(*sides: int) -> Tensor:
        return 2 * torch.randint(2, sides, generator=generator).float() - 1

    stripes = signs(shape.channels, 1, shape.width).expand(shape)
    windows = [_scaled(stripes, eps if norm == "linf" else None, eps)]
    for query in range(1, queries):
        area = _share(query, queries) * shape.height * shape.width
        height = min(max(round(area**0.5), 1), shape.height)
        width = min(max(round(area / height), 1), shape.width)
        top, left = (
            int(torch.randint(whole - side + 1, (), generator=generator))
            for whole, side in ((shape.height, height), (shape.width, width))
        )
        window = torch.zeros(shape)
        window[:, top : top + height, left : left + width] = signs(shape.channels, 1, 1)
        windows.append(_scaled(window, 2 * eps if norm == "linf" else None, eps))
    return windows


def _scaled(window: Tensor, size: float | None, length: float) -> Tensor:
    """Scale signs to a size of each number, or without one to an L2 norm."""
    return window * (length / window.norm() if size is None else size)


def _share(query: int, queries: int) -> float:
    """Compute the share of the pixels in a window, by the schedule of the paper."""
    done: float = 10_000 * query / queries
    halvings = sum(done > each for each in HALVED_AFTER)
    return FIRST_SHARE * 0.5**halvings


@torch.no_grad()
def _search(
    model: Classifier, ball: Constraint, x: Tensor, y: Tensor, windows: Sequence[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Search for the images of one chunk; returns images, margin losses and queries used."""
    best, values = x.clone(), x.new_full((len(x),), -torch.inf)
    used = torch.zeros_like(y)
    left = torch.arange(len(x), device=x.device)
    for window in windows:
        change = window.to(x).view(x.shape[1:])
        images = ball.at(left)(best[left] + change)
        logits = predict(model, images)
        found, success = Margin(y[left]).value(logits), Misclassified(y[left])(logits)
        used[left] += 1
        better = success | (found > values[left])
        best[left[better]], values[left[better]] = images[better], found[better]
        left = left[~success]
        if not len(left):
            break
    return best, values, used
