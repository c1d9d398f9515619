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
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm.removesuffix(_PREFIX)).hexdigest()
    return f"{algorithm}:{found[: len(digits)] if algorithm.endswith(_PREFIX) else found}"
