"""Section of the stage `attack_minimal`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Distinct, NotEmpty, Positive, Section

Rank = Annotated[int, Field(ge=2, strict=True)]


class FewSteps(Section):
    """Descent by steps of one length, until the target is the likeliest class."""

    step_size: Positive
    steps: Count


class AttackMinimal(Section):
    """The smallest change that makes a target the likeliest class."""

    ranks: Annotated[list[Rank], NotEmpty, Distinct]
    few_steps: FewSteps
    search_steps: Count
    shown: Count
