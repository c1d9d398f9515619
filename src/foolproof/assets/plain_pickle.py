"""Pickles that may hold numbers, text, containers and NumPy arrays, and nothing that runs."""

import io
import pickle
from typing import Any

import numpy as np

from foolproof.assets.errors import AssetError

# What a pickle of an array calls, under the names that NumPy before and after 2.0 has for it.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _ALLOWED[module, name]


def load_plain_pickle(name: str, content: bytes) -> Any:
    """Read a pickle of plain data and arrays, also one that Python 2 wrote.

    Raises:
        AssetError: with `name` and the reason, when it is damaged or asks for anything else.
    """
    try:
        return _PlainUnpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as error:  # a damaged pickle can fail in any way
        raise AssetError(f"{name}: not a sound pickle of plain data: {error}") from None
