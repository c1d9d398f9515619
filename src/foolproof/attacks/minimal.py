"""Minimal L2 perturbations that make a target the top-1 class (HUJI 67103, 3)."""

import logging
from collections.abc import Sequence
from math import cos, pi

import torch
from torch import Tensor, nn

from foolproof.optimize.constraints import box
from foolproof.optimize.criteria import classified_as
from foolproof.optimize.loop import Evaluation, OptimizationResult, Step, optimize_input
from foolproof.optimize.objectives import log_probability
from foolproof.optimize.steps import l2_norms, normalized, normalized_step
from foolproof.photos.preprocess import chunks_of_photos

# Of DDN: relative change of the radius, its initial value with pixels in [0, 1], and the first
# and last length of a step (values of Rony et al.).
GAMMA, FIRST_RADIUS, FIRST_STEP, LAST_STEP = 0.05, 1.0, 1.0, 0.01

# Bisections of the line from the original to the result; the last interval is 0.1 % of it.
BISECTIONS = 10


def normalized_steps(
    network: nn.Module, images: Tensor, targets: Tensor, *, step_size: float, steps: int
) -> OptimizationResult:
    """Maximize log p(target) by normalized gradient steps until the target is the top-1 class.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: (N, C, H, W), pixels in [0, 1].
        targets: classes, (N,).
        step_size: L2 norm of a step.
        steps: max number of steps.
    """
    return optimize_input(
        images,
        log_probability(network, targets),
        steps=steps,
        step=normalized_step(step_size),
        project=box(),
        stop=classified_as(targets),
    )


def ddn(
    network: nn.Module, images: Tensor, targets: Tensor, *, steps: int
) -> tuple[Tensor, Tensor]:
    """Minimize the L2 norm of a perturbation that makes the target the top-1 class.

    Decoupled direction and norm (DDN, Rony et al., arXiv 1811.09600, algorithm 1): steps along the
    gradient of log p(target) on a sphere around the image. Its radius shrinks by 5 % where the
    target is the top-1 class, and grows by 5 % where it is not. Then bisection scales the smallest
    successful perturbation down as long as it is successful. The paper's rounding to 8 bits in
    each step is left out.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: (N, C, H, W), pixels in [0, 1].
        targets: classes, (N,).
        steps: number of steps.

    Returns:
        The images with the smallest perturbations found, (N, C, H, W), the originals without
        success; and the success, (N,) bool.
    """
    search = _DdnSearch(network, images, targets)
    optimize_input(
        images,
        search.objective,
        steps=steps,
        step=_annealed_step(images, steps),
        project=search.project,
    )
    success = search.norms.isfinite()
    return _bisected(network, images, search.best, targets), success


class _DdnSearch:
    """A sphere around each image, and the smallest successful perturbation so far."""

    def __init__(self, network: nn.Module, images: Tensor, targets: Tensor) -> None:
        self.images, self.targets = images, targets
        self.best = images.clone()
        self.norms = images.new_full((len(images),), torch.inf)
        self._radii = images.new_full((len(images),), FIRST_RADIUS)
        self._log_probability = log_probability(network, targets)

    def objective(self, inputs: Tensor, indices: Tensor) -> Evaluation:
        """Evaluate log p(target), and shrink or grow each sphere."""
        evaluation = self._log_probability(inputs, indices)
        success = evaluation.logits.argmax(1) == self.targets[indices]
        norms = l2_norms(inputs.detach() - self.images[indices])
        better = success & (norms < self.norms[indices])
        self.best[indices[better]] = inputs.detach()[better]
        self.norms[indices[better]] = norms[better]
        self._radii[indices] *= torch.where(success, 1 - GAMMA, 1 + GAMMA)
        return evaluation

    def project(self, inputs: Tensor, indices: Tensor) -> Tensor:
        """Scale the perturbations to the spheres, and clip the pixels."""
        change = inputs - self.images[indices]
        scale = self._radii[indices] / l2_norms(change).clamp(min=torch.finfo(change.dtype).tiny)
        return (self.images[indices] + scale[:, None, None, None] * change).clamp(0, 1)


@torch.no_grad()
def _bisected(network: nn.Module, images: Tensor, results: Tensor, targets: Tensor) -> Tensor:
    """Scale each perturbation down by bisection, with the target still the top-1 class."""
    low, high = results.new_zeros(len(results)), results.new_ones(len(results))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        scaled = images + middle[:, None, None, None] * (results - images)
        logits = torch.cat([network(chunk) for chunk in chunks_of_photos(scaled)])
        success = logits.argmax(1) == targets
        low, high = torch.where(success, low, middle), torch.where(success, middle, high)
    return images + high[:, None, None, None] * (results - images)


def _annealed_step(images: Tensor, steps: int) -> Step:
    """Make the step along the gradient whose length falls along half a cosine."""
    counts = torch.zeros(len(images), dtype=torch.long)

    def step(gradient: Tensor, indices: Tensor) -> Tensor:
        taken = counts[indices.cpu()]
        counts[indices.cpu()] += 1
        lengths = gradient.new_tensor([_annealed(count / steps) for count in taken.tolist()])
        return lengths[:, None, None, None] * normalized(gradient)

    return step


def _annealed(progress: float) -> float:
    return LAST_STEP + (FIRST_STEP - LAST_STEP) * (1 + cos(pi * progress)) / 2


def possible_ranks(ranks: Sequence[int], classes: int) -> list[int]:
    """Keep the ranks from 1 to the number of classes; without one, take the last."""
    possible = [rank for rank in ranks if rank <= classes] or [classes]
    if missing := sorted(set(ranks) - set(possible)):
        logging.warning(
            "%d classes have no rank %s: the targets are of rank %s",
            classes,
            ", ".join(map(str, missing)),
            ", ".join(map(str, possible)),
        )
    return possible


def targets_of_ranks(logits: Tensor, ranks: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Pair each of N images with its classes of R ranks, by descending logit.

    Args:
        logits: of the originals, (N, classes).
        ranks: from 1.

    Returns:
        Indices of the images, ranks and target classes, each (N R,); the first two on the CPU.
    """
    order = logits.argsort(dim=1, descending=True, stable=True)
    indices = torch.arange(len(logits)).repeat_interleave(len(ranks))
    of_pairs = torch.tensor(ranks).repeat(len(logits))
    return indices, of_pairs, order[indices, of_pairs - 1]
