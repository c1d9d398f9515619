"""Arrays in `.npz` files."""

from collections.abc import Collection
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from foolproof.core.errors import FoolproofError
from foolproof.core.files import atomic_write


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write named arrays as one uncompressed `.npz`; equal arrays give equal bytes."""
    with atomic_write(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def read_arrays(path: Path, names: Collection[str] | None = None) -> dict[str, NDArray[Any]]:
    """Read the arrays of a `.npz` file, by name.

    Args:
        path: of the file.
        names: of the arrays to read, as far as the file has them; all where left out.

    Raises:
        FoolproofError: when there is no such file, or it is not an intact `.npz`.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files if names is None or name in names}
    except FileNotFoundError:
        raise FoolproofError(f"{path}: no such file; `dvc repro` makes it") from None
    except (OSError, ValueError, BadZipFile) as error:
        raise FoolproofError(f"{path}: expected an intact .npz file: {error}") from error
