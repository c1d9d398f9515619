"""Section of the stages `explain`, one part for digits and one for photos."""

from typing import Annotated, Literal

from pydantic import Field

from foolproof.core.params import Count, Number, Positive, Section, Seed


class Smoothgrad(Section):
    """Number of noisy copies, and the standard deviation of the noise, of the pixels' range."""

    samples: Count
    std: Positive


class IntegratedGradients(Section):
    """Number of points on the path from black to the image, and the rule of quadrature."""

    steps: Count
    rule: Literal["gauss_legendre", "midpoint"]


class Patch(Section):
    """A square patch that occludes: side and stride in pixels, and its pixel value."""

    side: Count
    stride: Count
    fill: Annotated[Number, Field(ge=0, le=1)]


class Methods(Section):
    """Settings of the methods that have any."""

    smoothgrad: Smoothgrad
    integrated_gradients: IntegratedGradients
    occlusion: Patch


Baseline = Literal["black", "mean", "blur"]


class Baselines(Section):
    """What deleted pixels become, and what pixels are before they are inserted."""

    deletion: Baseline
    insertion: Baseline


class Scores(Section):
    """Steps of deletion and insertion curves, side of a tile in pixels, controls, baselines."""

    steps: Count
    tile: Count
    random_maps: Count
    baselines: Baselines


class ExplainPhotos(Section):
    """Maps of the photos of `occlude_photos`; scores on all downloaded photos."""

    seed: Seed
    methods: Methods
    scores: Scores


class ExplainMnist(ExplainPhotos):
    """Maps of the digits of `occlude`; scores on random test images of each class."""

    images_per_class: Count


class Explain(Section):
    """One part for each kind of images."""

    mnist: ExplainMnist
    photos: ExplainPhotos
