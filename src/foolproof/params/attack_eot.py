"""Section of the stage `attack_eot`."""

from foolproof.core.params import Count, Positive, Section, Seed
from foolproof.params.common import Views


class AttackEot(Section):
    """PGD under expectation over transformation, and plain PGD with as many gradients.

    Epsilon is in units of 1/255.
    """

    seed: Seed
    epsilon: Positive
    step_size: Positive
    steps: Count
    samples: Count
    views: Views
