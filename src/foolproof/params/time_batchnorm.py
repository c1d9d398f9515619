"""Section of the stage `time_batchnorm`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Section


class TimeBatchnorm(Section):
    """Number of pairs of timed epochs."""

    pairs: Annotated[int, Field(ge=2, strict=True)]
