"""From pictures to chunks of a network's input, and from pixels to 8 bits."""

from typing import Literal

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from foolproof.compute.chunks import side_by_side

Interpolation = Literal["bilinear", "bicubic"]

# Max photos per forward pass on a CPU: their activations take some hundred megabytes.
CHUNK = 16

LONGEST = 8
"""Of a longer side, in shorter ones, this is resized; what is beyond is cut off before."""


def to_network_pixels(
    picture: Image.Image, resize: int, crop: int, interpolation: Interpolation = "bilinear"
) -> Tensor:
    """Resize and crop a picture as the classification presets of torchvision do.

    Resizing is antialiased. Normalization is part of the network.

    Args:
        picture: in RGB.
        resize: shorter side after resizing, in pixels.
        crop: side of the central square, at most `resize`.
        interpolation: of the resizing.

    Returns:
        Pixels (3, crop, crop), float32 in [0, 1].
    """
    shorter = min(picture.size)
    # What lies so far out is cropped anyway; resized, it could take all memory.
    spare = [max(0, side - LONGEST * shorter) // 2 for side in picture.size]
    if any(spare):
        picture = ImageOps.crop(picture, (spare[0], spare[1], spare[0], spare[1]))
    width, height = (int(resize * side / shorter) for side in picture.size)
    left, top = round((width - crop) / 2), round((height - crop) / 2)
    cropped = picture.resize((width, height), Image.Resampling[interpolation.upper()]).crop(
        (left, top, left + crop, top + crop)
    )
    return torch.from_numpy(np.array(cropped)).permute(2, 0, 1).float().div(255)


def chunks_of_photos(pixels: Tensor) -> tuple[Tensor, ...]:
    """Split photos (N, 3, S, S) into chunks for one forward pass on their device."""
    numbers = pixels.shape[1:].numel()
    chunk = side_by_side(pixels.device, numbers=numbers, on_cpu=CHUNK)
    chunks: tuple[Tensor, ...] = pixels.split(chunk)
    return chunks
