"""Section of the stage `adder`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Section, Seed


class Adder(Section):
    """Numbers that the recurrent adder is tested on."""

    seed: Seed
    bits: Annotated[int, Field(ge=1, le=12, strict=True)]  # 4^12 pairs take half a minute
    long_bits: Count
    long_count: Count
