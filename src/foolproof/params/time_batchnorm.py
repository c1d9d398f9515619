"""Section of the stage `time_batchnorm`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Section


class TimeBatchnorm(Section):
    """How the time of an epoch is compared."""

    pairs: Annotated[int, Field(ge=2, strict=True)]
