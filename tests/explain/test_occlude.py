"""Occlusion maps against a naive loop, and against what must hold."""

import copy
import logging
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from foolproof.classifiers.classifier import classifier
from foolproof.explain import occlude
from foolproof.explain.occlude import (
    MapSummary,
    class_probabilities,
    occlusion,
    occlusion_maps,
    summarize_map,
)
from foolproof.explain.windows import WindowedNetwork
from foolproof.networks.mnist import mnist_cnn
from tests.explain.conftest import SIDE, OnePixel
from tests.explain.networks import SHAPE, Branching, bad_input, convolutional, images

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


@pytest.mark.parametrize(("size", "stride"), [(3, 2), (5, 5), (7, 4), (4, 3), (25, 3), (2, 20)])
def test_patches_on_a_grid_equal_a_loop_of_single_forwards(
    photo: Tensor, size: int, stride: int
) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(400, 3)).eval()
    classes = torch.tensor([1])
    (found,) = occlusion_maps(network, photo[None], classes, size=size, stride=stride, fill=0.5)
    for row, y in enumerate(range(0, SIDE, stride)):
        for column, x in enumerate(range(0, SIDE, stride)):
            top, left = y - size // 2, x - size // 2
            covered = photo.clone()
            covered[:, max(0, top) : top + size, max(0, left) : left + size] = 0.5
            with torch.no_grad():
                expected = network(covered[None]).softmax(1)[0, 1]
            torch.testing.assert_close(found[row, column], expected)
    assert found.shape == (-(-SIDE // stride),) * 2


def test_only_patches_over_the_relevant_pixel_lower_the_probability(photo: Tensor) -> None:
    model = classifier(OnePixel(4, 8), input_shape=(3, SIDE, SIDE))
    (drops,) = occlusion(model, photo[None], 0, size=3, fill=0)
    expected = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    expected[3:6, 7:10] = True
    assert torch.equal(drops > 0.01, expected)
    assert drops[~expected].abs().max() < 1e-6


def test_drop_is_that_of_the_nearest_centre() -> None:
    model = classifier(convolutional(), input_shape=SHAPE)
    classes = torch.tensor([3, 0, 1, 1, 2])
    maps = occlusion_maps(model, images(), classes, size=3, stride=3, fill=0.2)
    assert maps.shape == (5, 2, 3)
    drops = class_probabilities(model, images(), classes)[:, None, None] - maps
    rows, columns = torch.tensor([0, 0, 1, 1, 1, 1]), torch.tensor([0, 0, 1, 1, 1, 2, 2, 2])
    found = occlusion(model, images(), classes, size=3, stride=3, fill=0.2)
    torch.testing.assert_close(found, drops[:, rows][:, :, columns])


def test_default_fill_is_the_middle_of_the_bounds() -> None:
    model = classifier(convolutional(), bounds=(-1, 1), input_shape=SHAPE)
    grey = occlusion(model, images(), 1, size=2, fill=0)
    assert torch.equal(occlusion(model, images(), 1, size=2), grey)


def test_patch_on_its_own_colour_lowers_nothing() -> None:
    model = classifier(convolutional(1), input_shape=(1, 6, 8))
    drops = occlusion(model, torch.full((2, 1, 6, 8), 0.25), 0, size=3, fill=0.25)
    assert torch.equal(drops, torch.zeros(2, 6, 8))


def test_network_that_cannot_be_traced_gives_equal_maps_and_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    traceable, branching = (
        classifier(network, input_shape=SHAPE)
        for network in (convolutional(), Branching(convolutional()))
    )
    expected = occlusion(traceable, images(), 2, size=3, stride=2)
    assert not caplog.messages
    monkeypatch.setattr(occlude, "chunk_size", lambda _: 2)
    with caplog.at_level(logging.INFO):
        found = occlusion(branching, images(), 2, size=3, stride=2)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    (message,) = caplog.messages
    assert message.startswith("torch.fx cannot trace Classifier (")


@pytest.mark.parametrize("together", [1, 2, 4])
def test_maps_do_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    model = classifier(convolutional(), input_shape=SHAPE)
    expected = occlusion(model, images(), 2, size=3)
    monkeypatch.setattr(occlude, "chunk_size", lambda _: together)
    monkeypatch.setattr(occlude, "images_together", lambda _: together)
    found = occlusion(model, images(), 2, size=3)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", range(5))
def test_bad_images_and_targets_are_refused(case: int) -> None:
    x, target, message = bad_input(images())[case]
    with pytest.raises(ValueError, match=message):
        occlusion(classifier(convolutional(), input_shape=SHAPE), x, target, size=2)


def test_bad_settings_are_refused() -> None:
    model = classifier(convolutional(), input_shape=SHAPE)
    with pytest.raises(ValueError, match="expected size as an integer of at least 1, found 0"):
        occlusion(model, images(), 1, size=0)
    with pytest.raises(ValueError, match="expected stride as an integer of at least 1, found -1"):
        occlusion(model, images(), 1, size=2, stride=-1)
    for fill in (128, float("nan")):
        with pytest.raises(ValueError, match=r"expected fill in \[0, 1\], found"):
            occlusion(model, images(), 1, size=2, fill=fill)


def test_map_summary_by_hand() -> None:
    probabilities = torch.tensor([[0.75, 0.5], [0.25, 0.3]])
    assert summarize_map(probabilities, 8) == MapSummary(
        positions=4,
        min_probability=0.25,
        max_probability=0.75,
        min_at=(8, 0),
        share_below_half=0.5,
    )
