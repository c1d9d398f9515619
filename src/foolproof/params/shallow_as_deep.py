"""Section of the stage `shallow_as_deep`."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, NotEmpty, Section, Seed


class ShallowAsDeep(Section):
    """Random shallow networks to construct deep ones from."""

    seed: Seed
    neurons: Annotated[list[Count], NotEmpty, Distinct]
    inputs: Annotated[list[Count], NotEmpty, Distinct]
    networks: Count
    points: Count
