"""What every test of a figure needs."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    """Close the figures that a test has drawn and not saved."""
    yield
    plt.close("all")
