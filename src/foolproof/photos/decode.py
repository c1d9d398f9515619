"""Decode picture files of any kind to RGB."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from foolproof.core.errors import FoolproofError

# From 16 bits a pixel to 8: 65535 becomes 255.
SIXTEEN_TO_EIGHT = 257


def decode(data: bytes, name: str) -> Image.Image:
    """Decode a picture to RGB, rotated as its EXIF data say, with transparency over white.

    Args:
        data: content of a file, in any format of Pillow.
        name: of the file, for the message.

    Raises:
        FoolproofError: when it is no picture, or a damaged one.
    """
    try:
        with Image.open(BytesIO(data)) as opened:
            picture = ImageOps.exif_transpose(opened)
            if picture.mode.startswith("I"):
                levels = np.asarray(picture) // SIXTEEN_TO_EIGHT
                picture = Image.fromarray(levels.clip(0, 255).astype(np.uint8))
            if picture.has_transparency_data:
                white = Image.new("RGBA", picture.size, "white")
                picture = Image.alpha_composite(white, picture.convert("RGBA"))
            return picture.convert("RGB")
    except UnidentifiedImageError:
        raise FoolproofError(f"{name}: not a picture of a known format") from None
    # Decoders raise errors of many types for damaged data.
    except Exception as error:
        raise FoolproofError(f"{name}: a damaged picture: {error}") from error
