"""Numbers in the cells of a matrix."""

import numpy as np

from foolproof.figures.style import new_figure
from foolproof.figures.tables import annotate_cells, format_cells


def test_cells_are_annotated_by_brightness_and_nan_stays_blank() -> None:
    _, ((axis,),) = new_figure(width=2, height=2, title="")
    values = np.array([[0.0, 2.5], [4.0, np.nan]])
    axis.imshow(values, vmin=0, vmax=4)
    annotate_cells(axis, values, format_cells(10 * values, ".1f"), fontsize=6)
    found = {text.get_position(): (text.get_text(), text.get_color()) for text in axis.texts}
    assert found == {(0, 0): ("0.0", "white"), (1, 0): ("25.0", "black"), (0, 1): ("40.0", "black")}
    assert {text.get_fontsize() for text in axis.texts} == {6}
