"""Many images through a network, in chunks."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.networks.inference import CHUNK, predict_logits, to_pixels
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
