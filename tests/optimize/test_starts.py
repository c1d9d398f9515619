"""Starts from noise."""

import pytest
import torch

from foolproof.compute.seeds import new_generator
from foolproof.optimize.starts import gaussian_start


def test_gaussian_start_has_mean_and_std_in_grey_levels() -> None:
    noise = gaussian_start(100, mean=100, std=20, generator=new_generator(0))
    assert noise.shape == (100, 1, 28, 28)
    assert 255 * noise.mean().item() == pytest.approx(100, abs=0.3)
    assert 255 * noise.std().item() == pytest.approx(20, abs=0.3)
    flat = gaussian_start(2, mean=51, std=0, generator=new_generator(0))
    torch.testing.assert_close(flat, torch.full_like(flat, 0.2))


def test_gaussian_start_clips_to_valid_pixels() -> None:
    noise = gaussian_start(10, mean=128, std=200, generator=new_generator(0))
    assert noise.min() == 0
    assert noise.max() == 1
