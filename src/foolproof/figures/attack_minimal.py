"""Changes as small as possible: what they look like, and their norm by the rank of the target."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from foolproof.figures.attack_linf import Seen, draw_seen
from foolproof.figures.style import COLOURS, new_figure, remove_frame

# Pairs of photo and target that stand side by side in a row of the figure.
ABREAST = 2


def draw_changes(
    originals: Sequence[Seen], results: Sequence[Seen], ranks: Sequence[int], *, title: str
) -> Figure:
    """Draw original, change and result of pairs of photo and target.

    Args:
        originals: one for each pair.
        results: likewise.
        ranks: of the targets, by the original's probabilities.
        title: of the figure.
    """
    rows = -(-len(ranks) // ABREAST)
    figure, axes = new_figure(
        rows,
        3 * ABREAST,
        width=1.75 * 3 * ABREAST,
        height=2.35 * rows + 0.7,
        title=f"{title}: the smallest changes that make the target the likeliest class",
    )
    groups = axes.reshape(-1, 3)
    for axis in groups[len(ranks) :].flat:
        axis.set_axis_off()
    for group, original, result, rank in zip(groups, originals, results, ranks, strict=False):
        change = result.pixels - original.pixels
        largest = float(np.abs(change).max())
        draw_seen(group[0], original, fontsize=8)
        group[1].imshow(0.5 + 0.5 * change / max(largest, 1e-9))
        group[1].set_title(
            f"change, L2 norm {np.linalg.norm(change):.2f}\n±{255 * largest:.1f} of 255", fontsize=8
        )
        remove_frame(group[1])
        draw_seen(group[2], result, fontsize=8)
        group[2].set_xlabel(f"target: class of rank {rank}", fontsize=8)
    return figure


def draw_norms(
    rows: Sequence[Mapping[str, Any]], methods: Mapping[str, str], *, title: str
) -> Figure:
    """Draw the norms of successful changes against the rank of the target, for each method.

    Args:
        rows: of pairs and methods, with `method`, `rank`, `success`, `l2` and `linf`.
        methods: by the names in the rows, what the figure calls them.
        title: of the figure.
    """
    figure, axes = new_figure(
        1, 2, width=9.6, height=4, title=f"{title}: size of the change by the target's rank"
    )
    quantities = {
        "l2": ("L2 norm, pixels in [0, 1]", 1),
        "linf": ("largest change of a pixel (of 255)", 255),
    }
    # A logarithmic axis needs something to show.
    drawn = any(row["success"] and row["l2"] > 0 for row in rows)
    spacing = "log" if drawn else "linear"
    for axis, (quantity, (label, scale)) in zip(axes[0], quantities.items(), strict=True):
        for number, (method, name) in enumerate(methods.items()):
            found = [row for row in rows if row["method"] == method and row["success"]]
            ranks = np.array([row["rank"] for row in found])
            sizes = scale * np.array([row[quantity] for row in found])
            spread = 0.94 + 0.12 * number
            axis.plot(spread * ranks, sizes, ".", ms=4, alpha=0.5, color=COLOURS[number])
            medians = [np.median(sizes[ranks == rank]) for rank in np.unique(ranks)]
            axis.plot(
                np.unique(ranks),
                medians,
                "o-",
                ms=5,
                color=COLOURS[number],
                label=f"{name}: median",
            )
        axis.set(
            xscale=spacing,
            yscale=spacing,
            xlabel="rank of the target in the original",
            ylabel=label,
        )
        if not drawn:
            axis.text(0.5, 0.5, "no attack succeeded", ha="center", transform=axis.transAxes)
        axis.grid(alpha=0.3)
    axes[0, 0].legend(fontsize=8)
    return figure
