"""How trainings on XOR end: success, or the reason for failure (CIS680, 2).

Points are collapsed when the hidden layer gives them one representation although their labels
differ: no output can separate them. "Undecided" are the points whose own label does not have the
probability that success asks for.
"""

from collections.abc import Mapping
from itertools import pairwise
from math import log
from typing import Any, TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.compute.intervals import Rate, rate_with_interval
from foolproof.compute.paired import RateDifference, rate_difference
from foolproof.toys.xor import (
    POINTS,
    Training,
    effective_weights,
    hidden_units,
    label_probabilities,
    output_logits,
    steps_to_success,
    unpack,
    xor_logits,
    xor_loss,
)

Outcomes = NDArray[np.str_]


def _min_loss(positives: int, negatives: int) -> float:
    """Compute the minimum of the loss when these of the four points have one output.

    The optimal output is the share q of positives among them. The loss is then the entropy
    -q ln q - (1 - q) ln(1 - q) of each of them, 0 of the others, averaged over all four points.
    """
    count = positives + negatives
    return -(positives * log(positives / count) + negatives * log(negatives / count)) / 4


# The minimum of the loss by the number of collapsed points: ln 2 / 2 = 0.347 for two of different
# labels, (3 ln 3 - 2 ln 2) / 4 = 0.477 for three, ln 2 = 0.693 for all four.
LEVELS = {2: _min_loss(1, 1), 3: _min_loss(2, 1), 4: _min_loss(2, 2)}

SUCCESS, NOT_CONVERGED = "success", "not_converged"
COLLAPSED = {2: "two_collapsed", 3: "three_collapsed", 4: "four_collapsed"}
FAILURES = (*COLLAPSED.values(), NOT_CONVERGED)
OUTCOMES = (SUCCESS, *FAILURES)


def classify(
    training: Training, *, confidence: float, level_tolerance: float, flat_gradient: float
) -> Outcomes:
    """Name the outcome of each network, one of OUTCOMES.

    Success: no point is undecided. Collapsed: two, three or four points are undecided, the loss is
    the minimum for so many collapsed points, and the gradient is flat. Not converged: all else.

    Args:
        training: the finished training of networks (...).
        confidence: the probability of each point's own label that is success.
        level_tolerance: maximum distance of the loss from that minimum, in nats.
        flat_gradient: the norm below which a gradient is flat.

    Returns:
        Names, (...).
    """
    undecided = (label_probabilities(training.logits) < confidence).sum(-1)
    flat = training.gradients.norm(dim=-1) < flat_gradient
    outcomes = np.full(undecided.shape, NOT_CONVERGED, dtype=np.array(OUTCOMES).dtype)
    outcomes[(undecided == 0).numpy()] = SUCCESS
    for count, level in LEVELS.items():
        near = (training.losses[-1] - level).abs() < level_tolerance
        outcomes[((undecided == count) & near & flat).numpy()] = COLLAPSED[count]
    return outcomes


def success_rate(outcomes: Outcomes) -> Rate:
    """Compute the share of starts (N,) with success, and its interval."""
    return rate_with_interval(int((outcomes == SUCCESS).sum()), outcomes.size)


class ScaleDifference(RateDifference):
    """The success rate at a larger scale of the initial weights minus that at a smaller one."""

    smaller: float
    larger: float


def compare_scales(outcomes: Mapping[float, Outcomes]) -> dict[str, Any]:
    """Compare the success rates of the same draws at several scales, paired.

    Args:
        outcomes: (starts,), by the standard deviation of the starts.

    Returns:
        `neighbours`, the differences of each scale and the next larger one; and `ends`, that of the
        smallest and the largest, None for a single scale.
    """

    def difference(smaller: float, larger: float) -> ScaleDifference:
        found = rate_difference(*(outcomes[std] == SUCCESS for std in (larger, smaller)))
        return ScaleDifference(smaller=smaller, larger=larger, **found)

    stds = sorted(outcomes)
    return {
        "neighbours": [difference(*pair) for pair in pairwise(stds)],
        "ends": difference(stds[0], stds[-1]) if len(stds) > 1 else None,
    }


def count_failures(outcomes: Outcomes) -> dict[str, int]:
    """Count the starts by each of FAILURES."""
    return {reason: int((outcomes == reason).sum()) for reason in FAILURES}


def summarize_steps(
    training_confidence: Tensor, outcomes: Outcomes, threshold: float
) -> dict[str, float] | None:
    """Summarize the steps to success by median, min and max; None without any success.

    Args:
        training_confidence: of starts, (steps + 1, starts).
        outcomes: of the same starts, (starts,).
        threshold: of success.
    """
    steps = steps_to_success(training_confidence, threshold).numpy()[outcomes == SUCCESS]
    if not len(steps):
        return None
    return {"median": float(np.median(steps)), "min": int(steps.min()), "max": int(steps.max())}


def describe_linear(linear: Training) -> dict[str, float]:
    """Compare networks with a linear hidden layer to the minimum of their loss, ln 2 at zero."""
    return {
        "min_excess_loss": linear.losses[-1].min().item() - log(2),
        "max_excess_loss": linear.losses[-1].max().item() - log(2),
        "max_effective_weight": effective_weights(linear.parameters).abs().max().item(),
        "max_confidence": linear.confidence.max().item(),
    }


def describe_network(parameters: Tensor) -> dict[str, Any]:
    """List the parameters of a network (9,), its hidden representations and its outputs."""
    hidden = hidden_units(parameters, POINTS, torch.tanh)
    return {
        **{name: values.tolist() for name, values in unpack(parameters)._asdict().items()},
        "hidden": hidden.tolist(),
        "probabilities": output_logits(parameters, hidden).sigmoid().tolist(),
    }


def min_hessian_eigenvalue(parameters: Tensor) -> Tensor:
    """Compute the smallest eigenvalue (...) of the Hessian of the loss of networks (..., 9).

    Where it is negative the loss has a descent direction of second order; gradient descent leaves
    along it, the more slowly the nearer it is to zero.
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


def max_undecided_distance(parameters: Tensor, confidence: float) -> Tensor:
    """Compute the maximum distance between the hidden representations of undecided points.

    It is zero where these points are collapsed.

    Args:
        parameters: of networks with tanh units, (..., 9).
        confidence: the probability of a point's own label below which it is undecided.

    Returns:
        From 0 to 2 sqrt 2, (...).
    """
    hidden = hidden_units(parameters, POINTS, torch.tanh)
    undecided = label_probabilities(output_logits(parameters, hidden)) < confidence
    pairs = undecided[..., :, None] & undecided[..., None, :]
    distances: Tensor = (hidden[..., :, None, :] - hidden[..., None, :, :]).norm(dim=-1)
    return (distances * pairs).amax((-1, -2))


class Failed(TypedDict):
    """The networks that failed for one reason."""

    starts: int
    min_loss: float
    max_loss: float
    max_gradient: float
    """Norm."""

    min_eigenvalue: float
    max_eigenvalue: float
    """Both of the smallest eigenvalue of the Hessian."""

    positive_semidefinite: int
    """Networks whose Hessian has no negative eigenvalue: local minima to second order."""

    max_distance: float
    """Between hidden representations of undecided points, at most 2.83."""


def describe_failures(
    training: Training, outcomes: Outcomes, confidence: float
) -> dict[str, Failed]:
    """Describe the failed networks by reason, for each reason that occurs.

    Args:
        training: the finished training of networks (...) with tanh units.
        outcomes: as `classify` returns them, (...).
        confidence: the probability of each point's own label that is success.
    """
    described = {}
    for reason in FAILURES:
        failed = torch.from_numpy(outcomes == reason)
        if not failed.any():
            continue
        losses = training.losses[-1][failed]
        eigenvalues = min_hessian_eigenvalue(training.parameters[failed])
        distances = max_undecided_distance(training.parameters[failed], confidence)
        described[reason] = Failed(
            starts=len(losses),
            min_loss=losses.min().item(),
            max_loss=losses.max().item(),
            max_gradient=training.gradients[failed].norm(dim=-1).max().item(),
            min_eigenvalue=eigenvalues.min().item(),
            max_eigenvalue=eigenvalues.max().item(),
            positive_semidefinite=int((eigenvalues >= 0).sum()),
            max_distance=distances.max().item(),
        )
    return described
