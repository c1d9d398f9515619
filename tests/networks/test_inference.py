"""Many images through a network, in chunks."""

from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from foolproof.networks.inference import CHUNK, mean_over_views, predict_logits, to_pixels
from foolproof.networks.mnist import mnist_cnn


def test_pixels_are_grey_levels_over_255() -> None:
    images = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    pixels = to_pixels(images)
    assert pixels.dtype == torch.float32
    assert torch.equal(pixels.flatten(), torch.arange(256) / 255)
    assert torch.equal((pixels * 255).round().byte(), images)
    assert images.dtype == torch.uint8
    assert to_pixels(torch.zeros(2, 3, 4, 4, dtype=torch.uint8)).is_contiguous(
        memory_format=torch.channels_last
    )


@pytest.mark.parametrize("count", [1, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
def test_logits_do_not_depend_on_chunks(count: int) -> None:
    network = mnist_cnn(batch_norm=True).eval()
    images = torch.randint(256, (count, 1, 28, 28), dtype=torch.uint8)
    with torch.no_grad():
        whole = network(images / 255)
    logits = predict_logits(network, images)
    assert not logits.requires_grad
    torch.testing.assert_close(logits, whole)
    torch.testing.assert_close(predict_logits(network, images / 255), whole)


def test_no_chunk_is_larger_than_the_limit() -> None:
    sizes: list[int] = []

    class Recorder(nn.Module):
        def forward(self, pixels: Tensor) -> Tensor:
            sizes.append(len(pixels))
            return pixels.flatten(1)

    pixels = torch.rand(2 * CHUNK + 3, 1, 2, 2)
    assert torch.equal(predict_logits(Recorder(), pixels), pixels.flatten(1))
    assert sizes == [CHUNK, CHUNK, 3]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_mean_over_views_equals_loops_over_six_views(dtype: torch.dtype) -> None:
    """Weights 1/4 for the image and its mirror image, 1/8 for each of the four shifted ones."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 6 * 8, 5), nn.Tanh())
    images = torch.randint(0, 256, (4, 3, 6, 8), dtype=torch.uint8)
    found = mean_over_views(network, images if dtype == torch.uint8 else images / 255)
    for image, logits in zip(images.numpy(), found, strict=True):
        padded = np.pad(image, ((0, 0), (1, 1), (1, 1)), mode="reflect")
        expected = torch.zeros(5)
        for move, mirrored in product((-1, 0, 1), (False, True)):
            view = np.empty((3, 6, 8), np.float32)
            for row, column in product(range(6), range(8)):
                source = 7 - column if mirrored else column
                view[:, row, column] = padded[:, 1 + row + move, 1 + source + move] / 255
            with torch.no_grad():
                expected += (0.125 if move else 0.25) * network(torch.from_numpy(view)[None])[0]
        torch.testing.assert_close(logits, expected)


def test_mean_over_views_does_not_change_logits_of_uniform_images() -> None:
    network = mnist_cnn(batch_norm=False).eval()
    images = torch.full((3, 1, 28, 28), 100, dtype=torch.uint8)
    found = mean_over_views(network, images)
    torch.testing.assert_close(found, predict_logits(network, images))
    assert not found.requires_grad
