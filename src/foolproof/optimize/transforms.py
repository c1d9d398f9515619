"""Random views of images for expectation over transformation; gradients pass through."""

from math import ceil

import torch
from torch import Tensor
from torch.nn import functional

# Weights of red, green and blue in the luma (ITU-R 601-2), as in Pillow.
LUMA = (0.299, 0.587, 0.114)


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
    """Transform each image at random and independently.

    Args:
        images: (N, 3, H, W), pixels in [0, 1].
        mirror: probability of a horizontal flip.
        crop: min share of each side in a central crop, which is resized to the whole.
        rotation: max angle in degrees, in both directions, with black corners.
        grey: probability of conversion to grey.
        blur: max standard deviation of a Gaussian blur, in pixels.
        noise: max standard deviation of Gaussian noise, with pixels in [0, 1].
        generator: of all draws, on the CPU. Crops, angles and deviations are uniform.

    Returns:
        (N, 3, H, W), pixels in [0, 1].

    Source: the transformations of expectation over transformation, Athalye et al.,
    arXiv 1707.07397, section 3.

    Example:
        >>> import foolproof as fp
        >>> import torch
        >>> images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
        >>> generator = torch.Generator().manual_seed(1)
        >>> views = fp.optimize.random_views(
        ...     images, mirror=0.5, crop=0.9, rotation=10, grey=0.1, blur=0.5, noise=0.05,
        ...     generator=generator,
        ... )
        >>> views.shape, bool((views >= 0).all() and (views <= 1).all())
        (torch.Size([2, 3, 16, 16]), True)
    """

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(images), generator=generator)

    # On a GPU the gradient of resampling is summed in no fixed order, which deterministic mode
    # refuses. On the CPU it costs little compared to the network.
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
        views = gaussian_blur(views, uniform(0, blur), radius=gaussian_radius(blur))
    if noise:
        strengths = uniform(0, noise)[:, None, None, None]
        views = views + strengths * torch.randn(views.shape, generator=generator)
    return views.clamp(0, 1).to(images.device)


def resample(images: Tensor, *, mirrored: Tensor, crops: Tensor, angles: Tensor) -> Tensor:
    """Resize the central crop of each image to the whole, rotate it, and flip it, in this order.

    Interpolation is bilinear; outside the image is black.

    Args:
        images: square, (N, C, S, S).
        mirrored: whether to flip horizontally, (N,) bool.
        crops: share of each side in the crop, (N,).
        angles: counterclockwise, in degrees, (N,).
    """
    cosines, sines = crops * angles.deg2rad().cos(), crops * angles.deg2rad().sin()
    # Map positions in the result to positions in the image, with x to the right and y down.
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


def gaussian_radius(sigma: float) -> int:
    """Compute the radius in pixels beyond which a Gaussian has 0.3 % of its mass, 3 sigma."""
    return ceil(3 * sigma)


def gaussian_blur(images: Tensor, sigmas: Tensor, *, radius: int) -> Tensor:
    """Blur each image by a Gaussian; the border is replicated.

    Args:
        images: (N, C, H, W).
        sigmas: standard deviations in pixels, (N,); 0 is the identity.
        radius: of the kernel, in pixels.

    Returns:
        (N, C, H, W).

    The kernel is k(d) = exp(-d^2 / (2 sigma^2)) at distance d, normalized to the sum 1.

    Example:
        >>> import foolproof as fp
        >>> import torch
        >>> white = torch.ones(1, 1, 8, 8)
        >>> blurred = fp.optimize.gaussian_blur(white, torch.tensor([1.0]), radius=3)
        >>> torch.allclose(blurred, white)
        True
    """
    offsets = torch.arange(-radius, radius + 1, device=sigmas.device)
    # At this width the kernel is a single pixel.
    widths = sigmas.clamp(min=0.1)[:, None]
    kernels = (-0.5 * (offsets / widths).square()).softmax(1).to(images)
    kernels = kernels.repeat_interleave(images.shape[1], 0)[:, None]
    # All images become channels of one, so that each has its own kernel.
    padded = functional.pad(images, (radius,) * 4, mode="replicate").flatten(0, 1)[None]
    vertical = functional.conv2d(padded, kernels[:, :, :, None], groups=len(kernels))
    blurred = functional.conv2d(vertical, kernels[:, :, None, :], groups=len(kernels))
    return blurred.view(images.shape)
