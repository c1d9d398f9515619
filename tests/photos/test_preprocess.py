"""Preprocessing against torchvision, chunks, and 8 bits."""

import numpy as np
import pytest
import torch
from PIL import Image

from foolproof.data.levels import to_8_bit
from foolproof.networks.inference import to_pixels
from foolproof.photos.preprocess import to_network_pixels
from tests.photos.conftest import RANDOM


@pytest.mark.parametrize("size", [(500, 375), (333, 517), (300, 300), (41, 59), (256, 1000)])
@pytest.mark.parametrize(("resize", "crop"), [(256, 224), (232, 224), (64, 64), (71, 50)])
def test_preprocessing_equals_torchvisions_preset(
    size: tuple[int, int], resize: int, crop: int
) -> None:
    from torchvision.transforms._presets import ImageClassification

    noise = RANDOM.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    preset = ImageClassification(crop_size=crop, resize_size=resize, mean=(0, 0, 0), std=(1, 1, 1))
    pixels = to_network_pixels(picture, resize, crop)
    assert pixels.dtype == torch.float32
    assert torch.equal(pixels, preset(picture))


def test_to_8_bit_keeps_levels_and_rounds_to_the_nearest() -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert torch.equal(to_8_bit(to_pixels(levels)), levels)
    assert to_8_bit(torch.tensor([0.49, 0.51, 254.51, 199.6]) / 255).tolist() == [0, 1, 255, 200]
