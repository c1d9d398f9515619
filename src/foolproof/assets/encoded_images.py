"""Encoded images, as data sets publish them: decoding one, packing many into arrays."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foolproof.assets.declaration import Arrays
from foolproof.assets.errors import AssetError


def decode_image(name: str, content: bytes) -> NDArray[np.uint8]:
    """Decode an image to RGB, uint8 (H, W, 3).

    Raises:
        AssetError: naming the image, when it cannot be decoded.
    """
    with _errors_of(name):
        return np.asarray(Image.open(BytesIO(content)).convert("RGB"))


def pack_images(images: Iterable[tuple[str, bytes]]) -> Arrays:
    """Concatenate encoded images, given by name and content.

    Returns:
        `bytes` uint8 (total,), `offsets` int64 (N + 1,) and `names` unicode (N,). Image i is
        `bytes[offsets[i]:offsets[i + 1]]`, unchanged.

    Raises:
        AssetError: naming the first file whose header is not that of an image.
    """
    packed, offsets, names = bytearray(), [0], []
    for name, content in images:
        with _errors_of(name):
            Image.open(BytesIO(content))
        packed += content
        offsets.append(len(packed))
        names.append(name)
    return {
        "bytes": np.frombuffer(packed, np.uint8),
        "offsets": np.array(offsets, np.int64),
        "names": np.array(names, np.str_),
    }


@contextmanager
def _errors_of(name: str) -> Iterator[None]:
    """Turn Pillow's errors, whose type depends on the format, into an AssetError."""
    try:
        yield
    except (OSError, SyntaxError) as error:
        reason = str(error).partition(" <_io")[0]  # without the address of the buffer
        raise AssetError(f"{name}: not a valid image: {reason}") from None
