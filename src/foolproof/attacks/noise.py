"""Targeted additive perturbations: universal ones, and one for each image (EE6132, 3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from foolproof.attacks.result import AttackResult, record
from foolproof.classifiers.checks import (
    as_classes,
    check_confidence,
    check_counts,
    check_epsilon,
    check_images,
    check_labels,
    check_positive,
    check_targets,
)
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.chunks import chunk_size
from foolproof.optimize.constraints import Box, Constraint
from foolproof.optimize.criteria import ClassifiedAs, ConfidentIn, Criterion
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import (
    ClassLogit,
    Evaluation,
    LogProbability,
    Network,
    Objective,
)
from foolproof.optimize.steps import GradientStep, SignStep, Step


@dataclass(frozen=True, eq=False, kw_only=True)
class NoiseResult(AttackResult):
    """The record of images that share one perturbation."""

    noise: Tensor
    """The perturbation before clipping, (C, H, W), in units of the pixels."""


def universal_noise(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    targets: int,
    steps: int,
    step_size: float,
    eps: float | None = None,
    confidence: float | None = None,
    progress: bool = False,
) -> NoiseResult:
    """Find one perturbation that turns all images of a batch into one target class.

    Universal adversarial perturbation (Moosavi-Dezfooli et al., arXiv 1610.08401), by signs of
    gradients (Shafahi et al., arXiv 1811.11304): D <- P(D + step_size sign(d L / dD)) from D = 0,
    where L is the mean of log p(target) over the images clip(x + D). The steps end as soon as all
    images are successful, which keeps D small.

    Args:
        model: the attacked classifier.
        x: images, (N, C, H, W), pixels within the bounds of the classifier.
        y: their classes, (N,) int64, none of them the target.
        targets: the one target class.
        steps: max number of steps, at least 1.
        step_size: above 0, in units of the pixels.
        eps: max absolute value of D, above 0, in units of the pixels; None for no limit but valid
            pixels: what clipping removes in every image is removed from D.
        confidence: probability of the target that makes a success, in (0, 1]; None for the top-1
            class.
        progress: whether to show the progress.

    Returns:
        The record, with the perturbation as `noise`. Success is that of each image; the steps, and
        the history of L in nats, are the same for all.

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: for invalid pixels, labels, target, steps, step size, eps or confidence.

    Example:
        >>> import foolproof as fp, torch
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> x = torch.rand(5, 1, 4, 4)
        >>> y = torch.zeros(5, dtype=torch.long)
        >>> result = fp.attacks.universal_noise(
        ...     model, x, y, targets=2, eps=0.3, steps=20, step_size=0.05
        ... )
        >>> result.noise.shape, bool(result.noise.abs().max() <= 0.3)
        (torch.Size([1, 4, 4]), True)
    """
    check_images(model, x)
    check_labels(model, y, len(x))
    classes = as_classes(model, targets, len(x))
    check_targets(model, classes, y)
    check_counts(steps=steps)
    check_positive("step_size", step_size)
    if eps is not None:
        check_epsilon(eps)
    if confidence is not None:
        check_confidence(confidence)
    x = x.detach()
    result = _optimize(
        model,
        x[None],
        LogProbability(classes[:1]),
        _criterion(classes[:1], confidence),
        steps=steps,
        step=SignStep(step_size),
        bound=[] if eps is None else [Box(-eps, eps)],
        progress="universal noise" if progress else None,
    )
    found = record(
        model,
        x,
        (x + result.inputs).clamp(*model.bounds),
        _criterion(classes, confidence),
        steps=result.steps.repeat(len(x)),
        queries=result.steps.repeat(len(x)) + 1,
        history=result.history.repeat(1, len(x)),
    )
    return NoiseResult(**vars(found), noise=result.inputs[0])


def additive_noise(
    model: Classifier,
    images: Tensor,
    targets: Tensor,
    *,
    confidence: float,
    steps: int,
    step_size: float,
) -> OptimizationResult:
    """Maximize logits[target] of X + N by N <- N + step_size d logits[target] / dN, from N = 0.

    X + N is clipped to valid pixels. The steps end as soon as the target has the required
    probability; N is not minimal, see `ddn`.

    Args:
        model: the attacked classifier.
        images: X, (N, C, H, W), pixels within its bounds.
        targets: target classes, (N,).
        confidence: required probability, in [0, 1).
        steps: max number of steps.
        step_size: in units of the pixels.

    Returns:
        The result, whose inputs are the perturbations, (N, C, H, W).
    """
    result = _optimize(
        model,
        images[:, None],
        ClassLogit(targets),
        ConfidentIn(targets, confidence),
        steps=steps,
        step=GradientStep(step_size),
    )
    return replace(result, logits=result.logits[:, 0])


def _criterion(targets: Tensor, confidence: float | None) -> Criterion:
    return ClassifiedAs(targets) if confidence is None else ConfidentIn(targets, confidence)


def _optimize(
    model: Classifier,
    images: Tensor,
    objective: Objective,
    criterion: Criterion,
    *,
    steps: int,
    step: Step,
    bound: Sequence[Constraint] = (),
    progress: str | None = None,
) -> OptimizationResult:
    """Optimize K perturbations, each of M images of its own.

    Args:
        model: the attacked classifier.
        images: (K, M, C, H, W), pixels within its bounds.
        objective: of an image, with tensors of K examples; its mean over the M images counts.
        criterion: of an image, with tensors of K examples; it must hold for all M images.
        steps: max number of steps.
        step: of the perturbation.
        bound: of the perturbation.
        progress: name under which the progress is shown; None to show nothing.

    Returns:
        The result, whose inputs are the perturbations, (K, C, H, W), with logits (K, M, classes).
    """
    return optimize_input(
        model,
        torch.zeros_like(images[:, 0]),
        _MeanOverImages(objective, images, model.bounds),
        steps=steps,
        step=step,
        constraints=[_Effective(images, model.bounds), *bound],
        criterion=_ForAllImages(criterion),
        progress=progress,
    )


@dataclass(frozen=True, eq=False)
class _MeanOverImages(Objective):
    """The mean of C(clip(image + noise)) over M images, as a function of the noise."""

    objective: Objective
    """C."""

    images: Tensor
    """(K, M, ...)."""

    bounds: tuple[float, float]

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`; the logits are (k, M, classes)."""
        sums = self.images + inputs[:, None]
        clipped = sums.detach().clamp(*self.bounds)
        # The gradient of `clamp` is zero at the bounds, where noise on black pixels begins.
        sums = torch.where(clipped == sums, sums, clipped)
        each = self.objective.at(_repeated(sums))
        value, logits = each.evaluate(_in_chunks(network), sums.flatten(0, 1))
        assert logits is not None, "an objective without logits"
        shape = sums.shape[:2]
        return Evaluation(value.unflatten(0, shape).mean(1), logits.unflatten(0, shape))


@dataclass(frozen=True, eq=False)
class _ForAllImages(Criterion):
    """A criterion holds for all M images of a perturbation."""

    criterion: Criterion

    def __call__(self, logits: Tensor) -> Tensor:
        """Decide for logits (k, M, classes), (k,) bool."""
        success = self.criterion.at(_repeated(logits))(logits.flatten(0, 1))
        of_all: Tensor = success.unflatten(0, logits.shape[:2]).all(1)
        return of_all


@dataclass(frozen=True, eq=False)
class _Effective(Constraint):
    """Perturbations of which clipping to valid pixels leaves everything in one image at least."""

    images: Tensor
    """(K, M, ...)."""

    bounds: tuple[float, float]

    def __call__(self, inputs: Tensor) -> Tensor:
        """Project, see `Constraint`."""
        left = (self.images + inputs[:, None]).clamp(*self.bounds) - self.images
        return torch.where(inputs > 0, left.amax(1), left.amin(1))


def _repeated(values: Tensor) -> Tensor:
    """Index the K examples of values (K, M, ...) once for each of the M images, (K M,)."""
    examples, images = values.shape[:2]
    return torch.arange(examples, device=values.device).repeat_interleave(images)


def _in_chunks(network: Network) -> Network:
    """Make a network that keeps the activations of one chunk of its inputs at a time.

    Those of the other chunks are computed again for the gradient, so that memory does not limit the
    number of images.
    """

    def evaluate(pixels: Tensor) -> Tensor:
        chunks = pixels.split(chunk_size(pixels))
        if len(chunks) == 1:
            return network(pixels)
        return torch.cat(
            [
                checkpoint(network, chunk, use_reentrant=False, preserve_rng_state=False)
                for chunk in chunks
            ]
        )

    return evaluate
