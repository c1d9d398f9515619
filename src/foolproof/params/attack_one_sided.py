"""Section of the stages `attack_one_sided` and `evaluate_one_sided`."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, NotEmpty, Positive, Probability, Section, Seed


class Transfer(Section):
    """Untargeted attacks of several strengths, whose transfer is measured."""

    images: Count
    confidences: Annotated[list[Probability], NotEmpty, Distinct]
    steps: Annotated[list[Count], NotEmpty, Distinct]


class AttackOneSided(Section):
    """One-sided attacks: x_adv >= x."""

    seed: Seed
    confidence: Probability
    steps: Count
    step_size: Positive
    targeted_images: Count
    transfer: Transfer
