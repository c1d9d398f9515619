"""Encoded pictures as data sets publish them: decoding one, packing many into arrays."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foolproof.assets.declaration import Arrays
from foolproof.assets.errors import AssetError


def decode_picture(name: str, content: bytes) -> NDArray[np.uint8]:
    """Decode a picture to RGB, (H, W, 3).

    Raises:
        AssetError: naming the picture, when it cannot be decoded.
    """
    with _naming(name):
        return np.asarray(Image.open(BytesIO(content)).convert("RGB"))


def pack_pictures(pictures: Iterable[tuple[str, bytes]]) -> Arrays:
    """Pack encoded pictures, given by name and content, one after another.

    Returns:
        `bytes` uint8 (total,), `offsets` int64 (N + 1,) and `names` unicode (N,): picture `i` is
        `bytes[offsets[i]:offsets[i + 1]]`, as published.

    Raises:
        AssetError: naming what is no picture, to judge by its header.
    """
    content, offsets, names = bytearray(), [0], []
    for name, picture in pictures:
        with _naming(name):
            Image.open(BytesIO(picture))
        content += picture
        offsets.append(len(content))
        names.append(name)
    return {
        "bytes": np.frombuffer(content, np.uint8),
        "offsets": np.array(offsets, np.int64),
        "names": np.array(names, np.str_),
    }


@contextmanager
def _naming(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, SyntaxError) as error:  # what Pillow raises, depending on the format
        reason = str(error).partition(" <_io")[0]  # a buffer's address helps nobody
        raise AssetError(f"{name}: not a sound picture: {reason}") from None
