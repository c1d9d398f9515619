"""Photographs of any size and kind: decoding them, and what a network gets to see of them."""

import logging
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from foolproof.core.errors import FoolproofError
from foolproof.data.arrays import read_arrays

Interpolation = Literal["bilinear", "bicubic"]

# What counts as a picture in a user's folder, in any letter case.
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

# From 16 bits a pixel to 8: 65535 becomes 255.
SIXTEEN_TO_EIGHT = 257


class Photo(NamedTuple):
    """A decoded photograph."""

    name: str
    """Of its file."""

    picture: Image.Image
    """In RGB."""

    label: str | None
    """The true class in words, where it is known."""


def decode(data: bytes, name: str) -> Image.Image:
    """Decode a picture to RGB, upright as its EXIF data say, transparent parts over white.

    Args:
        data: the file's content, in any format that Pillow knows.
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
    # A decoder that meets damaged data raises whatever it stumbles over.
    except Exception as error:
        raise FoolproofError(f"{name}: a damaged picture: {error}") from error


def unpack(arrays: Mapping[str, NDArray[Any]]) -> list[tuple[str, bytes]]:
    """List the names and contents of packed files: file i is bytes[offsets[i]:offsets[i + 1]]."""
    contents = arrays["bytes"].tobytes()
    spans = pairwise(arrays["offsets"].tolist())
    return [
        (str(name), contents[start:end])
        for name, (start, end) in zip(arrays["names"], spans, strict=True)
    ]


def load_photos(path: Path) -> list[Photo]:
    """Load the `.npz` of packed photographs that the download stage made.

    Raises:
        FoolproofError: when the file is missing, damaged or empty.
    """
    arrays = read_arrays(path)
    if missing := sorted({"bytes", "offsets", "names", "labels"} - arrays.keys()):
        raise FoolproofError(f"{path}: lacks the array {', '.join(missing)}")
    if not len(arrays["names"]):
        raise FoolproofError(f"{path}: holds no photographs")
    return [
        Photo(name, decode(data, name), str(label) or None)
        for (name, data), label in zip(unpack(arrays), arrays["labels"], strict=True)
    ]


def read_folder(folder: Path) -> list[Photo]:
    """Read a user's own pictures in order of their names; the folder may be missing or empty.

    Files count by their suffix, see `SUFFIXES`. One that is no picture is skipped with a warning.

    Raises:
        FoolproofError: when files count, and none of them is a picture.
    """
    files = filter(Path.is_file, folder.glob("*"))
    paths = sorted(path for path in files if path.suffix.lower() in SUFFIXES)
    photos = []
    for path in paths:
        try:
            photos.append(Photo(path.name, decode(path.read_bytes(), str(path)), None))
        except FoolproofError as error:
            logging.warning("%s; skipped", error)
    if paths and not photos:
        names = ", ".join(path.name for path in paths)
        raise FoolproofError(f"{folder}: no file is a readable picture: {names}")
    return photos


def with_own_photos(downloaded: Sequence[Photo], folder: Path) -> list[Photo]:
    """Add a user's own photos, each under a name of its own.

    One that is named as a downloaded one is called by its path.

    Args:
        downloaded: come first.
        folder: of the own ones, see `read_folder`.
    """
    taken = {photo.name for photo in downloaded}
    own = [
        photo._replace(name=str(folder / photo.name)) if photo.name in taken else photo
        for photo in read_folder(folder)
    ]
    return [*downloaded, *own]


def row_of_peppers(photos: Sequence[Photo]) -> int:
    """Find the photograph of the peppers, or take the first where there is none."""
    stems = [Path(photo.name).stem for photo in photos]
    return stems.index("peppers") if "peppers" in stems else 0


def to_network_pixels(
    picture: Image.Image, resize: int, crop: int, interpolation: Interpolation = "bilinear"
) -> Tensor:
    """Bring a picture to a network's input as torchvision's classification presets do.

    Resizing with antialiasing, then the central square; normalization is left to the network's
    first layer.

    Args:
        picture: in RGB.
        resize: shorter side after resizing, in pixels.
        crop: side of the central square, at most `resize`.
        interpolation: of the resizing.

    Returns:
        Pixels (3, crop, crop), float32 in [0, 1].
    """
    shorter = min(picture.size)
    width, height = (int(resize * side / shorter) for side in picture.size)
    left, top = round((width - crop) / 2), round((height - crop) / 2)
    seen = picture.resize((width, height), Image.Resampling[interpolation.upper()]).crop(
        (left, top, left + crop, top + crop)
    )
    return torch.from_numpy(np.array(seen)).permute(2, 0, 1).float().div(255)
