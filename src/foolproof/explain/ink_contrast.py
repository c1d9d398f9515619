"""Effect of an occluding patch on the digit against its effect beside it, image by image."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from torch import Tensor

from foolproof.compute.clusters import difference_of
from foolproof.compute.intervals import Interval, mean_with_interval, sign_of
from foolproof.core.errors import FoolproofError

# A pixel brighter than this belongs to the digit.
INK = 0.5


class InkContrast(NamedTuple):
    """How far a patch lowers the probability, as means over the positions of each image."""

    on_ink: Tensor
    """With the centre of the patch on the digit, (N,) float64."""

    on_background: Tensor
    """With the centre of the patch beside the digit, (N,) float64."""

    @property
    def difference(self) -> Tensor:
        """Drop on ink minus drop on background: positive where the digit matters more, (N,)."""
        return self.on_ink - self.on_background


Contrasts = Mapping[str, Mapping[int, InkContrast]]
"""Of the same images by the patch's fill and size."""


def ink_contrast(maps: Tensor, unoccluded: Tensor, pixels: Tensor, stride: int = 1) -> InkContrast:
    """Compare in each image the effect of patches centred on the digit with that beside it.

    The drop at a position is p(class | whole image) - p(class | patch there), and a position is
    on ink where the image is brighter than `INK`. Images without a position of both kinds are left
    out.

    Args:
        maps: probabilities (N, P, P) from `occlusion_maps`.
        unoccluded: probabilities (N,) of the whole images.
        pixels: the whole images (N, 1, H, W).
        stride: of the maps.

    Raises:
        FoolproofError: when no image is left.
    """
    drop = (unoccluded[:, None, None] - maps).double()
    ink = pixels[:, 0, ::stride, ::stride] > INK
    both = ink.flatten(1).any(1) & ~ink.flatten(1).all(1)
    if not both.any():
        raise FoolproofError(
            f"at a stride of {stride} no image has positions on its ink and beside it; lower it"
        )
    drop, ink = drop[both], ink[both]
    means = [(drop * part).sum((1, 2)) / part.sum((1, 2)) for part in (ink, ~ink)]
    return InkContrast(*means)


def summarize(contrasts: Contrasts) -> dict[str, dict[str, dict[str, Interval]]]:
    """Average the drops over the images, by fill and size."""
    return {
        fill: {
            str(size): {
                name: mean_with_interval(getattr(contrast, name).tolist())
                for name in ("on_ink", "on_background", "difference")
            }
            for size, contrast in by_size.items()
        }
        for fill, by_size in contrasts.items()
    }


def largest_contrast(contrasts: Contrasts) -> dict[str, Any]:
    """Find the patch with the largest mean contrast, and those that are not clearly below it.

    Returns:
        `fill`, `size` and `difference` of that patch, and as `not_below` the fills and sizes whose
        contrast on the same images is not significantly smaller: the 95 % interval of the mean
        difference includes zero.
    """
    kinds = list(_kinds(contrasts))
    fill, size, largest = max(kinds, key=lambda kind: float(kind[2].difference.mean()))
    gaps = [
        (name, side, difference_of(largest.difference, contrast.difference))
        for name, side, contrast in kinds
        if contrast is not largest
    ]
    return {
        "fill": fill,
        "size": size,
        "difference": mean_with_interval(largest.difference.tolist()),
        "not_below": [
            {"fill": name, "size": side}
            for name, side, gap in gaps
            if gap is None or sign_of(gap) <= 0
        ],
    }


def fill_differences(contrasts: Contrasts) -> dict[str, Any]:
    """Compare the contrast of each fill with that of the first on the same images.

    Returns:
        The first fill as `reference`, and `by_fill` and size the mean difference of the others,
        other minus reference.
    """
    (reference, first), *others = contrasts.items()
    by_fill = {
        fill: {
            str(size): difference_of(contrast.difference, first[size].difference)
            for size, contrast in by_size.items()
        }
        for fill, by_size in others
    }
    return {"reference": reference, "by_fill": by_fill}


def _kinds(contrasts: Contrasts) -> Iterator[tuple[str, int, InkContrast]]:
    for fill, by_size in contrasts.items():
        for size, contrast in by_size.items():
            yield fill, size, contrast
