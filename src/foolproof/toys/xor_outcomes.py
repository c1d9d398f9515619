"""What networks that learn XOR come to, and why some of them fail (CIS680, 2)."""

from math import log
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.toys.xor import (
    POINTS,
    Training,
    confidences,
    hidden_units,
    output_logits,
    xor_logits,
    xor_loss,
)


def _best_with_merged(positives: int, negatives: int) -> float:
    """Give the least loss when these of the four points get one output and the others no loss.

    The best output is the share q of positives among them; each then costs the entropy
    -q ln q - (1 - q) ln(1 - q), and the loss is the mean over all four points.
    """
    count = positives + negatives
    return -(positives * log(positives / count) + negatives * log(negatives / count)) / 4


# By how many points have one output in common, the least loss: ln 2 / 2 = 0.347 for two of
# different labels, (3 ln 3 - 2 ln 2) / 4 = 0.477 for three, ln 2 = 0.693 for all four.
LEVELS = {2: _best_with_merged(1, 1), 3: _best_with_merged(2, 1), 4: _best_with_merged(2, 2)}

SOLVED, DESCENDING = "solved", "descending"
MERGED = {2: "two_merged", 3: "three_merged", 4: "four_merged"}
OUTCOMES = (SOLVED, *MERGED.values(), DESCENDING)


def classify(
    training: Training, *, confidence: float, level_tolerance: float, flat_gradient: float
) -> NDArray[np.str_]:
    """Say of each network which of `OUTCOMES` it came to.

    Solved: every point's own label has the wanted probability. Otherwise the points that lack it
    are counted. They are merged when there are two, three or four of them, the loss is what one
    output for all of them costs at best, and the gradient is flat. All else is still descending.

    Args:
        training: the finished training of networks (...).
        confidence: the probability of a point's own label that counts as solved.
        level_tolerance: how far the loss may be from that cost.
        flat_gradient: the norm below which a gradient is flat.

    Returns:
        Names, (...).
    """
    lacking = (confidences(training.logits) < confidence).sum(-1)
    flat = training.gradients.norm(dim=-1) < flat_gradient
    outcomes = np.full(lacking.shape, DESCENDING, dtype=np.array(OUTCOMES).dtype)
    outcomes[(lacking == 0).numpy()] = SOLVED
    for count, level in LEVELS.items():
        near = (training.losses[-1] - level).abs() < level_tolerance
        outcomes[((lacking == count) & near & flat).numpy()] = MERGED[count]
    return outcomes


def smallest_curvature(parameters: Tensor) -> Tensor:
    """Compute the smallest eigenvalue (...) of the Hessian of the loss of networks (..., 9).

    Where it is positive no direction leads down but the gradient's; where it is negative there is
    one along which a gradient descent leaves, the more slowly the nearer it is to zero.
    """
    parameters = parameters.detach().requires_grad_()
    loss = xor_loss(xor_logits(parameters, torch.tanh)).sum()
    (gradient,) = torch.autograd.grad(loss, parameters, create_graph=True)
    rows = [
        torch.autograd.grad(part.sum(), parameters, retain_graph=True)[0]
        for part in gradient.unbind(-1)
    ]
    eigenvalues: Tensor = torch.linalg.eigvalsh(torch.stack(rows, -2))
    return eigenvalues[..., 0]


def spread_of_undecided(parameters: Tensor, confidence: float) -> Tensor:
    """Compute how far apart in the (h1, h2) plane the points without the confidence are.

    Where it is zero the hidden layer gives these points one image, which no output can separate.

    Args:
        parameters: of networks with tanh units, (..., 9).
        confidence: the probability that a point's own label should have.

    Returns:
        The greatest distance of two such points, from 0 to 2 sqrt 2, (...).
    """
    hidden = hidden_units(parameters, POINTS, torch.tanh)
    undecided = confidences(output_logits(parameters, hidden)) < confidence
    pairs = undecided[..., :, None] & undecided[..., None, :]
    distances: Tensor = (hidden[..., :, None, :] - hidden[..., None, :, :]).norm(dim=-1)
    return (distances * pairs).amax((-1, -2))


class Stuck(TypedDict):
    """What networks that failed for one reason have in common."""

    starts: int
    least_loss: float
    greatest_loss: float
    greatest_gradient: float
    """Norm."""

    least_curvature: float
    greatest_curvature: float
    """Both of the smallest eigenvalue of the Hessian."""

    curved_upwards: int
    """How many have no negative eigenvalue: descent does not leave from there."""

    greatest_spread: float
    """Between the hidden images of the points that the network does not decide, at most 2.83."""


def describe_stuck(
    training: Training, outcomes: NDArray[np.str_], confidence: float
) -> dict[str, Stuck]:
    """Describe the networks of every reason for failure that there is.

    Args:
        training: the finished training of networks (...) with tanh units.
        outcomes: as `classify` gives them, (...).
        confidence: the probability of a point's own label that counts as solved.
    """
    described = {}
    for outcome in OUTCOMES[1:]:
        rows = torch.from_numpy(outcomes == outcome)
        if not rows.any():
            continue
        losses = training.losses[-1][rows]
        curvature = smallest_curvature(training.parameters[rows])
        described[outcome] = Stuck(
            starts=len(losses),
            least_loss=losses.min().item(),
            greatest_loss=losses.max().item(),
            greatest_gradient=training.gradients[rows].norm(dim=-1).max().item(),
            least_curvature=curvature.min().item(),
            greatest_curvature=curvature.max().item(),
            curved_upwards=int((curvature >= 0).sum()),
            greatest_spread=spread_of_undecided(training.parameters[rows], confidence).max().item(),
        )
    return described
