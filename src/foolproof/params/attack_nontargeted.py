"""Section of the stage `attack_nontargeted`."""

from typing import Annotated

from foolproof.core.params import Count, Digit, Distinct, NotEmpty, Positive, Section, Seed
from foolproof.params.common import NoiseStart


class AttackNontargeted(Section):
    """Class-maximizing images from noise."""

    seed: Seed
    classes: Annotated[list[Digit], NotEmpty, Distinct]
    starts_per_class: Count
    noise: NoiseStart
    steps: Annotated[list[Count], NotEmpty, Distinct]
    step_size: Positive
