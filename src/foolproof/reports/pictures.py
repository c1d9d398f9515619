"""Smaller copies of pictures for the PDFs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

# Errors that cannot be seen: a palette bands smooth shades, JPEG spreads its errors over details.
# In pictures of noise 30 dB are a quality of 86, whose errors the noise hides.
MIN_PSNR_PALETTE, MIN_PSNR_JPEG = 45.0, 30.0
JPEG_QUALITIES = (80, 86, 92, 96)


@contextmanager
def smaller_copies(paths: Iterable[str], root: Path) -> Iterator[str]:
    """Make smaller copies of pictures in a temporary folder below `root`.

    Args:
        paths: of PNGs, relative to `root`.
        root: the folder that paths in a template start from.

    Yields:
        The folder's name; in it each copy has the path of its original, whatever its format is.
    """
    with TemporaryDirectory(prefix=".pictures-", dir=root) as folder:
        for path in set(paths):
            copy = Path(folder, path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(smaller((root / path).read_bytes()))
        yield Path(folder).name


def smaller(png: bytes) -> bytes:
    """Encode a picture as a PNG with a palette or as a JPEG, whichever is smaller and alike.

    Returns:
        The original where neither is smaller, or none is alike enough.
    """
    image = Image.open(BytesIO(png)).convert("RGB")
    palette = image.quantize(256, dither=Image.Dither.NONE)
    candidates = [png]
    if psnr(image, palette.convert("RGB")) >= MIN_PSNR_PALETTE:
        candidates.append(encoded(palette, "PNG", optimize=True))
    for quality in JPEG_QUALITIES:
        jpeg = encoded(image, "JPEG", quality=quality, subsampling=0)
        if psnr(image, Image.open(BytesIO(jpeg))) >= MIN_PSNR_JPEG:
            candidates.append(jpeg)
            break
    return min(candidates, key=len)


def encoded(image: Image.Image, form: str, **options: int | bool) -> bytes:
    """Encode an image with options of Pillow."""
    stream = BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def psnr(image: Image.Image, other: Image.Image) -> float:
    """Compute the peak signal-to-noise ratio in decibels; infinite for equal images."""
    difference = np.asarray(image, np.float64) - np.asarray(other, np.float64)
    error = float(np.mean(difference**2))
    return float(10 * np.log10(255**2 / error)) if error else float("inf")
