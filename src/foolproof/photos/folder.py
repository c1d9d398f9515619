"""A user's own photos in a folder."""

import logging
import os
import unicodedata
import warnings
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from PIL import Image

from foolproof.core.errors import FoolproofError
from foolproof.photos.decode import decode
from foolproof.photos.photo import Photo

# Written by Windows beside pictures; like hidden files, nobody's photos.
OF_THE_SYSTEM = ("thumbs.db", "desktop.ini")

SHORTER_SIDE = 1024
"""In pixels, to which a larger picture is reduced: networks see less, and hundreds fit memory."""


def read_folder(folder: Path) -> list[Photo]:
    """Read the pictures in a folder and its subfolders, sorted by path; it may be missing or empty.

    A photo's name is its path within the folder. Whatever is no readable picture is named in a
    warning with the reason; hidden files and `OF_THE_SYSTEM` are ignored.
    """
    photos: list[Photo] = []
    taken: set[str] = set()
    for path in sorted(_files_of(folder)):
        try:
            with warnings.catch_warnings(record=True) as raised:
                warnings.simplefilter("always")
                picture = decode(_content_of(path), _printable(path))
        except FoolproofError as error:
            logging.warning("%s; skipped", error)
            continue
        for warning in raised:
            logging.warning("%s: %s", _printable(path), warning.message)
        name = _distinct(_printable(path.relative_to(folder)), taken)
        taken.add(name)
        photos.append(Photo(name, _reduced(picture), None))
    return photos


def with_own_photos(downloaded: Sequence[Photo], folder: Path) -> list[Photo]:
    """Append a user's own photos, all under distinct names.

    An own photo with the name of a downloaded one is named by its path with the folder.

    Args:
        downloaded: photos.
        folder: of the own photos, see `read_folder`.
    """
    own = read_folder(folder)
    named = list(downloaded)
    taken = {photo.name for photo in [*downloaded, *own]}
    given = {photo.name for photo in downloaded}
    for photo in own:
        name = photo.name
        if name in given:
            name = _distinct((folder / name).as_posix(), taken)
            taken.add(name)
        named.append(photo._replace(name=name))
    return named


def _files_of(folder: Path) -> Iterator[Path]:
    """Find all that might be a photo; name links to folders, which DVC does not follow."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            if (path := Path(place, name)).is_symlink():
                logging.warning(
                    "%s: a link to a folder; copy the folder instead; skipped", _printable(path)
                )
        for name in files:
            if not name.startswith(".") and name.lower() not in OF_THE_SYSTEM:
                yield Path(place, name)


def _content_of(path: Path) -> bytes:
    """Read a file.

    Raises:
        FoolproofError: when it cannot be read, with the reason.
    """
    try:
        if not path.is_file():
            kind = "a link to nothing" if path.is_symlink() else "not a file"
            raise FoolproofError(f"{_printable(path)}: {kind}")
        return path.read_bytes()
    except OSError as error:
        raise FoolproofError(f"{_printable(path)}: cannot be read: {error.strerror}") from None


def _reduced(picture: Image.Image) -> Image.Image:
    """Reduce a picture to a shorter side of `SHORTER_SIDE`; a smaller one is returned."""
    scale = SHORTER_SIDE / min(picture.size)
    if scale >= 1:
        return picture
    width, height = (round(scale * side) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3)


def _printable(path: Path) -> str:
    """Write a path, with a sign in place of what no encoding or line can hold."""
    text = path.as_posix().encode(errors="surrogateescape").decode(errors="replace")
    return "".join(
        "\ufffd" if unicodedata.category(each) in ("Cc", "Cs") else each for each in text
    )


def _distinct(name: str, taken: Collection[str]) -> str:
    """Number a name that is taken."""
    number, distinct = 1, name
    while distinct in taken:
        number += 1
        distinct = f"{name} ({number})"
    return distinct
