"""Search for the worst case over attacks, at several radii at once."""

import warnings
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from foolproof.attacks.ensemble import Attack, few_steps
from foolproof.attacks.geometry import Norm, ball_of
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.progress import Progress
from foolproof.optimize.criteria import Misclassified
from foolproof.optimize.objectives import Margin
from foolproof.optimize.steps import l2_norms

FEW_STEPS_NAME = "pgd_margin"
"""Name of `few_steps` as the attack that succeeded."""

UNPERTURBED = "unperturbed"
"""In place of an attack, for images that are misclassified without one."""

# Examples that are attacked in one call, between two reports of the progress.
BLOCK = 500

# Number of examples that are attacked nonetheless, of those that are out of reach of an attack at a
# radius. If none of 50 falls, at most 6 % of the others would, with 95 % confidence.
AUDITED = 50

ROUNDING = 1e-5
"""By which a perturbation may exceed its radius, relative to it."""


class WorstCase:
    """The worst images that were found so far, for E radii in ascending order and N examples."""

    def __init__(
        self, model: Classifier, x: Tensor, y: Tensor, eps: Sequence[float], norm: Norm
    ) -> None:
        self.model, self.x, self.y, self.eps, self.norm = model, x, y, eps, norm
        logits = predict(model, x)
        self.clean = Margin(y).value(logits)
        """Margin loss of x, (N,)."""
        wrong = Misclassified(y)(logits)
        self.x_adv = x.expand(len(eps), *x.shape).clone()
        """(E, N, C, H, W)."""
        self.margins = self.clean.expand(len(eps), -1).clone()
        """Margin loss of `x_adv`, (E, N)."""
        self.falls = torch.where(wrong, 0, len(eps))
        """Index of the smallest radius with a success, (N,) int64; E for none."""
        self.attack: list[str | None] = [UNPERTURBED if each else None for each in wrong.tolist()]
        """The attack that succeeded at this radius."""
        self.out_of_reach = 0
        """Number of examples that count as robust without all attacks, over all radii."""

    def note(self, index: int, examples: Tensor, images: Tensor, name: str) -> None:
        """Note images (n, ...) of examples (n,) that an attack made at a radius."""
        logits = predict(self.model, images)
        margins = Margin(self.y[examples]).value(logits)
        success = Misclassified(self.y[examples])(logits)
        better = success | (margins > self.margins[index, examples])
        self.x_adv[index, examples[better]] = images[better]
        self.margins[index, examples[better]] = margins[better]
        # A success within this ball is one within every larger ball.
        for larger in range(index + 1, len(self.eps)):
            held = success & (self.falls[examples] > larger)
            self.x_adv[larger, examples[held]] = images[held]
            self.margins[larger, examples[held]] = margins[held]
        fallen = examples[success]
        self.falls[fallen] = index
        for example in fallen.tolist():
            self.attack[example] = name

    def within_reach(self, index: int, examples: Tensor, reach: float | None) -> Tensor:
        """Tell for which examples (n,) the missing margin is at most `reach` of what was gained."""
        if reach is None:
            return torch.ones_like(examples, dtype=torch.bool)
        margins = self.margins[index, examples]
        return -margins <= reach * (margins - self.clean[examples])


def search(
    found: WorstCase, attacks: Mapping[str, Attack], reach: float | None, shown: Progress
) -> None:
    """Search for the smallest radius at which each example falls.

    A few steps of PGD go first, at the radii in ascending order. An example that falls leaves, and
    one that withstands begins at the next radius with its perturbation scaled up: for a network
    that is linear nearby that is already the optimum.

    The attacks follow in descending order, each from starts of its own, so that a poor point is not
    handed on. They begin at the radius below that of the first success. An example that withstands
    them there counts as robust at all smaller radii, whose balls are parts of this one; one that
    falls is attacked at the next smaller radius.

    Args:
        found: is extended.
        attacks: by name, in the order in which they run; an example that falls is dropped.
        reach: see `fp.robust_accuracy`; None for all attacks on all examples.
        shown: total of E N (1 + number of attacks).
    """
    total = len(found.y)
    for index in range(len(found.eps)):
        left = (found.falls == len(found.eps)).nonzero()[:, 0]
        shown.advance(total - len(left))
        for block in _blocks(left, shown):
            _few_steps(found, index, block)
    for index in reversed(range(len(found.eps))):
        left = (found.falls == index + 1).nonzero()[:, 0]
        shown.advance(len(attacks) * (total - len(left)))
        _attack(found, index, left, attacks, reach, shown)


def _few_steps(found: WorstCase, index: int, block: Tensor) -> None:
    """Take a few steps of PGD at a radius, on from the points of the next smaller one."""
    x, y, eps = found.x[block], found.y[block], found.eps[index]
    start = x
    if index:
        growth = eps / found.eps[index - 1]
        scaled = x + growth * (found.x_adv[index - 1, block] - x)
        start = ball_of(found.norm, found.model, x, eps)(scaled)
    images = few_steps(found.model, start, x, y, eps=eps, norm=found.norm)
    found.note(index, block, images, FEW_STEPS_NAME)


def _attack(
    found: WorstCase,
    index: int,
    left: Tensor,
    attacks: Mapping[str, Attack],
    reach: float | None,
    shown: Progress,
) -> None:
    """Attack examples at a radius by one attack after the other; those that fall are dropped.

    Those out of reach of an attack are set aside, up to a sample. If one of the samples falls, all
    that are set aside are attacked too.
    """
    aside: list[tuple[int, Tensor]] = []
    audited = left[:0]
    for number, one in enumerate(attacks.items()):
        # The first attack has taken all its steps, so that less is left to gain after it.
        limit = reach if number == 0 or reach is None else reach / 2
        near = found.within_reach(index, left, limit) | torch.isin(left, audited)
        sample = _spread(left[~near], AUDITED)
        audited = torch.cat([audited, sample])
        chosen = near | torch.isin(left, sample)
        aside.append((number, left[~chosen]))
        attacked = left[chosen]
        left = _attack_in_turn(found, index, attacked, [one], shown)
        shown.advance((len(attacks) - number - 1) * (len(attacked) - len(left)))
    fallen = (found.falls[audited] <= index).any()
    for number, rest in aside:
        if fallen and len(rest):
            _attack_in_turn(found, index, rest, list(attacks.items())[number:], shown)
        elif not fallen:
            found.out_of_reach += len(rest)
            shown.advance((len(attacks) - number) * len(rest))


def _attack_in_turn(
    found: WorstCase,
    index: int,
    left: Tensor,
    attacks: Sequence[tuple[str, Attack]],
    shown: Progress,
) -> Tensor:
    """Attack examples at a radius by each attack in turn; returns those that have not fallen."""
    for number, (name, attack) in enumerate(attacks, 1):
        for block in _blocks(left, shown):
            images = _run(attack, name, found, found.eps[index], block)
            found.note(index, block, images, name)
        fallen = found.falls[left] <= index
        shown.advance((len(attacks) - number) * int(fallen.sum()))
        left = left[~fallen]
    return left


def _run(attack: Attack, name: str, found: WorstCase, eps: float, block: Tensor) -> Tensor:
    """Run an attack, and check that it kept within the ball and the bounds.

    Raises:
        ValueError: naming the attack that did not.
    """
    x = found.x[block]
    with warnings.catch_warnings():
        # The checks for gradient masking say more of it, once.
        warnings.filterwarnings("ignore", message=".*gradient.*zero")
        images = attack(found.model, x, found.y[block], eps=eps, norm=found.norm).x_adv
    change = (images - x).flatten(1)
    norms = l2_norms(change) if found.norm == "l2" else change.abs().amax(1)
    low, high = found.model.bounds
    if images.shape != x.shape or norms.max() > eps * (1 + ROUNDING) + ROUNDING * (high - low):
        raise ValueError(f"the attack {name} left the ball of radius {eps:g}: {norms.max():g}")
    if images.min() < low or images.max() > high:
        raise ValueError(f"the attack {name} left the valid pixels in [{low:g}, {high:g}]")
    return images


def _blocks(examples: Tensor, shown: Progress) -> Iterator[Tensor]:
    """Split examples (n,) into blocks, and report each as done after its use."""
    for block in examples.split(BLOCK) if len(examples) else ():
        yield block
        shown.advance(len(block))


def _spread(examples: Tensor, number: int) -> Tensor:
    """Choose at most `number` of the examples (n,), evenly spread."""
    if len(examples) <= number:
        return examples
    positions = torch.linspace(0, len(examples) - 1, number, device=examples.device).long()
    return examples[positions]
