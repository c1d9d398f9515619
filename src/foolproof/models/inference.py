"""Running a network over many images without gradients."""

import torch
from torch import Tensor, nn

# Images a forward pass: few enough that the activations of a small CNN stay in a CPU's cache.
CHUNK = 200


def to_pixels(images: Tensor) -> Tensor:
    """Convert uint8 images (N, C, H, W) to float32 pixels in [0, 1], channels last in memory."""
    return images.float().div_(255).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def predict_logits(network: nn.Module, pixels: Tensor) -> Tensor:
    """Compute the logits (N, classes) of pixels (N, C, H, W) in [0, 1], in float32.

    The images pass in chunks; uint8 images are converted chunk by chunk.
    """
    return torch.cat(
        [
            network(to_pixels(chunk) if chunk.dtype == torch.uint8 else chunk)
            for chunk in pixels.split(CHUNK)
        ]
    )
