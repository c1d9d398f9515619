"""The record of an attack: norms in closed form, 8 bits against NumPy, success anew."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from foolproof.attacks.result import AttackResult, record
from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.data.levels import from_8_bit, to_8_bit
from foolproof.optimize.criteria import ClassifiedAs, Criterion, Misclassified

BOUNDS = [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (-2.5, 0.5)]


class Brightness(nn.Module):
    """Class 1 where the mean pixel is above a threshold, else class 0."""

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.threshold = threshold

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, 2)."""
        excess = 100 * (pixels.flatten(1).mean(1) - self.threshold)
        return torch.stack([-excess, excess], 1)


def brightness(threshold: float, bounds: tuple[float, float] = (0.0, 1.0)) -> Classifier:
    return classifier(Brightness(threshold), bounds=bounds, input_shape=(1, 2, 2))


def make(
    model: Classifier, originals: Tensor, adversarial: Tensor, criterion: Criterion
) -> AttackResult:
    count = len(originals)
    return record(
        model,
        originals,
        adversarial,
        criterion,
        steps=torch.arange(count),
        queries=torch.arange(count) + 1,
        history=torch.arange(3 * count).view(3, count).float(),
    )


@pytest.mark.parametrize("bounds", BOUNDS)
@given(shares=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20))
def test_8_bit_levels_are_those_of_numpy(bounds: tuple[float, float], shares: list[float]) -> None:
    low, high = bounds
    pixels = (low + (high - low) * torch.tensor(shares, dtype=torch.float64)).clamp(low, high)
    levels = to_8_bit(pixels, bounds)
    expected = np.rint((pixels.numpy() - low) / (high - low) * 255).astype(np.uint8)
    assert levels.dtype == torch.uint8
    assert levels.numpy().tolist() == expected.tolist()
    # Half a level, and the rounding of float32.
    error = (from_8_bit(levels, bounds).double() - pixels).abs().max()
    assert error <= (high - low) * (0.5 / 255 + 1e-6)


@pytest.mark.parametrize("bounds", BOUNDS)
def test_all_levels_survive_the_way_to_pixels_and_back(bounds: tuple[float, float]) -> None:
    levels = torch.arange(256, dtype=torch.uint8)
    pixels = from_8_bit(levels, bounds)
    assert torch.equal(to_8_bit(pixels, bounds), levels)
    assert (pixels[0].item(), pixels[-1].item()) == bounds
    assert pixels.dtype == torch.float32


def test_levels_of_an_8_bit_picture_are_those_of_a_division_by_255() -> None:
    """So a saved and reloaded picture has the pixels that were evaluated."""
    levels = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(from_8_bit(levels, (0, 1)), levels.float() / 255)


def test_norms_in_closed_form() -> None:
    originals = torch.full((3, 1, 2, 2), 0.5)
    changes = torch.tensor([[0.0, 0, 0, 0], [0.1, 0.1, -0.1, -0.1], [0.3, 0, 0, -0.4]])
    adversarial = originals + changes.view(3, 1, 2, 2)
    result = make(brightness(0.5), originals, adversarial, Misclassified(torch.zeros(3).long()))
    torch.testing.assert_close(result.l2, torch.tensor([0.0, 0.2, 0.5]))
    torch.testing.assert_close(result.linf, torch.tensor([0.0, 0.1, 0.4]))
    assert torch.equal(result.x_adv, adversarial)
    assert len(result) == 3


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (-1.0, 1.0)])
def test_success_is_decided_for_exact_and_for_rounded_pixels(bounds: tuple[float, float]) -> None:
    """A mean just above the threshold falls below it where pixels are rounded down."""
    low, high = bounds
    level = (high - low) / 255
    model = brightness(low + 100.3 * level, bounds)
    means = low + level * torch.tensor([100.0, 100.4, 100.6, 101.0])
    adversarial = means.view(4, 1, 1, 1).expand(4, 1, 2, 2).contiguous()
    result = make(model, adversarial, adversarial, ClassifiedAs(torch.ones(4).long()))
    assert result.success.tolist() == [False, True, True, True]
    assert result.success_8_bit.tolist() == [False, False, True, True]
    assert result.x_adv_8_bit[:, 0, 0, 0].tolist() == [100, 100, 101, 101]
    assert result.x_adv_8_bit.dtype == torch.uint8


def test_record_computes_in_the_precision_of_the_network() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2)).double()
    model = classifier(network, input_shape=(1, 2, 2))
    images = torch.rand(3, 1, 2, 2, dtype=torch.float64)
    result = make(model, images, images, Misclassified(model(images).argmax(1)))
    assert not result.success.any()
    assert result.success_8_bit.dtype == torch.bool


def at_indices() -> list[Any]:
    return [torch.tensor([2, 0]), torch.tensor([True, False, True])]


@pytest.mark.parametrize("indices", at_indices())
def test_at_selects_examples_in_every_field(indices: Tensor) -> None:
    images = torch.rand(3, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 0])
    result = make(brightness(0.5), torch.zeros_like(images), images, Misclassified(labels))
    some = result.at(indices)
    assert len(some) == 2
    for field in fields(AttackResult):
        whole, chosen = getattr(result, field.name), getattr(some, field.name)
        expected = whole[:, indices] if field.name == "history" else whole[indices]
        assert torch.equal(chosen, expected)
        assert not whole.requires_grad


def test_record_takes_no_gradients() -> None:
    images = torch.rand(2, 1, 2, 2, requires_grad=True)
    result = make(brightness(0.5), images, images * 0.9, Misclassified(torch.zeros(2).long()))
    assert not result.l2.requires_grad
