"""Section of the stages `feature_visualization` and `evaluate_feature_visualization`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Distinct, NonNegative, Positive, Section, Seed
from foolproof.params.common import Pixels, Views


class Regularizers(Section):
    """Weights of penalties, and strengths of blur and jitter."""

    l2: NonNegative
    total_variation: NonNegative
    blur: NonNegative
    jitter: Pixels


class SpectrumPrior(Section):
    """The penalty on Fourier magnitudes that do not fall as 1 / frequency."""

    weight: Positive
    side: Annotated[int, Field(ge=4, le=64, strict=True)]
    classes: Count


class Fourier(Section):
    """Optimization of decorrelated Fourier coefficients."""

    step_size: Positive


class ShiftedViews(Views):
    """Ranges of the random transformations of an image, and of a shift before them."""

    jitter: Pixels


class FeatureVisualization(Section):
    """Images that maximize the activation of units and classes."""

    seed: Seed
    network: str
    transfer_network: str
    units: Annotated[list[str], Distinct]
    classes: Count
    desired: Positive
    steps: Count
    step_size: Positive
    regularizers: Regularizers
    prior: SpectrumPrior
    fourier: Fourier
    views: ShiftedViews
