"""Section of the stage `receptive_fields`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Distinct, NotEmpty, Section


class ReceptiveFields(Section):
    """Chains of convolutions whose receptive fields are computed."""

    strides: Annotated[list[Count], NotEmpty, Distinct]
    layers: Annotated[int, Field(ge=1, le=20, strict=True)]
