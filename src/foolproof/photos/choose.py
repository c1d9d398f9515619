"""Choice of photos by name."""

import logging
from collections.abc import Sequence

from foolproof.photos.names import find_or_replace, nearest_names
from foolproof.photos.photo import Photo


def choose_photos(
    requested: Sequence[str], photos: Sequence[Photo], side: int
) -> list[tuple[str, Photo]]:
    """Find photos by name; others, if possible large ones, replace those that are missing.

    Args:
        requested: names of photos.
        photos: at least one, with unique names.
        side: of the network's input in pixels.

    Returns:
        Each requested name with its photo; fewer where there are fewer photos.
    """
    # Enlarging a small photo makes up the detail that the map is about.
    ordered = sorted(photos, key=lambda photo: is_small(photo, side))
    names = [photo.name for photo in ordered]
    indices = find_or_replace(requested, names)
    chosen = [
        (name, ordered[index])
        for name, index in zip(requested, indices, strict=True)
        if index is not None
    ]
    for name, photo in chosen:
        if photo.name != name:
            logging.warning(
                "%s in place of %s: no photo has this name, the nearest: %s",
                photo.name,
                name,
                nearest_names(name, names),
            )
        if is_small(photo, side):
            logging.warning(
                "%s has %d x %d pixels and is enlarged to the network's %d x %d",
                photo.name,
                *photo.picture.size,
                side,
                side,
            )
    if len(chosen) < len(requested):
        logging.warning("photos for %d of %d names", len(chosen), len(requested))
    return chosen


def is_small(photo: Photo, side: int) -> bool:
    """Tell whether a photo is smaller than the network's input, of that side in pixels."""
    return min(photo.picture.size) < side
