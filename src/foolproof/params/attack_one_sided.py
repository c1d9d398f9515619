"""Section of the stage `attack_one_sided`."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, NotEmpty, Positive, Probability, Section, Seed


class Transfer(Section):
    """Adversarial images of different strength that other networks get to see."""

    images: Count
    confidences: Annotated[list[Probability], NotEmpty, Distinct]
    steps: Annotated[list[Count], NotEmpty, Distinct]


class AttackOneSided(Section):
    """Adversarial images that only add ink."""

    seed: Seed
    confidence: Probability
    steps: Count
    step_size: Positive
    targeted_images: Count
    transfer: Transfer
