"""A user's own photos in a folder."""

import logging
from collections.abc import Sequence
from pathlib import Path

from foolproof.core.errors import FoolproofError
from foolproof.photos.decode import decode
from foolproof.photos.photo import Photo

# Of picture files, in any letter case; other files are ignored.
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def read_folder(folder: Path) -> list[Photo]:
    """Read the pictures of a folder, sorted by name; it may be missing or empty.

    Files with a suffix of `SUFFIXES` are read. One that is no picture is skipped with a warning.

    Raises:
        FoolproofError: when there are such files, and none is a picture.
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
    """Append a user's own photos, all under distinct names.

    An own photo with the name of a downloaded one is named by its path.

    Args:
        downloaded: photos.
        folder: of the own photos, see `read_folder`.
    """
    taken = {photo.name for photo in downloaded}
    own = [
        photo._replace(name=str(folder / photo.name)) if photo.name in taken else photo
        for photo in read_folder(folder)
    ]
    return [*downloaded, *own]
