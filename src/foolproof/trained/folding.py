"""Batch norm folded into convolutions, for networks that are no longer trained."""

from torch import nn
from torch.fx.experimental.optimization import fuse


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Copy a network with each batch norm folded into the convolution right before it.

    In eval mode a batch norm is an affine map of each channel. The copy computes the same function
    up to rounding, and keeps the memory format.

    Args:
        network: in eval mode with frozen parameters.
    """
    return fuse(network).eval().requires_grad_(False)
