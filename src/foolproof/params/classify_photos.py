"""Section of the stage `classify_photos`."""

from foolproof.core.params import Count, Section


class ClassifyPhotos(Section):
    """How many of the likeliest classes of each photograph are listed."""

    top: Count
