"""Activation maximization: images that maximize the logit of a class (EE6132, 3)."""

import torch
from torch import Tensor

from foolproof.attacks.result import AttackResult, record
from foolproof.classifiers.checks import as_classes, check_counts, check_images, check_positive
from foolproof.classifiers.classifier import Classifier
from foolproof.optimize.constraints import Box
from foolproof.optimize.criteria import ClassifiedAs
from foolproof.optimize.loop import optimize_input
from foolproof.optimize.objectives import ClassLogit, Objective, SquaredDistance
from foolproof.optimize.steps import GradientStep


def activation_maximization(
    model: Classifier,
    target: Tensor | int,
    *,
    start: Tensor,
    steps: int,
    step_size: float,
    reference: Tensor | None = None,
    beta: float | Tensor = 0.0,
    progress: bool = False,
) -> AttackResult:
    """Maximize logits[target] - beta MSE(X, reference) by gradient ascent, with pixels clipped.

    X <- clip(X + step_size d objective / dX) (Erhan et al., 2009; Simonyan et al., arXiv
    1312.6034). MSE is the mean squared difference over all pixels; all steps are taken.

    Args:
        model: the classifier.
        target: target classes, (N,) int64, or one for all.
        start: initial images, (N, C, H, W), pixels within the bounds of the classifier.
        steps: number of steps, at least 1.
        step_size: factor of the gradient, above 0.
        reference: reference images, (N, C, H, W), pixels within the bounds.
        beta: weight of the penalty, at least 0, in logits per mean squared pixel; one for all, or
            (N,). Above 0 it needs a reference.
        progress: whether to show the progress.

    Returns:
        The record, with distances to `start`. Success is the target as top-1 class; the history is
        of the objective, in logits.

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: for invalid pixels, targets, steps, step size, reference or beta.

    Example:
        >>> import foolproof as fp, torch
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> start = torch.full((3, 1, 4, 4), 0.5)
        >>> result = fp.attacks.activation_maximization(
        ...     model, torch.arange(3), start=start, steps=50, step_size=0.1
        ... )
        >>> bool((result.history[-1] > result.history[0]).all())
        True
    """
    check_images(model, start)
    targets = as_classes(model, target, len(start))
    check_counts(steps=steps)
    check_positive("step_size", step_size)
    _check_penalty(model, start, reference, beta)
    start = start.detach()
    objective: Objective = ClassLogit(targets)
    if reference is not None:
        objective = objective - beta * SquaredDistance(reference)
    result = optimize_input(
        model,
        start,
        objective,
        steps=steps,
        step=GradientStep(step_size),
        constraints=[Box(*model.bounds)],
        progress="activation maximization" if progress else None,
    )
    return record(
        model,
        start,
        result.inputs,
        ClassifiedAs(targets),
        steps=result.steps,
        queries=result.steps + 1,
        history=result.history,
    )


def _check_penalty(
    model: Classifier, start: Tensor, reference: Tensor | None, beta: float | Tensor
) -> None:
    """Raise ValueError for an invalid reference or beta."""
    betas = torch.as_tensor(beta)
    if betas.dim() and betas.shape != (len(start),):
        raise ValueError(
            f"expected beta as a number or ({len(start)},), found {tuple(betas.shape)}"
        )
    if not (betas >= 0).all() or not betas.isfinite().all():
        raise ValueError(f"expected beta of at least 0, found {betas.min():g}")
    if reference is None:
        if betas.any():
            raise ValueError("beta weighs the distance to reference images, but reference is None")
        return
    check_images(model, reference)
    if reference.shape != start.shape:
        raise ValueError(
            f"expected reference images of the shape {tuple(start.shape)}, found "
            f"{tuple(reference.shape)}"
        )
