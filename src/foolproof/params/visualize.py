"""Section of the stage `visualize`."""

from foolproof.core.params import Count, Section, Seed


class Visualize(Section):
    """Whose activations are shown, and over how many images the numbers are taken."""

    seed: Seed
    images: Count
    statistics_images: Count
