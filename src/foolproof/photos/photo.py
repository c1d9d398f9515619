"""Photos with their labels, and the packed file of the downloaded ones."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray
from PIL import Image

from foolproof.core.errors import FoolproofError
from foolproof.data.arrays import read_arrays
from foolproof.photos.decode import decode


class Photo(NamedTuple):
    """A decoded photo."""

    name: str
    """Of its file."""

    picture: Image.Image
    """In RGB."""

    label: str | None
    """Name of the true class, where it is known."""


def unpack(arrays: Mapping[str, NDArray[Any]]) -> list[tuple[str, bytes]]:
    """List names and contents of packed files: file i is bytes[offsets[i]:offsets[i + 1]]."""
    contents = arrays["bytes"].tobytes()
    spans = pairwise(arrays["offsets"].tolist())
    return [
        (str(name), contents[start:end])
        for name, (start, end) in zip(arrays["names"], spans, strict=True)
    ]


def load_photos(path: Path) -> list[Photo]:
    """Load the `.npz` of packed photos that the download stage writes.

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


def index_of_peppers(photos: Sequence[Photo]) -> int:
    """Find the index of the photo of peppers; 0 where there is none."""
    stems = [Path(photo.name).stem for photo in photos]
    return stems.index("peppers") if "peppers" in stems else 0
