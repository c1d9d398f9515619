"""Section of the stages `attack_minimal` and `evaluate_minimal`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Distinct, NotEmpty, Positive, Probability, Section

Rank = Annotated[int, Field(ge=2, strict=True)]


class NormalizedSteps(Section):
    """Steps of one L2 norm along the gradient, until the target is the top-1 class.

    In a second run they go on until it has a probability of `confidence`.
    """

    step_size: Positive
    steps: Count
    confidence: Probability


class AttackMinimal(Section):
    """Minimal L2 perturbations that make a target the top-1 class."""

    ranks: Annotated[list[Rank], NotEmpty, Distinct]
    normalized_steps: NormalizedSteps
    ddn_steps: Count
    shown: Count
