"""Section of the stage `show_predictions`."""

from foolproof.core.params import Count, Section, Seed


class ShowPredictions(Section):
    """Number and seed of the test images that are shown."""

    seed: Seed
    images: Count
