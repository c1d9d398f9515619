"""Section of the stage `receptive_fields`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Distinct, NotEmpty, Section

Stride = Annotated[int, Field(ge=1, le=8, strict=True)]


class ReceptiveFields(Section):
    """Chains of convolutions whose receptive fields are computed."""

    strides: Annotated[list[Stride], NotEmpty, Distinct]
    layers: Annotated[int, Field(ge=1, le=20, strict=True)]
