"""Reader of IDX, the file format of MNIST: a big-endian header, then the bytes of one array.

Own code because torchvision's reader costs an import of three seconds.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foolproof.assets.errors import AssetError

_UNSIGNED_BYTE = 8
_GZIP = b"\x1f\x8b"


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, compressed by gzip or unpacked.

    Args:
        path: the file.
        dimensions: the number of dimensions of its array.

    Returns:
        The array, in the shape that the file's header gives.

    Raises:
        AssetError: naming the file and its fault: the compression, data type, dimensions or length.
    """
    content = _decompress(path)
    header = 4 + 4 * dimensions
    magic = bytes([0, 0, _UNSIGNED_BYTE, dimensions])
    if content[:4] != magic:
        raise AssetError(
            f"{path.name}: not an IDX file of unsigned bytes in {dimensions} dimensions: "
            f"expected it to begin with {magic.hex(' ')}, found {content[:4].hex(' ')!r}"
        )
    if len(content) < header:
        raise AssetError(
            f"{path.name}: the header is cut short: expected {header} bytes, found {len(content)}"
        )
    shape = struct.unpack(f">{dimensions}I", content[4:header])
    expected = header + math.prod(shape)
    if len(content) != expected:
        raise AssetError(
            f"{path.name}: wrong length for an array of shape {shape}: "
            f"expected {expected} bytes, found {len(content)}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _decompress(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise AssetError(f"{path.name}: not a valid gzip file: {error}") from None
