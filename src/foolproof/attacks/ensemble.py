"""The attacks of `fp.robust_accuracy`."""

from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from foolproof.attacks.adaptive import apgd
from foolproof.attacks.geometry import Norm, ball_of, step_of
from foolproof.attacks.losses import Loss
from foolproof.attacks.random_search import random_search
from foolproof.attacks.result import AttackResult, record
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.optimize.criteria import Misclassified
from foolproof.optimize.loop import optimize_input
from foolproof.optimize.objectives import Margin

FEW_STEPS = 10
"""Of the attack that goes first; each has a quarter of the radius."""

TARGET_REACH = 1.0
"""The least `reach` of targets. Smaller ones, safe for images, skipped targets that succeed."""

RANDOM_SEARCH = "random_search"
"""Name of the attack that needs no gradient."""


class Attack(Protocol):
    """An untargeted attack within a ball, such as `fp.attacks.pgd`."""

    def __call__(
        self, model: Classifier, x: Tensor, y: Tensor, *, eps: float, norm: Norm
    ) -> AttackResult:
        """Attack images (N, C, H, W) with labels (N,)."""


def standard_attacks(
    *,
    steps: int = 100,
    targets: int = 9,
    queries: int = 200,
    reach: float | None = 0.75,
    seed: int = 0,
) -> dict[str, Attack]:
    """Make the attacks of the default ensemble, by name, in the order in which they run.

    They are those of AutoAttack (Croce and Hein, arXiv 2003.01690) without FAB: Auto-PGD on the
    cross-entropy, on the targeted DLR loss, and random search with fewer queries. All images begin
    from one random perturbation, so that the result of an image does not depend on the others.

    Args:
        steps: of Auto-PGD, for each loss and target.
        targets: number of other classes that are targets, by their logits.
        queries: of the random search.
        reach: by which a target is skipped, at least `TARGET_REACH`, see `apgd_on_targets`; None
            for none.
        seed: of random starts and windows.
    """
    of_targets = None if reach is None else max(reach, TARGET_REACH)
    return {
        "apgd_ce": partial(apgd, steps=steps, seed=seed, shared_start=True),
        "apgd_targeted": partial(
            apgd_on_targets, steps=steps, number=targets, reach=of_targets, seed=seed
        ),
        RANDOM_SEARCH: partial(random_search, queries=queries, seed=seed),
    }


def few_steps(
    model: Classifier, start: Tensor, x: Tensor, y: Tensor, *, eps: float, norm: Norm
) -> Tensor:
    """Take a few steps of PGD on the margin loss, which most images do not withstand.

    Args:
        model: the attacked classifier.
        start: images within the ball, (N, C, H, W).
        x: the centres.
        y: true classes, (N,).
        eps: the radius.
        norm: of the ball.
    """
    return optimize_input(
        model,
        start,
        Margin(y),
        steps=FEW_STEPS,
        step=step_of(norm, eps / 4),
        constraints=[ball_of(norm, model, x, eps)],
        criterion=Misclassified(y),
    ).inputs


def apgd_on_targets(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    eps: float,
    norm: Norm,
    steps: int,
    number: int,
    reach: float | None,
    seed: int,
) -> AttackResult:
    """Run Auto-PGD on the targeted DLR loss, on one class after the other, until one succeeds.

    With fewer than four classes, which the loss needs, it is the margin loss. Success is any
    misclassification.

    Args:
        model: the attacked classifier.
        x: images, (N, C, H, W).
        y: true classes, (N,).
        eps: the radius.
        norm: of the ball.
        steps: for each target.
        number: of targets; those with the largest logits go first.
        reach: a target is skipped if its logit is below that of the label by more than 1 + reach
            times the margin that the attacks on the targets before it have gained; None for none.
        seed: of the random starts.

    Returns:
        The record, of the images with the largest margin loss, which is its `history`, (1, N).
    """
    logits = predict(model, x)
    clean = Margin(y).value(logits)
    others = logits.scatter(1, y[:, None], -torch.inf).argsort(1, descending=True)
    gaps = logits.gather(1, y[:, None]) - logits.gather(1, others)
    loss: Loss = "dlr" if model.classes >= 4 else "margin"
    best, values = x.clone(), x.new_full((len(x),), -torch.inf)
    taken, queries = torch.zeros(2, len(x), dtype=torch.long, device=x.device)
    left = torch.arange(len(x), device=x.device)
    for rank in range(min(number, model.classes - 1)):
        now = left
        if rank and reach is not None:
            now = left[gaps[left, rank] <= (1 + reach) * (values - clean)[left]]
        if not len(now):
            break  # the gaps of later targets are larger
        result = apgd(
            model,
            x[now],
            y[now],
            eps=eps,
            norm=norm,
            steps=steps,
            seed=seed,
            shared_start=True,
            loss=loss,
            targets=others[now, rank],
            criterion=Misclassified(y[now]),
        )
        margins = Margin(y[now]).value(predict(model, result.x_adv))
        better = result.success | (margins > values[now])
        best[now[better]], values[now[better]] = result.x_adv[better], margins[better]
        taken[now] += result.steps
        queries[now] += result.queries
        left = now[~result.success]
    return record(
        model, x, best, Misclassified(y), steps=taken, queries=queries, history=values[None]
    )
