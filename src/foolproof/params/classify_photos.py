"""Section of the stage `classify_photos`."""

from foolproof.core.params import Count, Section


class ClassifyPhotos(Section):
    """How many top classes of each photo are listed."""

    top: Count
