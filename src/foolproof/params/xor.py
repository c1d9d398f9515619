"""Section of the stage `xor`."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, Positive, Probability, Section


class Xor(Section):
    """Training of perceptrons on XOR from random starts."""

    seeds: Count
    std: Positive
    other_stds: Annotated[list[Positive], Distinct]
    learning_rate: Positive
    steps: Count
    confidence: Probability
    level_tolerance: Positive
    flat_gradient: Positive
    snapshots: Annotated[list[Count], Distinct]
