"""Checksums of files, written as `algorithm:hexadecimal digits`.

The algorithm is one of hashlib's. It ends in `-prefix` where only the first digits are known, as
for the weights that PyTorch publishes.
"""

import hashlib
from pathlib import Path

_PREFIX = "-prefix"


def checksum_of(path: Path, *, like: str) -> str:
    """Compute the checksum of a file with the algorithm and the number of digits of `like`."""
    algorithm, _, digits = like.partition(":")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm.removesuffix(_PREFIX)).hexdigest()
    return f"{algorithm}:{found[: len(digits)] if algorithm.endswith(_PREFIX) else found}"


def sha256_of(path: Path) -> str:
    """Compute the SHA-256 of a file in hexadecimal digits."""
    return checksum_of(path, like="sha256:").partition(":")[2]
