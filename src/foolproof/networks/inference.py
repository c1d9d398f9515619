"""Inference over many images, without gradients."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

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


def mean_over_views(network: nn.Module, images: Tensor) -> Tensor:
    """Average the logits (N, classes) over six views of each image: test-time augmentation.

    The image and its shifts by one pixel to the upper left and the lower right, each also
    mirrored; the image itself counts as much as both shifts (Jordan, arXiv 2404.00498).

    Args:
        network: from pixels in [0, 1] to logits.
        images: uint8, or float in [0, 1], (N, C, H, W).
    """
    padded = pad(images.float(), (1, 1, 1, 1), "reflect").to(images)
    rows, columns = images.shape[2:]
    logits = []
    for offset, weight in ((1, 0.5), (0, 0.25), (2, 0.25)):
        view = padded[:, :, offset : offset + rows, offset : offset + columns]
        logits += [weight / 2 * predict_logits(network, each) for each in (view, view.flip(3))]
    return torch.stack(logits).sum(0)
