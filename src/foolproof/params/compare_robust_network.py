"""Section of the stage `compare_robust_network`."""

from typing import Annotated

from foolproof.core.params import (
    Count,
    Distinct,
    GreyLevel,
    NotEmpty,
    Positive,
    Probability,
    Section,
    Seed,
)
from foolproof.params.common import NoiseStart


class ClassImages(Section):
    """Class-maximizing images from a nearly uniform start."""

    starts_per_class: Count
    noise: NoiseStart
    steps: Count
    step_size: Positive


class NearestDigits(Section):
    """Nearest training digits of an image; test digits are the control."""

    neighbours: Count
    blur: Positive
    controls: Count


class Occlusion(Section):
    """Occlusion maps of the digits."""

    side: Count
    fill: GreyLevel


class Targeted(Section):
    """Images near a digit of another class."""

    betas: Annotated[list[Positive], NotEmpty, Distinct]
    confidence: Probability
    steps: Count
    step_size: Positive


class Noise(Section):
    """Minimal additive noise towards another class, by DDN."""

    steps: Count


class CompareRobustNetwork(Section):
    """The questions of EE6132 for the ordinary networks and the robust one, on the same digits."""

    seed: Seed
    digits_per_class: Count
    class_images: ClassImages
    nearest_digits: NearestDigits
    occlusion: Occlusion
    targeted: Targeted
    noise: Noise
