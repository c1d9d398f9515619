"""Confusion matrices."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def confusion_counts(labels: ArrayLike, predicted: ArrayLike, classes: int) -> NDArray[Any]:
    """Count images by true and predicted class, as `sklearn.metrics.confusion_matrix` does.

    One line of NumPy, since importing scikit-learn takes longer than most stages' counts.

    Args:
        labels: true classes from 0 to `classes` - 1, (N,); N may be 0.
        predicted: predicted classes, (N,).
        classes: K, the number of classes.

    Returns:
        (K, K) int64, rows by true and columns by predicted class.

    Raises:
        ValueError: when a class is out of range, or the two differ in length.
    """
    pairs = np.asarray(labels, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    cells = np.ravel_multi_index(pairs, (classes, classes))
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)
