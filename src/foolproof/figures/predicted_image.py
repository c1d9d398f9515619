"""Photos under their predicted class, in several figures."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from foolproof.figures.style import percent, remove_frame


class PredictedImage(NamedTuple):
    """An image with its predicted class."""

    pixels: NDArray[np.floating]
    """(S, S, 3), in [0, 1]."""

    name: str
    """Of the predicted class."""

    probability: float
    """Of that class."""


def predicted_images(
    images: NDArray[np.floating], probabilities: NDArray[np.floating], classes: Sequence[str]
) -> list[PredictedImage]:
    """Name the predicted classes of images (N, 3, S, S) with probabilities (N, classes)."""
    return [
        PredictedImage(pixels.transpose(1, 2, 0), classes[found.argmax()], float(found.max()))
        for pixels, found in zip(images, probabilities, strict=True)
    ]


def draw_predicted(
    axis: Axes, image: PredictedImage, *, colour: str = "black", fontsize: float = 9
) -> None:
    """Draw an image under the name and the probability of its predicted class."""
    axis.imshow(image.pixels)
    axis.set_title(
        f"{fill(image.name, 24)}\n{bounded_percent(image.probability)}",
        color=colour,
        fontsize=fontsize,
    )
    remove_frame(axis)


def draw_perturbation(
    axis: Axes, perturbation: NDArray[Any], title: str, *, fontsize: float = 9
) -> None:
    """Draw a perturbation (S, S, 3), scaled to full contrast around grey."""
    largest = float(np.abs(perturbation).max())
    axis.imshow(0.5 + 0.5 * perturbation / max(largest, 1e-9))
    axis.set_title(title, fontsize=fontsize)
    remove_frame(axis)


def bounded_percent(share: float) -> str:
    """Format a share as a percentage, which is 0 or 100 for these shares only."""
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return percent(share)
