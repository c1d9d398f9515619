"""Sections that every group of stages knows."""

from typing import Annotated, Literal

from foolproof.core.params import Count, Distinct, NotEmpty, Section

Source = Literal["mirror", "official", "embedded"]


class Data(Section):
    """Where data and weights may come from, tried in this order."""

    sources: Annotated[list[Source], NotEmpty, Distinct]


class Compute(Section):
    """What decides the last bit of a result, beside code and data."""

    threads: Count
