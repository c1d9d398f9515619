"""Section of the stage `attack_noise`."""

from foolproof.core.params import Count, Positive, Probability, Section, Seed


class AttackNoise(Section):
    """Noise that takes an image to another class."""

    seed: Seed
    confidence: Probability
    steps: Count
    step_size: Positive
