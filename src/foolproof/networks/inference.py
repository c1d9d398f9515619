"""Inference over many images, without gradients."""

import torch
from torch import Tensor, nn

from foolproof.compute.chunks import side_by_side

# Images a forward pass on a CPU, so that the activations of a small CNN stay in its cache.
CHUNK = 200


def to_pixels(images: Tensor) -> Tensor:
    """Convert uint8 images (N, C, H, W) to float32 pixels in [0, 1], channels last in memory."""
    return images.float().div_(255).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def predict_logits(network: nn.Module, pixels: Tensor) -> Tensor:
    """Compute the logits (N, classes) of pixels (N, C, H, W) in [0, 1], in float32.

    Images are processed in chunks; uint8 images are converted chunk by chunk.
    """
    together = side_by_side(pixels.device, numbers=pixels.shape[1:].numel(), on_cpu=CHUNK)
    return torch.cat(
        [
            network(to_pixels(chunk) if chunk.dtype == torch.uint8 else chunk)
            for chunk in pixels.split(together)
        ]
    )
