"""The style of all figures, and how they are saved."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font
from numpy.typing import NDArray

from foolproof.core.files import atomic_write

mpl.use("Agg")

# One colour map for each kind of quantity, all colour-blind safe.
INTENSITY = "gray"  # pixels, ink white on black
AMOUNT = "viridis"  # non-negative: activations, counts
PROBABILITY = "cividis"  # always drawn from 0 to 1
SIGNED = "RdBu_r"  # limits symmetric around zero: filters, noise

# Okabe and Ito's colour-blind safe palette.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

DEJAVU = "DejaVu Sans"  # comes with Matplotlib

STYLE: Any = {
    "axes.grid": False,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "figure.constrained_layout.use": True,
    "figure.titlesize": 9,
    "font.size": 9,
    "image.interpolation": "nearest",
    "legend.frameon": False,
    "savefig.dpi": 200,
}
# Global, not in a context a figure: legends, ticks and images that are added later need it too.
mpl.rcParams.update(STYLE)


def new_figure(
    rows: int = 1, columns: int = 1, *, width: float, height: float, title: str, **options: Any
) -> tuple[Figure, NDArray[Any]]:
    """Make a titled figure with a 2-D array of axes; sizes are in inches."""
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, **options)
    figure.suptitle(title)
    return figure, axes


def remove_frame(axis: Axes) -> None:
    """Remove ticks and spines; image, title and labels remain."""
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def draw_pixels(axis: Axes, pixels: NDArray[Any]) -> None:
    """Draw a grey image (H, W) with pixels in [0, 1], without a frame."""
    axis.imshow(pixels, cmap=INTENSITY, vmin=0, vmax=1)
    remove_frame(axis)


def percent(share: float, digits: int = 1) -> str:
    """Format a share as a percentage."""
    return f"{100 * share:.{digits}f} %"


def draw_name(axis: Axes, name: str, *, length: int | None = None, **options: Any) -> None:
    """Title an axis by the name of a user's file, as it is written.

    Dollar signs are no formulas, and characters that DejaVu lacks are drawn in an installed font
    that has them; where there is none, they become codes such as U+732B.

    Args:
        axis: that it is above.
        name: which may have several lines.
        length: in characters at most.
        options: of the text.
    """
    family, known = family_for(name)
    text = "".join(each if ord(each) in known else f"U+{ord(each):04X}" for each in name)
    if length and len(text) > length:
        text = f"{text[: length - 1]}…"
    axis.set_title(text.replace("$", r"\$"), family=family, **options)


@cache
def family_for(text: str) -> tuple[list[str], frozenset[int]]:
    """Name DejaVu Sans, and an installed font that has what it lacks, if there is one.

    Returns:
        The fonts, and the code points that can be drawn by them, with line breaks.
    """
    known = characters_of(findfont(DEJAVU)) | {ord("\n")}
    lacking = {ord(each) for each in text} - known
    for font in sorted(fontManager.ttflist, key=lambda font: font.fname) if lacking else []:
        # "Last Resort" fonts draw the same box for all characters of a script.
        if "Last Resort" not in font.name and lacking <= characters_of(font.fname):
            return [DEJAVU, font.name], known | lacking
    return [DEJAVU], known


@cache
def characters_of(file: str) -> frozenset[int]:
    """List the code points that a font's file has."""
    return frozenset(get_font(file).get_charmap())


def save_figures(figures: Mapping[str, Figure], folder: Path, *, source: str) -> None:
    """Save figures as `<name>.png`, see `save_figure`."""
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.png", source=source)


def save_figure(figure: Figure, path: Path, *, source: str) -> None:
    """Save a PNG with a line on the source of its data; equal figures give equal bytes."""
    text = fill(source, round(20 * figure.get_figwidth()))
    figure.supxlabel(text, x=0.995, ha="right", fontsize=6.5, color="0.35")
    with atomic_write(path) as temporary:
        figure.savefig(temporary, metadata={"Software": None})
    plt.close(figure)
