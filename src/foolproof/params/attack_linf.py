"""Section of the stages `attack_linf`, `evaluate_linf` and `attack_eot`."""

from typing import Annotated, Literal

from foolproof.core.params import Count, Distinct, NotEmpty, Positive, Probability, Section, Seed


class Example(Section):
    """A photo, by the name of its file, and its target class, by name."""

    photo: str
    target: str


class AttackLinf(Section):
    """Targeted PGD on photos; epsilons are in units of 1/255."""

    seed: Seed
    objective: Literal["probability", "log_probability", "cross_entropy"]
    step: Literal["sign", "gradient"]
    step_size: Positive
    steps: Count
    epsilon: Positive
    examples: Annotated[list[Example], NotEmpty]
    pairs: Count
    epsilons: Annotated[list[Positive], NotEmpty, Distinct]
    success_epsilon: Positive
    confidence: Probability
