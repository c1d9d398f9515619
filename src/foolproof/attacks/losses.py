"""What attacks maximize, and when they succeed, by name or as objects."""

from collections.abc import Callable, Mapping
from typing import Literal

from torch import Tensor

from foolproof.classifiers.classifier import Classifier
from foolproof.optimize.criteria import ClassifiedAs, Criterion, Misclassified
from foolproof.optimize.objectives import CrossEntropy, Dlr, Margin, Objective, TargetedDlr

Loss = Literal["cross_entropy", "margin", "dlr"] | Objective
"""Name of a loss, or an objective that is maximized as it is."""

_UNTARGETED: Mapping[str, Callable[[Tensor], Objective]] = {
    "cross_entropy": CrossEntropy,
    "margin": Margin,
    "dlr": Dlr,
}
_TARGETED: Mapping[str, Callable[[Tensor, Tensor], Objective]] = {
    "cross_entropy": lambda _, targets: -CrossEntropy(targets),
    "margin": lambda _, targets: -Margin(targets),
    "dlr": TargetedDlr,
}


def objective_of(
    loss: Loss, model: Classifier, labels: Tensor, targets: Tensor | None
) -> Objective:
    """Make the objective of a loss: away from the labels (N,), or towards the targets (N,).

    Raises:
        ValueError: for an unknown name, or for the DLR loss with fewer than 3 classes, or 4 with
            targets: its denominator is a difference of sorted logits that do not exist then.
            Another loss in its place would be reported under a wrong name.
    """
    if isinstance(loss, Objective):
        return loss
    if loss not in _UNTARGETED:
        raise ValueError(f"expected a loss of {', '.join(_UNTARGETED)}, found {loss!r}")
    needed = 3 if targets is None else 4
    if loss == "dlr" and model.classes < needed:
        targeted = "" if targets is None else "targeted "
        raise ValueError(
            f"the {targeted}DLR loss needs at least {needed} classes, the classifier has "
            f"{model.classes}; loss='margin' is its numerator"
        )
    return _UNTARGETED[loss](labels) if targets is None else _TARGETED[loss](labels, targets)


def criterion_of(labels: Tensor, targets: Tensor | None) -> Criterion:
    """Make the criterion of success: misclassified, or classified as the targets."""
    return Misclassified(labels) if targets is None else ClassifiedAs(targets)
