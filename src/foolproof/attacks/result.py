"""The one record of all attacks."""

from dataclasses import dataclass, fields, replace
from typing import Self

import torch
from torch import Tensor

from foolproof.classifiers.classifier import Classifier, predict
from foolproof.data.levels import from_8_bit, to_8_bit
from foolproof.optimize.criteria import Criterion
from foolproof.optimize.steps import l2_norms


@dataclass(frozen=True, eq=False, kw_only=True)
class AttackResult:
    """Adversarial images of N examples; all tensors are on the device of the images."""

    x_adv: Tensor
    """The adversarial images, (N, C, H, W), within the bounds of the classifier."""

    x_adv_8_bit: Tensor
    """Rounded to 256 levels between the bounds, (N, C, H, W) uint8, as a picture is saved."""

    success: Tensor
    """Whether the criterion holds for `x_adv`, (N,) bool."""

    success_8_bit: Tensor
    """Whether it holds for `x_adv_8_bit`, (N,) bool."""

    l2: Tensor
    """L2 norm of x_adv - x, (N,), in units of the pixels."""

    linf: Tensor
    """L-infinity norm of x_adv - x, (N,), in units of the pixels."""

    steps: Tensor
    """Steps taken, (N,) int64, over all restarts."""

    queries: Tensor
    """Forward passes of each example, (N,) int64, those of this record left out."""

    history: Tensor
    """Objective before each step and at the end, (steps + 1, N); NaN after success."""

    def __len__(self) -> int:
        return len(self.success)

    def at(self, indices: Tensor) -> Self:
        """Select examples by indices or by a mask."""
        values = {field.name: getattr(self, field.name) for field in fields(AttackResult)}
        chosen = {
            name: value[:, indices] if name == "history" else value[indices]
            for name, value in values.items()
        }
        return replace(self, **chosen)


@torch.no_grad()
def record(
    model: Classifier,
    originals: Tensor,
    adversarial: Tensor,
    criterion: Criterion,
    *,
    steps: Tensor,
    queries: Tensor,
    history: Tensor,
    logits: Tensor | None = None,
) -> AttackResult:
    """Make the record of an attack; success of the 8-bit images takes a forward pass of its own.

    Args:
        model: the attacked classifier.
        originals: (N, C, H, W).
        adversarial: (N, C, H, W).
        criterion: of success.
        steps: taken, (N,).
        queries: forward passes, (N,).
        history: of the objective, (steps + 1, N).
        logits: of the adversarial images, (N, classes); None to compute them anew.
    """
    logits = predict(model, adversarial) if logits is None else logits
    rounded = to_8_bit(adversarial, model.bounds)
    perturbation = (adversarial - originals).flatten(1)
    return AttackResult(
        x_adv=adversarial,
        x_adv_8_bit=rounded,
        success=criterion(logits),
        success_8_bit=criterion(predict(model, from_8_bit(rounded, model.bounds).to(adversarial))),
        l2=l2_norms(perturbation),
        linf=perturbation.abs().amax(1),
        steps=steps,
        queries=queries,
        history=history,
    )
