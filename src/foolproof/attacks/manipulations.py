"""Manipulations of pictures with 8 bits a pixel, as files store them; by Pillow.

They evaluate the attacks that `foolproof.optimize.transforms` serves, and share no code with it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor

from foolproof.data.levels import to_8_bit
from foolproof.networks.inference import to_pixels

Manipulation = Callable[[Image.Image], Image.Image]


def manipulate(images: Tensor, manipulation: Manipulation) -> Tensor:
    """Round images to 8 bits, manipulate them, and convert them back.

    Args:
        images: (N, 3, H, W), pixels in [0, 1].
        manipulation: of one picture; it must keep the size.

    Returns:
        (N, 3, H, W), pixels in [0, 1].
    """
    levels = to_8_bit(images).permute(0, 2, 3, 1).cpu().numpy()
    pictures = [manipulation(Image.fromarray(each)).convert("RGB") for each in levels]
    manipulated = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures]))
    return to_pixels(manipulated.permute(0, 3, 1, 2)).to(images.device)


def unchanged(picture: Image.Image) -> Image.Image:
    """Return the picture itself."""
    return picture


def mirror(picture: Image.Image) -> Image.Image:
    """Flip horizontally."""
    return ImageOps.mirror(picture)


def desaturate(picture: Image.Image) -> Image.Image:
    """Convert to grey."""
    return ImageOps.grayscale(picture)


def crop(picture: Image.Image, share: float) -> Image.Image:
    """Resize the central crop, `share` of each side, to the whole size; bilinear."""
    width, height = picture.size
    left, top = (1 - share) / 2 * width, (1 - share) / 2 * height
    box = (left, top, width - left, height - top)
    return picture.resize(picture.size, Image.Resampling.BILINEAR, box=box)


def rotate(picture: Image.Image, degrees: float) -> Image.Image:
    """Rotate counterclockwise, with black corners; bilinear."""
    return picture.rotate(degrees, Image.Resampling.BILINEAR)


def compress(picture: Image.Image, quality: int) -> Image.Image:
    """Compress as JPEG, with a quality from 1 to 100, and decompress."""
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def blur(picture: Image.Image, sigma: float) -> Image.Image:
    """Blur by a Gaussian; the standard deviation is in pixels."""
    return picture.filter(ImageFilter.GaussianBlur(sigma))


def add_noise(picture: Image.Image, std: float, *, seed: int) -> Image.Image:
    """Add Gaussian noise; `std` is for pixels in [0, 1]. Equal seeds give equal patterns."""
    levels = np.asarray(picture, np.float64)
    noise = np.random.default_rng(seed).standard_normal(levels.shape)
    return Image.fromarray((levels + 255 * std * noise).round().clip(0, 255).astype(np.uint8))


def graded(seed: int) -> Mapping[str, Callable[[Any], Manipulation]]:
    """Map names to manipulations as functions of the strength; `seed` is that of the noise."""
    return {
        "rotation": lambda degrees: partial(rotate, degrees=degrees),
        "crop": lambda share: partial(crop, share=share),
        "jpeg": lambda quality: partial(compress, quality=quality),
        "blur": lambda sigma: partial(blur, sigma=sigma),
        "noise": lambda std: partial(add_noise, std=std, seed=seed),
    }
