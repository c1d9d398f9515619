"""How much more a patch on a digit matters than one beside it, for each image."""

import torch
from torch import Tensor

from foolproof.explain.occlude import INK


def ink_differences(maps: Tensor, unoccluded: Tensor, pixels: Tensor) -> Tensor:
    """Subtract each image's mean drop of the probability beside the digit from that on it, (N,).

    The drop at a position is p(class | whole image) - p(class | patch there), and a position is
    on the digit where the image is brighter than `INK`.

    Args:
        maps: probabilities (N, H, W) from `occlusion_maps`.
        unoccluded: probabilities (N,) of the whole images.
        pixels: the whole images (N, 1, H, W); ink and background must both occur in each.
    """
    drop = (unoccluded[:, None, None] - maps).double()
    ink = pixels[:, 0] > INK
    means = [torch.where(place, drop, 0).sum((1, 2)) / place.sum((1, 2)) for place in (ink, ~ink)]
    return means[0] - means[1]
