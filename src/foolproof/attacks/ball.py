"""Attacks within a ball around each image: FGSM, PGD, and PGD under EOT."""

from collections.abc import Callable

import torch
from torch import Tensor

from foolproof.attacks.geometry import (
    Norm,
    ball_of,
    random_starts,
    step_of,
    uniform_in_l2_ball,
    uniform_in_linf_ball,
)
from foolproof.attacks.losses import Loss, criterion_of, objective_of
from foolproof.attacks.restarts import AttackProblem, run_attack
from foolproof.attacks.result import AttackResult
from foolproof.classifiers.checks import (
    PIXELS,
    check_attacked,
    check_counts,
    check_epsilon,
    check_positive,
)
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.seeds import new_generator
from foolproof.optimize.constraints import Box
from foolproof.optimize.criteria import Criterion
from foolproof.optimize.objectives import Expectation
from foolproof.optimize.steps import Step


def fgsm(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    eps: float,
    targets: Tensor | None = None,
    norm: Norm = "linf",
    loss: Loss = "cross_entropy",
) -> AttackResult:
    """Take one step of size eps along the gradient: the fast gradient sign method.

    x_adv = clip(x + eps sign(dL/dx)) (Goodfellow et al., arXiv 1412.6572); with norm="l2" the
    gradient is scaled to L2 norm 1 instead. All images are attacked, misclassified ones too.

    Args:
        model: made by `fp.classifier`.
        x: images, (N, C, H, W), float pixels within `model.bounds`.
        y: true classes, (N,) int64.
        eps: L-infinity or L2 norm of the step, in units of the pixels.
        targets: classes other than y, (N,) int64; None for an untargeted attack.
        norm: "linf" or "l2".
        loss: as for `pgd`.

    Returns:
        The record; `history` is (2, N): the loss before and after the step.

    Raises:
        ValueError: for pixels out of range, invalid classes, norm or loss, or eps of 0 or below.
        FoolproofError: for a network that is no classifier, or NaN in its logits or gradients.

    Example:
        >>> import torch, foolproof as fp
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> x = torch.rand(5, 1, 4, 4)
        >>> result = fp.attacks.fgsm(model, x, net(x).argmax(1), eps=0.3)
        >>> result.x_adv.shape, bool(result.linf.max() <= 0.3 + 1e-6)
        (torch.Size([5, 1, 4, 4]), True)
    """
    check_arguments(model, x, y, targets, norm, eps=eps, steps=1)
    x = x.detach()
    # The step leaves the ball by rounding at most, so that pixels are clipped only.
    attack = AttackProblem(
        objective=objective_of(loss, model, y, targets),
        step=step_of(norm, eps),
        constraints=(Box(*model.bounds),),
        criterion=criterion_of(y, targets),
    )
    warned = loss == "cross_entropy" and targets is None
    return run_attack(
        model,
        x,
        attack,
        steps=1,
        early_stop=False,
        warn_of_zero_gradients=warned,
    )


def pgd(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    eps: float,
    steps: int = 40,
    step_size: float | None = None,
    norm: Norm = "linf",
    targets: Tensor | None = None,
    loss: Loss = "cross_entropy",
    random_start: bool = False,
    restarts: int = 1,
    seed: int = 0,
    criterion: Criterion | None = None,
    step: Step | None = None,
    early_stop: bool = True,
    progress: bool = False,
) -> AttackResult:
    """Maximize a loss within a ball by projected gradient ascent (PGD).

    x <- P(x + step_size sign(dL/dx)) for "linf", with the gradient scaled to L2 norm 1 in place of
    its sign for "l2"; P keeps each pixel valid and x within eps of the image (Madry et al., arXiv
    1706.06083). With equal settings x_adv equals that of torchattacks and foolbox.

    Args:
        model: made by `fp.classifier`.
        x: images, (N, C, H, W), float pixels within `model.bounds`.
        y: true classes, (N,) int64.
        eps: max L-infinity or L2 norm of x_adv - x, in units of the pixels.
        steps: max number of steps from each start.
        step_size: in units of the pixels; by default 2.5 eps / steps.
        norm: "linf" or "l2".
        targets: classes other than y, (N,) int64; None for an untargeted attack.
        loss: "cross_entropy", computed such that float32 keeps its gradient where p(y) is almost 1;
            "margin", the max of the other logits minus logits[y]; "dlr", the margin over a
            difference of sorted logits (Croce and Hein, arXiv 2003.01690); or an objective that is
            maximized, such as `LogProbability(targets)`.
        random_start: whether the first start is random too, uniform in the ball, in place of x.
        restarts: number of starts; from the second on they are random, and of the images that are
            left.
        seed: of the random starts.
        criterion: of success on the logits; by default misclassified, or classified as the target.
        step: of the optimization, in place of the one of `norm` and `step_size`.
        early_stop: whether an image leaves the batch at its first success, which saves computation;
            images that succeed as they are stay as they are.
        progress: whether to show a bar on a terminal, or a line of the log every half minute.

    Returns:
        The record; without success, x_adv is the image with the largest final loss of all starts.

    Raises:
        ValueError: for pixels out of range, invalid classes, norm, loss, eps or counts, or a `step`
            together with a `step_size`.
        FoolproofError: for a network that is no classifier, or NaN in its logits or gradients.

    Example:
        >>> import torch, foolproof as fp
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> x = torch.rand(5, 1, 4, 4)
        >>> result = fp.attacks.pgd(model, x, net(x).argmax(1), eps=0.3, steps=10)
        >>> result.history.shape, bool((result.x_adv - x).abs().max() <= 0.3 + 1e-6)
        (torch.Size([11, 5]), True)
    """
    check_arguments(model, x, y, targets, norm, eps=eps, steps=steps, restarts=restarts)
    if step is not None and step_size is not None:
        raise ValueError("expected step or step_size, found both")
    x = x.detach()
    attack = AttackProblem(
        objective=objective_of(loss, model, y, targets),
        step=step or step_of(norm, step_size_of(step_size, eps, steps)),
        constraints=(ball_of(norm, model, x, eps),),
        criterion=criterion or criterion_of(y, targets),
    )
    draw = uniform_in_linf_ball if norm == "linf" else uniform_in_l2_ball
    warned = loss == "cross_entropy" and targets is None
    return run_attack(
        model,
        x,
        attack,
        steps=steps,
        random_starts=random_starts(draw, model, x, eps, seed),
        restarts=restarts,
        first_random=random_start,
        early_stop=early_stop,
        name="pgd" if progress else None,
        warn_of_zero_gradients=warned,
    )


def pgd_eot(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    eps: float,
    view: Callable[[Tensor, torch.Generator], Tensor],
    samples: int,
    steps: int,
    step_size: float,
    targets: Tensor | None = None,
    norm: Norm = "linf",
    loss: Loss = "cross_entropy",
    seed: int = 0,
    progress: bool = False,
) -> AttackResult:
    """Maximize the mean loss over random views of each image by PGD, with all steps.

    That is PGD under expectation over transformation (EOT, Athalye et al., arXiv 1707.07397).

    Args:
        model: made by `fp.classifier`.
        x: images, (N, C, H, W), float pixels within `model.bounds`.
        y: true classes, (N,) int64.
        eps: max norm of x_adv - x, in units of the pixels.
        view: from images (n, C, H, W) and a generator to one random view of each, same shape;
            gradients pass through.
        samples: views of each image in each step.
        steps: number of steps.
        step_size: in units of the pixels.
        targets: classes other than y, (N,) int64; None for an untargeted attack.
        norm: "linf" or "l2".
        loss: of a view, as for `pgd`.
        seed: of the generator that `view` draws from, on the CPU.
        progress: as for `pgd`.

    Returns:
        The record. Success is that of the image itself, without a view; `queries` counts views.

    Raises:
        ValueError: for pixels out of range, invalid classes, norm, loss, eps or counts.
        FoolproofError: for a network that is no classifier, or NaN in its logits or gradients.

    Example:
        >>> import torch, foolproof as fp
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> x = torch.rand(5, 1, 4, 4)
        >>> def noisy(images, generator):
        ...     return images + 0.1 * torch.randn(images.shape, generator=generator)
        >>> result = fp.attacks.pgd_eot(
        ...     model, x, net(x).argmax(1), eps=0.3, view=noisy, samples=4, steps=3, step_size=0.1
        ... )
        >>> result.queries.tolist()
        [16, 16, 16, 16, 16]
    """
    check_arguments(model, x, y, targets, norm, eps=eps, steps=steps, samples=samples)
    x, generator = x.detach(), new_generator(seed)
    objective = objective_of(loss, model, y, targets)
    attack = AttackProblem(
        objective=Expectation(objective, lambda images: view(images, generator), samples),
        step=step_of(norm, step_size_of(step_size, eps, steps)),
        constraints=(ball_of(norm, model, x, eps),),
        criterion=criterion_of(y, targets),
    )
    return run_attack(
        model,
        x,
        attack,
        steps=steps,
        early_stop=False,
        name="pgd_eot" if progress else None,
        passes=samples,
    )


def check_arguments(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    targets: Tensor | None,
    norm: str,
    *,
    eps: float,
    **counts: int,
) -> None:
    """Check the arguments of an attack within a ball, and that named counts are at least 1."""
    check_attacked(model, x, y, targets)
    check_epsilon(eps)
    if norm not in ("linf", "l2"):
        raise ValueError(f"expected a norm of linf, l2, found {norm!r}")
    check_counts(**counts)


def step_size_of(step_size: float | None, eps: float, steps: int) -> float:
    """Choose the step size: as given, by default 2.5 eps / steps."""
    if step_size is None:
        return 2.5 * eps / steps
    check_positive("step_size", step_size, unit=PIXELS)
    return step_size
