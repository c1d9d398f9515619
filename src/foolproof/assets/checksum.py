"""Checksums of files, written as `algorithm:hexadecimal digits`.

The algorithm is one of hashlib's, with `-prefix` at its end where only the first digits are known,
as of the weights that PyTorch publishes.
"""

import hashlib
from pathlib import Path

_PREFIX = "-prefix"


def checksum_of(path: Path, *, like: str) -> str:
    """Compute a file's checksum by the algorithm of `like`, and to as many digits."""
    algorithm, _, digits = like.partition(":")
    found = _digest(path, algorithm.removesuffix(_PREFIX))
    return f"{algorithm}:{found[: len(digits)] if algorithm.endswith(_PREFIX) else found}"


def sha256_of(path: Path) -> str:
    """Compute a file's SHA-256 in hexadecimal digits."""
    return _digest(path, "sha256")


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
