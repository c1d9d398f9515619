"""Section of the stage `show_predictions`."""

from foolproof.core.params import Count, Section, Seed


class ShowPredictions(Section):
    """Which test images are shown."""

    seed: Seed
    images: Count
