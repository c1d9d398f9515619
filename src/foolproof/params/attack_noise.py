"""Section of the stage `attack_noise`."""

from foolproof.core.params import Count, Positive, Probability, Section, Seed


class AttackNoise(Section):
    """Targeted additive perturbations."""

    seed: Seed
    confidence: Probability
    steps: Count
    step_size: Positive
