"""Restricted unpickling: numbers, text, containers and NumPy arrays only.

CIFAR-10 is published as pickles, and an unrestricted pickle can run any code.
"""

import io
import pickle
from typing import Any

import numpy as np

from foolproof.assets.errors import AssetError

# The globals in the pickle of an array, by their names in NumPy 1 and NumPy 2.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
}


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it refers to {module}.{name}")
        return _ALLOWED[module, name]


def load_restricted_pickle(name: str, content: bytes) -> Any:
    """Read a pickle of plain data and arrays, of Python 2 or 3.

    Raises:
        AssetError: with `name` and the cause, when it is damaged or has other globals.
    """
    try:
        return _RestrictedUnpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as error:  # damaged pickles raise exceptions of any type
        raise AssetError(f"{name}: not a valid pickle of plain data: {error}") from None
