"""Sheets of occlusion maps, and the curves by size of the patch."""

from pathlib import Path

import numpy as np
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from foolproof.compute.intervals import Interval
from foolproof.figures.occlude import ink_curves, occlusion_sheet
from foolproof.figures.style import save_figure
from tests.figures.conftest import assert_reproducible


def sheet() -> Figure:
    image = np.zeros((28, 28))
    image[10:20, 12:16] = 1
    maps = {size: np.linspace(0.2, 0.9, 2 * 784).reshape(2, 28, 28) for size in (2, 4, 16)}
    kinds = {"grey": maps, "black": {4: maps[4]}}
    return occlusion_sheet(np.stack([image, image.T]), kinds, titles=["digit 1", "digit 7"])


def test_the_sheet_has_a_row_an_image_and_a_column_a_shade_and_every_other_size() -> None:
    figure = sheet()
    assert len(figure.axes) == 2 * 3 + 1
    titles = [axis.get_title() for axis in figure.axes[:3]]
    assert titles == ["image", "grey\n4 × 4", "black\n4 × 4"]
    assert figure.axes[3].get_ylabel() == "digit 7"
    assert list(figure.axes[3].get_yticks()) == [0, 27]
    for axis in (*figure.axes[1:3], *figure.axes[4:6]):
        assert axis.images[0].get_clim() == (0, 1)
    assert figure.axes[6].get_xlabel() == "probability of the class"


def test_equal_maps_give_equal_bytes(tmp_path: Path) -> None:
    assert_reproducible(sheet, tmp_path)


def test_the_curves_name_patch_and_place_and_have_error_bars(tmp_path: Path) -> None:
    drops = {
        "grey": {"on_ink": [0.1, 0.4], "on_background": [0.0, 0.1]},
        "black": {"on_ink": [0.2, 0.5], "on_background": [0.0, 0.2]},
    }
    found = {
        patch: {
            size: {name: Interval(mean=of[index], ci95=0.05, n=77) for name, of in curves.items()}
            for index, size in enumerate(["2", "8"])
        }
        for patch, curves in drops.items()
    }
    figure = ink_curves(found)
    (axis,) = figure.axes
    names = {"on_ink": "ink", "on_background": "background"}
    labels = axis.get_legend_handles_labels()[1]
    assert labels == [
        f"{patch} patch centred on {names[name]}" for patch, of in drops.items() for name in of
    ]
    bars_of = [each for each in axis.containers if isinstance(each, ErrorbarContainer)]
    curves = [container.lines[0] for container in bars_of]
    assert [list(np.asarray(line.get_ydata())) for line in curves] == [
        values for of in drops.values() for values in of.values()
    ]
    (bars,) = bars_of[0].lines[2]
    np.testing.assert_allclose(bars.get_segments()[0][:, 1], [0.05, 0.15])
    legend = axis.get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "95 % intervals, n = 77"
    assert list(axis.get_xticks()) == [2, 8]
    assert axis.get_xlabel() == "side of the patch (pixels)"
    assert axis.get_ylabel() == "mean drop of probability"
    save_figure(figure, tmp_path / "curves.png", source="Data: none")
