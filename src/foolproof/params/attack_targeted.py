"""Section of the stage `attack_targeted`."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, NotEmpty, Positive, Probability, Section, Seed
from foolproof.params.common import NoiseStart


class AttackTargeted(Section):
    """Class-maximizing images near a reference image of another class."""

    seed: Seed
    noise: NoiseStart
    betas: Annotated[list[Positive], NotEmpty, Distinct]
    confidence: Probability
    comparisons: Count
    steps: Count
    step_size: Positive
