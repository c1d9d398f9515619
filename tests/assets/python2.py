"""Pickles in the form of Python 2 and its NumPy, in which CIFAR-10 is published."""

import pickle
import struct
from io import BytesIO
from typing import Any

# Python's own pickler in Python, whose inside the type checker does not know.
_Base: Any = vars(pickle)["_Pickler"]


class _Pickler(_Base):  # type: ignore[misc]
    """A pickler of text and bytes as strings of Python 2."""

    def _save_string(self, value: str | bytes) -> None:
        content = value.encode("latin1") if isinstance(value, str) else value
        self.write(pickle.BINSTRING + struct.pack("<i", len(content)) + content)
        self.memoize(value)

    dispatch = _Base.dispatch | {str: _save_string, bytes: _save_string}


def dump_like_python2(plain: Any) -> bytes:
    """Pickle plain data and arrays."""
    file = BytesIO()
    _Pickler(file, protocol=2).dump(plain)
    return file.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
