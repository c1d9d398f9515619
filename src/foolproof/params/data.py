"""Sections of data sources and computing."""

from typing import Annotated

from foolproof.core.params import Count, Distinct, NotEmpty, Section
from foolproof.core.sources import Source


class Data(Section):
    """Sources of data and weights, tried in this order."""

    sources: Annotated[list[Source], NotEmpty, Distinct]


class Compute(Section):
    """Settings of the computation that determine the last bits of a result."""

    threads: Count
