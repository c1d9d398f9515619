"""Encoded pictures."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

RANDOM = np.random.default_rng(0)
COLOURS = RANDOM.integers(0, 256, (6, 9, 3), dtype=np.uint8)


def encode(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def colour_jpeg(width: int = 60, height: int = 40) -> bytes:
    smooth = np.linspace(0, 255, 3 * width * height).reshape(height, width, 3).astype(np.uint8)
    return encode(Image.fromarray(smooth), "JPEG")
