"""Decode picture files of any kind to RGB."""

import logging
from io import BytesIO

import numpy as np
from pi_heif import register_heif_opener
from PIL import Image, ImageOps, UnidentifiedImageError

from foolproof.core.errors import FoolproofError

# From 16 bits a pixel to 8: 65535 becomes 255.
SIXTEEN_TO_EIGHT = 257

LARGEST = 100_000_000
"""Pixels that are decoded at most; three bytes each."""

REDUCED_SIDE = 2048
"""A larger JPEG is reduced while it is decoded, to sides of at least this."""

register_heif_opener()
# `LARGEST` is the limit, and its message names the file.
Image.MAX_IMAGE_PIXELS = None


def decode(data: bytes, name: str) -> Image.Image:
    """Decode a picture to RGB, rotated as its EXIF data say, with transparency over white.

    Of a picture with several frames the first is taken. A JPEG of more than `LARGEST` pixels is
    reduced by its decoder.

    Args:
        data: content of a file, in any format of Pillow, or HEIC.
        name: of the file, for the message.

    Raises:
        FoolproofError: when it is no picture, a damaged one, or larger than `LARGEST`.
    """
    try:
        with Image.open(BytesIO(data)) as opened:
            _limit(opened, name)
            picture = _to_8_bit(_upright(opened, name))
            if picture.has_transparency_data:
                white = Image.new("RGBA", picture.size, "white")
                picture = Image.alpha_composite(white, picture.convert("RGBA"))
            return picture.convert("RGB")
    except FoolproofError:
        raise
    except UnidentifiedImageError:
        raise FoolproofError(f"{name}: not a picture of a known format") from None
    # Decoders raise errors of many types for damaged data.
    except Exception as error:
        raise FoolproofError(f"{name}: a damaged picture: {error}") from error


def _limit(opened: Image.Image, name: str) -> None:
    """Reduce a large JPEG, and refuse what is larger than `LARGEST` nevertheless."""
    if opened.width * opened.height > LARGEST:
        opened.draft(None, (REDUCED_SIDE, REDUCED_SIDE))
    if opened.width * opened.height > LARGEST:
        raise FoolproofError(
            f"{name}: {opened.width:,} × {opened.height:,} are more than {LARGEST:,} pixels; "
            "reduce it, or save it as a JPEG"
        )


def _upright(opened: Image.Image, name: str) -> Image.Image:
    """Rotate a picture by its EXIF data; as it is stored, and say so, where these are damaged."""
    opened.load()
    try:
        return ImageOps.exif_transpose(opened)
    except Exception as error:  # as many types as damaged data have
        logging.warning("%s: not rotated, since its EXIF data are damaged: %s", name, error)
        return opened


def _to_8_bit(picture: Image.Image) -> Image.Image:
    """Scale levels of 16 or 32 bits, and floats in [0, 1], to 8 bits; others are returned."""
    if picture.mode.startswith("I"):
        levels = np.asarray(picture) // SIXTEEN_TO_EIGHT
    elif picture.mode == "F":
        levels = np.nan_to_num(np.asarray(picture))
        levels = 255 * levels if levels.max() <= 1 else levels
    else:
        return picture
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))
