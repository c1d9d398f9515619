"""Preprocessing against torchvision, chunks, and 8 bits."""

import tracemalloc

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


@pytest.mark.parametrize("size", [(200_000, 1), (1, 200_000), (40_000, 50)])
def test_a_strip_takes_no_more_memory_than_its_middle(size: tuple[int, int]) -> None:
    strip = Image.new("RGB", size, "red")
    strip.paste("blue", (0, 0, size[0] // 4, size[1] // 4))
    tracemalloc.start()
    pixels = to_network_pixels(strip, 256, 224)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert pixels.shape == (3, 224, 224)
    assert pixels.mean((1, 2)).tolist() == [1, 0, 0]
    assert peak < 50e6


def test_where_a_strip_begins_nothing_changes() -> None:
    """The middle of a picture eight times as long as wide is that of one slightly longer."""
    levels = np.random.default_rng(0).integers(0, 256, (40, 322, 3), dtype=np.uint8)
    longer, shorter = Image.fromarray(levels), Image.fromarray(levels[:, 1:-1])
    found = [to_network_pixels(each, 64, 56) for each in (longer, shorter)]
    assert (found[0] - found[1]).abs().max() <= 1 / 255
