"""Robust accuracy: the worst case over an ensemble of attacks, at several epsilons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from foolproof.attacks.ball import check_arguments
from foolproof.attacks.ensemble import Attack, standard_attacks
from foolproof.attacks.geometry import Norm
from foolproof.attacks.gradient_masking import finding_of_random_search, signs_of_masking
from foolproof.attacks.worst_case import WorstCase, search
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.intervals import wilson_interval
from foolproof.compute.progress import progress_of


@dataclass(frozen=True, eq=False, kw_only=True)
class RobustAccuracy:
    """The accuracy on N images under the worst perturbation that was found, at E epsilons."""

    eps: tuple[float, ...]
    """Ascending, in units of the pixels, (E,)."""

    norm: Norm

    n: int
    """Number of images, N."""

    clean_accuracy: float
    """On the unperturbed images."""

    clean_interval: tuple[float, float]
    """Wilson's 95 % interval."""

    accuracy: tuple[float, ...]
    """Robust accuracy at each epsilon: an upper bound, since a better attack may exist, (E,)."""

    intervals: tuple[tuple[float, float], ...]
    """Wilson's 95 % interval of each, for the images as a random sample, (E,)."""

    x_adv: Tensor
    """The worst images, (E, N, C, H, W), within eps of x and the bounds of the classifier."""

    success: Tensor
    """Whether `x_adv` is misclassified, (E, N) bool."""

    falls: Tensor
    """Number of radii that each image withstands, with 0 as the first, (N,) int64: 0 where it is
    misclassified without an attack, E + 1 where it is robust at every epsilon."""

    attack: tuple[str | None, ...]
    """The attack that succeeded at the smallest epsilon, (N,): "pgd_margin" for the first steps of
    PGD, "unperturbed" without an attack, None for images that are robust at every epsilon."""

    out_of_reach: int
    """Number of images that count as robust without all attacks, over all epsilons."""

    findings: tuple[str, ...]
    """Reasons to doubt the accuracy, a sentence each; see `robust_accuracy`."""


def robust_accuracy(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    eps: float | Sequence[float],
    norm: Norm = "linf",
    attacks: Mapping[str, Attack] | None = None,
    steps: int = 100,
    reach: float | None = None,
    seed: int = 0,
    progress: bool = False,
) -> RobustAccuracy:
    """Measure the accuracy under the worst perturbation of several attacks.

    A few steps of PGD on the margin loss go first. The images that are left are attacked by
    Auto-PGD, on the cross-entropy and on the DLR loss with each of nine targets, and by a random
    search without gradients: AutoAttack (Croce and Hein, arXiv 2003.01690) without FAB. An image is
    dropped at its first success. Several epsilons share the work: a success at one is a
    success at all larger ones, and an image that withstands all attacks at one counts as robust at
    the smaller ones.

    Findings are signs that gradients mislead the attacks (Carlini et al., arXiv 1902.06705): zero
    gradients, one step that beats many, a larger eps that does not help, and images that only the
    random search misclassifies. The true robust accuracy may then be far lower.

    Args:
        model: made by `fp.classifier`.
        x: images, (N, C, H, W), float pixels within `model.bounds`.
        y: true classes, (N,) int64.
        eps: max L-infinity or L2 norms of x_adv - x, in units of the pixels.
        norm: "linf" or "l2".
        attacks: by name, in place of the ensemble after the first steps of PGD. Each is called as
            attack(model, x, y, eps=, norm=) and gives an `AttackResult`, as `fp.attacks.pgd` does.
        steps: of Auto-PGD, for each loss and target.
        reach: saves time at some accuracy; None, or a sign of gradient masking, leaves nothing
            out. After the first steps of PGD an image counts as robust if the margin that is
            missing is more than `reach` times what was gained, after the first attack if it is
            more than half of that. 50 such images are attacked nonetheless, before each attack at
            each epsilon, and the others too if one of them falls. Targets are skipped likewise, by
            `reach` or 1. At 0.75, 12 of 1,000 MNIST images counted as robust at 0.1 for a network
            with batch norm that fall without it.
        seed: of random starts and windows.
        progress: whether to show a bar on a terminal, a line of the log every half minute
            elsewhere.

    Raises:
        ValueError: for pixels out of range, invalid classes, norm, eps, steps or reach, or an
            attack that leaves the ball.
        FoolproofError: for a network that is no classifier, or NaN in its logits or gradients.

    Example:
        >>> import torch, foolproof as fp
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> x = torch.rand(8, 1, 4, 4)
        >>> result = fp.robust_accuracy(model, x, net(x).argmax(1), eps=[0.01, 0.5], steps=5)
        >>> result.clean_accuracy, result.accuracy[0] >= result.accuracy[1], result.x_adv.shape
        (1.0, True, torch.Size([2, 8, 1, 4, 4]))
    """
    radii = _radii(eps)
    for radius in radii:
        check_arguments(model, x, y, None, norm, eps=radius, steps=steps)
    if reach is not None and not reach > 0:
        raise ValueError(f"expected reach above 0, or None, found {reach:g}")
    found = WorstCase(model, x.detach(), y, radii, norm)
    correct = found.falls > 0
    findings = signs_of_masking(model, found.x[correct], y[correct], eps=radii, norm=norm)
    if findings:  # what the first steps gained says nothing then
        reach = None
    ensemble = attacks
    if ensemble is None:
        ensemble = standard_attacks(steps=steps, reach=reach, seed=seed)
    total = len(radii) * len(x) * (1 + len(ensemble))
    with progress_of("robust_accuracy" if progress else None, total) as shown:
        search(found, ensemble, reach, shown)
    findings += finding_of_random_search(found.attack)
    return _result(found, correct, findings)


def _radii(eps: float | Sequence[float]) -> tuple[float, ...]:
    """Sort the epsilons; equal ones count once."""
    radii = tuple(sorted({float(each) for each in (eps if isinstance(eps, Sequence) else [eps])}))
    if not radii:
        raise ValueError("expected at least one eps, found none")
    return radii


def _result(found: WorstCase, correct: Tensor, findings: Sequence[str]) -> RobustAccuracy:
    """Make the record of a finished search."""
    count = len(found.y)
    indices = torch.arange(len(found.eps), device=found.falls.device)
    success = found.falls <= indices[:, None]
    accuracy = tuple(((count - each) / count) for each in success.sum(1).tolist())
    clean = int(correct.sum()) / count
    return RobustAccuracy(
        eps=tuple(found.eps),
        norm=found.norm,
        n=count,
        clean_accuracy=clean,
        clean_interval=wilson_interval(clean, count),
        accuracy=accuracy,
        intervals=tuple(wilson_interval(each, count) for each in accuracy),
        x_adv=found.x_adv,
        success=success,
        falls=torch.where(correct, found.falls + 1, 0),
        attack=tuple(found.attack),
        out_of_reach=found.out_of_reach,
        findings=tuple(findings),
    )
