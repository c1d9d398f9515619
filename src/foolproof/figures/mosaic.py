"""Many small pictures of one size, laid out as one large one."""

import numpy as np
from numpy.typing import NDArray


def mosaic(pictures: NDArray[np.floating], *, gap: int = 1) -> NDArray[np.floating]:
    """Lay out pictures (rows, columns, height, width) as one, (rows (height + gap) - gap, ...).

    The `gap` pixels between neighbours are NaN, which matplotlib leaves blank.
    """
    rows, columns, height, width = pictures.shape
    tiles = np.full((rows, height + gap, columns, width + gap), np.nan, pictures.dtype)
    tiles[:, :height, :, :width] = pictures.transpose(0, 2, 1, 3)
    return tiles.reshape(rows * (height + gap), -1)[:-gap, :-gap]
