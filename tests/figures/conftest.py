"""What every test of a figure needs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from foolproof.figures.style import save_figure


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    """Close the figures that a test has drawn and not saved."""
    yield
    plt.close("all")


def assert_reproducible(draw: Callable[[], Figure], folder: Path) -> None:
    """Check that what is drawn twice is saved as the same bytes, with its source at the foot."""
    source = "Data: made up"
    first, second = folder / "first.png", folder / "second.png"
    for path in (first, second):
        figure = draw()
        save_figure(figure, path, source=source)
        assert figure.get_supxlabel() == source
    assert first.read_bytes() == second.read_bytes()
