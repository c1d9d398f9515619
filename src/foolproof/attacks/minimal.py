"""Changes of photos as small as possible that make a target the likeliest class (HUJI 67103, 3)."""

from math import cos, pi

import torch
from torch import Tensor, nn

from foolproof.optimize.constraints import box
from foolproof.optimize.loop import Criterion, Evaluation, OptimizationResult, Step, optimize_input
from foolproof.optimize.objectives import log_probability
from foolproof.pretrained.load import chunks_of_photos

# Of the search for the smallest ball: how fast it grows and shrinks, where it starts, with pixels
# in [0, 1], and the first and last length of a step (Rony et al.'s values).
GAMMA, FIRST_RADIUS, FIRST_STEP, LAST_STEP = 0.05, 1.0, 1.0, 0.01

# Halvings of the line from the original to the result; the last is 0.1 % of it.
HALVINGS = 10


def few_steps(
    network: nn.Module, images: Tensor, targets: Tensor, *, step_size: float, steps: int
) -> OptimizationResult:
    """Increase log p(target) by steps of one length until the target is the likeliest class.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: (N, C, H, W), pixels in [0, 1].
        targets: classes, (N,).
        step_size: Euclidean length of a step.
        steps: the most to take.
    """
    return optimize_input(
        images,
        log_probability(network, targets),
        steps=steps,
        step=normalized_step(step_size),
        project=box(),
        stop=likeliest(targets),
    )


def ddn(
    network: nn.Module, images: Tensor, targets: Tensor, *, steps: int
) -> tuple[Tensor, Tensor]:
    """Search for the smallest Euclidean change that makes the target the likeliest class.

    Decoupled direction and norm (Rony et al., arXiv 1811.09600, algorithm 1): steps along the
    gradient of log p(target) on a sphere around the image, which shrinks by 5 % where the target
    is reached and grows by 5 % where it is not. Then the change is scaled down by bisection as
    long as the target stays the likeliest.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: (N, C, H, W), pixels in [0, 1].
        targets: classes, (N,).
        steps: how many.

    Returns:
        The images with the smallest change found, (N, C, H, W), which are the originals where
        none was found; and whether one was, (N,) bool.
    """
    search = _Search(network, images, targets)
    optimize_input(
        images,
        search.objective,
        steps=steps,
        step=_annealed_step(images, steps),
        project=search.project,
    )
    found = search.norms.isfinite()
    return _shortened(network, images, search.best, targets), found


class _Search:
    """A sphere around each image, and the smallest change so far that reached the target."""

    def __init__(self, network: nn.Module, images: Tensor, targets: Tensor) -> None:
        self.images, self.targets = images, targets
        self.best = images.clone()
        self.norms = images.new_full((len(images),), torch.inf)
        self._radii = images.new_full((len(images),), FIRST_RADIUS)
        self._log_probability = log_probability(network, targets)

    def objective(self, inputs: Tensor, rows: Tensor) -> Evaluation:
        """Evaluate log p(target), and let each sphere grow or shrink by what is found."""
        evaluation = self._log_probability(inputs, rows)
        reached = evaluation.logits.argmax(1) == self.targets[rows]
        norms = _norms(inputs.detach() - self.images[rows])
        better = reached & (norms < self.norms[rows])
        self.best[rows[better]] = inputs.detach()[better]
        self.norms[rows[better]] = norms[better]
        self._radii[rows] *= torch.where(reached, 1 - GAMMA, 1 + GAMMA)
        return evaluation

    def project(self, inputs: Tensor, rows: Tensor) -> Tensor:
        """Scale the change to the sphere, and keep the pixels valid."""
        change = inputs - self.images[rows]
        scale = self._radii[rows] / _norms(change).clamp(min=torch.finfo(change.dtype).tiny)
        return (self.images[rows] + scale[:, None, None, None] * change).clamp(0, 1)


@torch.no_grad()
def _shortened(network: nn.Module, images: Tensor, results: Tensor, targets: Tensor) -> Tensor:
    """Scale each change down, by bisection, as far as the target stays the likeliest class."""
    low, high = results.new_zeros(len(results)), results.new_ones(len(results))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        scaled = images + middle[:, None, None, None] * (results - images)
        logits = torch.cat([network(chunk) for chunk in chunks_of_photos(scaled)])
        reached = logits.argmax(1) == targets
        low, high = torch.where(reached, low, middle), torch.where(reached, middle, high)
    return images + high[:, None, None, None] * (results - images)


def normalized_step(length: float) -> Step:
    """Make the rule that goes `length` along the gradient, whatever its norm."""
    return lambda gradient, _: length * _unit(gradient)


def _annealed_step(images: Tensor, steps: int) -> Step:
    """Make the rule of normalized steps whose length falls along half a cosine."""
    counts = torch.zeros(len(images), dtype=torch.long)

    def step(gradient: Tensor, rows: Tensor) -> Tensor:
        taken = counts[rows.cpu()]
        counts[rows.cpu()] += 1
        lengths = gradient.new_tensor([_annealed(count / steps) for count in taken.tolist()])
        return lengths[:, None, None, None] * _unit(gradient)

    return step


def _annealed(progress: float) -> float:
    return LAST_STEP + (FIRST_STEP - LAST_STEP) * (1 + cos(pi * progress)) / 2


def likeliest(targets: Tensor) -> Criterion:
    """Make the criterion that `targets` (N,) are the likeliest classes."""
    return lambda logits, rows: logits.argmax(1) == targets[rows]


def _unit(gradient: Tensor) -> Tensor:
    """Scale the gradient (n, C, H, W) of each problem to length 1; zero stays zero."""
    norms = _norms(gradient).clamp(min=torch.finfo(gradient.dtype).tiny)
    return gradient / norms[:, None, None, None]


def _norms(images: Tensor) -> Tensor:
    """Compute the Euclidean norms (n,) of images (n, C, H, W)."""
    norms: Tensor = torch.linalg.vector_norm(images, dim=(1, 2, 3))
    return norms
