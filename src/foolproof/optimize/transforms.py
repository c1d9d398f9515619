"""What may happen to a picture on its way to the network, at random and on purpose.

The random views are for expectation over transformation and can be differentiated. The
manipulations are Pillow's, on pictures of 8 bits a pixel as a file holds them: what an attack is
judged by shares no code with what it was made for.
"""

from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from math import ceil
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor
from torch.nn import functional

from foolproof.networks.inference import to_pixels

# Of red, green and blue to luma (ITU-R 601-2), as Pillow has it.
LUMA = (0.299, 0.587, 0.114)

Manipulation = Callable[[Image.Image], Image.Image]


def random_views(
    images: Tensor,
    *,
    mirror: float,
    crop: float,
    rotation: float,
    grey: float,
    blur: float,
    noise: float,
    generator: torch.Generator,
) -> Tensor:
    """Look at each image in a random way of its own; gradients pass through.

    Args:
        images: (N, 3, H, W), pixels in [0, 1].
        mirror: probability of a reflection.
        crop: least share of each side that is seen, enlarged to the whole; the middle is kept.
        rotation: most degrees, either way; what comes in from outside is black.
        grey: probability of three equal channels.
        blur: largest standard deviation of a Gaussian blur, in pixels.
        noise: largest standard deviation of Gaussian noise, with pixels in [0, 1].
        generator: of all draws, on the CPU; all but `mirror` and `grey` are uniform.

    Returns:
        (N, 3, H, W), pixels in [0, 1].
    """

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(images), generator=generator)

    # On a GPU the gradient of a resampling is added up in no fixed order, which PyTorch refuses
    # to do in deterministic mode; on the CPU it costs little beside the network.
    views = images.cpu()
    views = resample(
        views,
        mirrored=uniform(0, 1) < mirror,
        crops=uniform(crop, 1),
        angles=uniform(-rotation, rotation),
    )
    greyed = uniform(0, 1) < grey
    views = torch.where(greyed[:, None, None, None], to_grey(views), views)
    if blur:
        views = gaussian_blur(views, uniform(0, blur), radius=ceil(3 * blur))
    if noise:
        strengths = uniform(0, noise)[:, None, None, None]
        views = views + strengths * torch.randn(views.shape, generator=generator)
    return views.clamp(0, 1).to(images.device)


def resample(images: Tensor, *, mirrored: Tensor, crops: Tensor, angles: Tensor) -> Tensor:
    """Crop each image around its middle to the whole size, turn it, and mirror it: in this order.

    Bilinear; what comes in from outside is black.

    Args:
        images: square, (N, C, S, S).
        mirrored: left and right exchanged, (N,) bool.
        crops: share of each side that is kept, (N,).
        angles: counterclockwise, in degrees, (N,).
    """
    cosines, sines = crops * angles.deg2rad().cos(), crops * angles.deg2rad().sin()
    # From a place in the result to that in the image, with x to the right and y down.
    sign = torch.where(mirrored, -1.0, 1.0)
    zero = torch.zeros_like(sign)
    first = torch.stack([sign * cosines, -sines, zero], 1)
    second = torch.stack([sign * sines, cosines, zero], 1)
    grid = functional.affine_grid(
        torch.stack([first, second], 1), list(images.shape), align_corners=False
    )
    return functional.grid_sample(images, grid.to(images), align_corners=False)


def to_grey(images: Tensor) -> Tensor:
    """Replace the three channels of images (N, 3, H, W) by their luma."""
    luma = (images * images.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
    return luma.expand_as(images)


def gaussian_blur(images: Tensor, sigmas: Tensor, *, radius: int) -> Tensor:
    """Blur each image by a Gaussian of its own; outside, the border goes on.

    Args:
        images: (N, C, H, W).
        sigmas: standard deviations in pixels, (N,); 0 leaves an image as it is.
        radius: of the kernel, in pixels.
    """
    offsets = torch.arange(-radius, radius + 1, device=sigmas.device)
    # So narrow a Gaussian is a single pixel.
    widths = sigmas.clamp(min=0.1)[:, None]
    kernels = (-0.5 * (offsets / widths).square()).softmax(1).to(images)
    kernels = kernels.repeat_interleave(images.shape[1], 0)[:, None]
    # The channels of all images become those of one, so that each gets its own kernel.
    padded = functional.pad(images, (radius,) * 4, mode="replicate").flatten(0, 1)[None]
    rows = functional.conv2d(padded, kernels[:, :, :, None], groups=len(kernels))
    blurred = functional.conv2d(rows, kernels[:, :, None, :], groups=len(kernels))
    return blurred.view(images.shape)


def to_8_bit(images: Tensor) -> Tensor:
    """Round pixels in [0, 1] to the 256 levels of a picture file, uint8."""
    return images.mul(255).round().to(torch.uint8)


def manipulate(images: Tensor, manipulation: Manipulation) -> Tensor:
    """Save images as pictures, manipulate those, and read them again.

    Args:
        images: (N, 3, H, W), pixels in [0, 1].
        manipulation: of one picture, which keeps its size.

    Returns:
        (N, 3, H, W), pixels in [0, 1].
    """
    levels = to_8_bit(images).permute(0, 2, 3, 1).cpu().numpy()
    pictures = [manipulation(Image.fromarray(each)).convert("RGB") for each in levels]
    manipulated = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures]))
    return to_pixels(manipulated.permute(0, 3, 1, 2)).to(images.device)


def unchanged(picture: Image.Image) -> Image.Image:
    """Do nothing."""
    return picture


def mirror(picture: Image.Image) -> Image.Image:
    """Exchange left and right."""
    return ImageOps.mirror(picture)


def desaturate(picture: Image.Image) -> Image.Image:
    """Make the three channels equal."""
    return ImageOps.grayscale(picture)


def crop(picture: Image.Image, share: float) -> Image.Image:
    """Enlarge the middle, `share` of each side, to the whole size; bilinear."""
    width, height = picture.size
    left, top = (1 - share) / 2 * width, (1 - share) / 2 * height
    box = (left, top, width - left, height - top)
    return picture.resize(picture.size, Image.Resampling.BILINEAR, box=box)


def rotate(picture: Image.Image, degrees: float) -> Image.Image:
    """Turn counterclockwise with black corners; bilinear."""
    return picture.rotate(degrees, Image.Resampling.BILINEAR)


def compress(picture: Image.Image, quality: int) -> Image.Image:
    """Save as JPEG with a quality from 1 to 100 and read again."""
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def blur(picture: Image.Image, sigma: float) -> Image.Image:
    """Blur by a Gaussian with a standard deviation in pixels."""
    return picture.filter(ImageFilter.GaussianBlur(sigma))


def add_noise(picture: Image.Image, std: float, *, seed: int) -> Image.Image:
    """Add Gaussian noise, with pixels in [0, 1]; a seed is one pattern, whatever its strength."""
    levels = np.asarray(picture, np.float64)
    noise = np.random.default_rng(seed).standard_normal(levels.shape)
    return Image.fromarray((levels + 255 * std * noise).round().clip(0, 255).astype(np.uint8))


def graded(seed: int) -> Mapping[str, Callable[[Any], Manipulation]]:
    """List what makes a manipulation of a strength; `seed` is that of the noise."""
    return {
        "rotation": lambda degrees: partial(rotate, degrees=degrees),
        "crop": lambda share: partial(crop, share=share),
        "jpeg": lambda quality: partial(compress, quality=quality),
        "blur": lambda sigma: partial(blur, sigma=sigma),
        "noise": lambda std: partial(add_noise, std=std, seed=seed),
    }
