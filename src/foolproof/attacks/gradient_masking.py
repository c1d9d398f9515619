"""Signs of gradient masking: why gradient attacks may overestimate the robustness of a network."""

from collections.abc import Sequence

import torch
from torch import Tensor

from foolproof.attacks.ball import pgd
from foolproof.attacks.ensemble import RANDOM_SEARCH, few_steps
from foolproof.attacks.geometry import Norm
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.chunks import chunk_size
from foolproof.optimize.criteria import Misclassified
from foolproof.optimize.objectives import CrossEntropy

SAMPLE = 100
"""Max number of images that are examined."""

CLEAR = 0.02
"""Share of the images from which a difference is a finding."""

CLEAR_RANDOM = 0.002
"""The same for images that only the random search misclassifies, as in AutoAttack."""


def signs_of_masking(
    model: Classifier, x: Tensor, y: Tensor, *, eps: Sequence[float], norm: Norm
) -> list[str]:
    """Look for signs of gradient masking, as Carlini et al. list them (arXiv 1902.06705).

    At most `SAMPLE` of the images are attacked by one step and by a few steps of PGD, at each
    radius, and at one whose balls contain the uniform image of medium grey. All images can become
    equal within it, so that all but those of one class can be misclassified.

    Args:
        model: the attacked classifier.
        x: images, (N, C, H, W), all classified correctly.
        y: their classes, (N,).
        eps: radii in ascending order.
        norm: of the balls.

    Returns:
        A sentence for each sign.
    """
    if not len(x):
        return []
    positions = torch.linspace(0, len(x) - 1, min(SAMPLE, len(x)), device=x.device).long()
    x, y = x[positions], y[positions]
    zero = int((~_gradients(model, x, y).flatten(1).any(1)).sum())
    findings = []
    if zero:
        findings.append(
            f"the gradient of the cross-entropy is exactly zero for {zero} of {len(x)} images, "
            "which gradient attacks cannot move"
        )
    whole, reachable = _of_grey(model, x, y, norm)
    radii = [*(each for each in eps if each < whole), whole]
    many = [_few_steps_rate(model, x, y, each, norm) for each in radii]
    for radius, rate in zip(radii[:-1], many, strict=False):
        one = _one_step_rate(model, x, y, radius, norm)
        if one > rate + CLEAR:
            findings.append(
                f"at eps = {radius:g} one step misclassifies {_percent(one)} of {len(x)} images, "
                f"many steps {_percent(rate)}"
            )
    for at in range(1, len(radii)):
        if many[at] < many[at - 1] - CLEAR:
            findings.append(
                f"a larger eps does not help: {_percent(many[at - 1])} of {len(x)} images are "
                f"misclassified at {radii[at - 1]:g}, {_percent(many[at])} at {radii[at]:g}"
            )
    if many[-1] < reachable - CLEAR:
        findings.append(
            f"at eps = {whole:g} all images can become equal, but gradient attacks misclassify "
            f"only {_percent(many[-1])} of {len(x)}"
        )
    return findings


def finding_of_random_search(attacks: Sequence[str | None]) -> list[str]:
    """Say how many of the examples (N,) fall to the random search alone, where they are many."""
    found = sum(attack == RANDOM_SEARCH for attack in attacks)
    if found <= CLEAR_RANDOM * len(attacks):
        return []
    return [
        f"{found} of {len(attacks)} images are misclassified by the random search, and by no "
        "attack with gradients"
    ]


def _gradients(model: Classifier, x: Tensor, y: Tensor) -> Tensor:
    """Compute the gradients of the cross-entropy (N, ...)."""
    gradients = []
    for images, labels in zip(x.split(chunk_size(x)), y.split(chunk_size(x)), strict=True):
        inputs = images.detach().requires_grad_()
        value = CrossEntropy(labels).evaluate(model, inputs).value
        gradients.append(torch.autograd.grad(value.sum(), inputs)[0])
    return torch.cat(gradients)


def _of_grey(model: Classifier, x: Tensor, y: Tensor, norm: Norm) -> tuple[float, float]:
    """Find the radius that reaches the grey image, and the share it misclassifies at least."""
    low, high = model.bounds
    grey = torch.full_like(x[:1], (low + high) / 2)
    wrong = predict(model, grey).argmax(1) != y
    whole = (high - low) / 2
    if norm == "l2":
        whole *= float(x[0].numel()) ** 0.5
    return whole, wrong.double().mean().item()


def _few_steps_rate(model: Classifier, x: Tensor, y: Tensor, eps: float, norm: Norm) -> float:
    """Measure the share that a few steps misclassify."""
    images = few_steps(model, x, x, y, eps=eps, norm=norm)
    return Misclassified(y)(predict(model, images)).double().mean().item()


def _one_step_rate(model: Classifier, x: Tensor, y: Tensor, eps: float, norm: Norm) -> float:
    """Measure the share that one step misclassifies."""
    result = pgd(model, x, y, eps=eps, norm=norm, steps=1, step_size=eps, loss="margin")
    return result.success.double().mean().item()


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
