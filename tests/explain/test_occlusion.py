"""Occlusion maps against a naive loop, against Captum, and against what must hold."""

import copy
from typing import Any

import pytest
import torch
from captum.attr import Occlusion
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, pad

from foolproof.core.errors import FoolproofError
from foolproof.explain.occlusion import (
    MapSummary,
    class_probabilities,
    ink_contrast,
    occlusion_maps,
    photo_occlusion_map,
    summarize_map,
)
from foolproof.explain.windows import WindowedNetwork
from foolproof.networks.mnist import mnist_cnn
from tests.explain.conftest import SIDE, OnePixel

HEIGHT, WIDTH = 9, 12


@pytest.fixture(scope="module")
def tiny() -> nn.Module:
    """Build a network on two-channel images of 9 x 12 pixels, five classes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layers = nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.Flatten(),
            nn.Linear(4 * HEIGHT * WIDTH, 5),
        )  # fmt: skip
    return layers.eval().requires_grad_(False)


def random_images(count: int) -> tuple[Tensor, Tensor]:
    """Draw images with a black left half, and a class each."""
    generator = torch.Generator().manual_seed(1)
    pixels = torch.rand(count, 2, HEIGHT, WIDTH, generator=generator)
    pixels[..., : WIDTH // 2] = 0
    return pixels, torch.randint(5, (count,), generator=generator)


@pytest.mark.parametrize("fill", [0.0, 0.5])
@pytest.mark.parametrize("size", [1, 2, 3, 6, 30])
def test_occlusion_maps_equal_a_loop_of_single_forwards(
    tiny: nn.Module, size: int, fill: float
) -> None:
    pixels, classes = random_images(2)
    maps = occlusion_maps(tiny, pixels, classes, size=size, fill=fill)
    for image in range(2):
        for y in range(HEIGHT):
            for x in range(WIDTH):
                top, left = y - size // 2, x - size // 2
                occluded = pixels[image].clone()
                rows = slice(max(top, 0), max(top + size, 0))
                occluded[:, rows, max(left, 0) : max(left + size, 0)] = fill
                expected = tiny(occluded[None]).softmax(1)[0, classes[image]]
                assert maps[image, y, x].item() == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize("size", [4, 5])
def test_averaged_occlusion_maps_equal_captum(size: int) -> None:
    network = mnist_cnn(batch_norm=True).eval().requires_grad_(False)
    network.get_parameter("fc2.weight").mul_(30)  # as sure of itself as a trained network
    pixels = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([3, 8])
    before, after = size // 2, size - 1 - size // 2

    def crop_and_classify(padded: Tensor) -> Tensor:
        end = padded.shape[2] - after
        probabilities: Tensor = network(padded[:, :, before:end, before:end]).softmax(1)
        return probabilities

    # Captum keeps its windows inside the image: a margin lets them reach over our border.
    theirs = Occlusion(crop_and_classify).attribute(
        pad(pixels, (before, after, before, after)),
        (1, size, size),
        baselines=0.5,
        target=classes,
        perturbations_per_eval=56,
    )
    maps = occlusion_maps(network, pixels, classes, size=size, fill=0.5)
    drop = class_probabilities(network, pixels, classes)[:, None, None] - maps
    window = torch.ones(1, 1, size, size)
    sums, counts = (conv_transpose2d(m[:, None], window) for m in (drop, torch.ones_like(drop)))
    torch.testing.assert_close(sums / counts, theirs, rtol=0, atol=1e-5)


@settings(deadline=None, max_examples=15)
@given(size=st.integers(0, 15), value=st.floats(0, 1, width=32))
def test_fill_equal_to_the_image_changes_nothing(tiny: nn.Module, size: int, value: float) -> None:
    pixels = torch.full((1, 2, HEIGHT, WIDTH), value)
    classes = torch.tensor([2])
    expected = class_probabilities(tiny, pixels, classes).expand(1, HEIGHT, WIDTH)
    maps = occlusion_maps(tiny, pixels, classes, size=size, fill=value)
    torch.testing.assert_close(maps, expected, rtol=0, atol=1e-6)


def test_patch_of_size_zero_changes_nothing(tiny: nn.Module) -> None:
    pixels, classes = random_images(3)
    expected = class_probabilities(tiny, pixels, classes)[:, None, None].expand(-1, HEIGHT, WIDTH)
    maps = occlusion_maps(tiny, pixels, classes, size=0, fill=0.5)
    torch.testing.assert_close(maps, expected, rtol=0, atol=1e-6)


@settings(deadline=None, max_examples=15)
@given(count=st.integers(1, 4), size=st.integers(1, 12), fill=st.floats(0, 1, width=32))
def test_batch_equals_single_calls(tiny: nn.Module, count: int, size: int, fill: float) -> None:
    pixels, classes = random_images(count)
    together = occlusion_maps(tiny, pixels, classes, size=size, fill=fill)
    singly = [
        occlusion_maps(tiny, pixels[n : n + 1], classes[n : n + 1], size=size, fill=fill)
        for n in range(count)
    ]
    torch.testing.assert_close(together, torch.cat(singly), rtol=0, atol=1e-6)


def test_unchanged_images_need_no_forward_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    positions = []
    compute = WindowedNetwork.logits

    def count(network: WindowedNetwork, images: Tensor, *rest: Any) -> Tensor:
        positions.append(len(images))
        return compute(network, images, *rest)

    monkeypatch.setattr(WindowedNetwork, "logits", count)
    pixels = torch.zeros(1, 1, 8, 8)
    pixels[0, 0, 4, 4] = 1
    occlusion_maps(nn.Flatten(), pixels, torch.tensor([0]), size=3, fill=0)
    assert sum(positions) == 9


def test_occlusion_leaves_the_network_unchanged() -> None:
    network = mnist_cnn(batch_norm=False).eval()
    before = copy.deepcopy(network.state_dict())
    weight = network.get_parameter("conv2.weight")
    strides = weight.stride()
    occlusion_maps(network, torch.rand(1, 1, 28, 28), torch.tensor([0]), size=8, fill=0.5)
    assert weight.stride() == strides
    assert all(tensor.equal(before[name]) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 2), (5, 5), (7, 4), (25, 3)])
def test_photo_occlusion_map_equals_a_loop_of_single_forwards(
    photo: Tensor, size: int, stride: int
) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(400, 3)).eval()
    found = photo_occlusion_map(network, photo, 1, size=size, stride=stride, fill=0.5)
    half = size // 2
    for row, y in enumerate(range(0, SIDE, stride)):
        for column, x in enumerate(range(0, SIDE, stride)):
            covered = photo.clone()
            covered[:, max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1] = 0.5
            with torch.no_grad():
                expected = network(covered[None]).softmax(1)[0, 1]
            torch.testing.assert_close(found[row, column], expected)
    assert found.shape == (-(-SIDE // stride),) * 2


def test_only_patches_over_the_relevant_pixel_lower_the_probability(photo: Tensor) -> None:
    found = photo_occlusion_map(OnePixel(4, 8), photo, 0, size=3, stride=1, fill=0)
    lower = found < found.max() - 1e-6
    expected = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    expected[3:6, 7:10] = True
    assert torch.equal(lower, expected)


def test_even_patch_size_is_refused(photo: Tensor) -> None:
    with pytest.raises(
        FoolproofError, match="a block of 4 pixels has no centre; blocks of 3 and 5"
    ):
        photo_occlusion_map(OnePixel(0, 0), photo, 0, size=4, stride=1, fill=0)


def test_map_summary_by_hand() -> None:
    probabilities = torch.tensor([[0.75, 0.5], [0.25, 0.3]])
    assert summarize_map(probabilities, 8) == MapSummary(
        positions=4,
        min_probability=0.25,
        max_probability=0.75,
        min_at=(8, 0),
        share_below_half=0.5,
    )


def test_ink_contrast_by_hand() -> None:
    pixels = torch.tensor([[[[0.9, 0.1], [0.5, 0.8]]], [[[0.0, 0.0], [0.6, 0.0]]]])
    maps = torch.tensor([[[0.2, 0.9], [0.8, 0.4]], [[0.5, 0.5], [0.1, 0.4]]])
    contrast = ink_contrast(maps, torch.tensor([1.0, 0.5]), pixels)
    assert contrast.drop_on_ink == pytest.approx((0.8 + 0.6 + 0.4) / 3)
    assert contrast.drop_on_background == pytest.approx((0.1 + 0.2 + 0 + 0 + 0.1) / 5)
    assert contrast.difference == pytest.approx(0.6 - 0.08)
