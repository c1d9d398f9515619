"""Norms of perturbations, violations of bounds, and shuffling that keeps the norms."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from foolproof.attacks.perturbation import (
    linf_violation,
    max_violation,
    perturbation_norms,
    shuffle_perturbation,
)
from foolproof.compute.seeds import new_generator


def draw_images(seed: int, count: int = 5) -> Tensor:
    """Draw pictures of which about a third each is black, white and grey."""
    return (3 * torch.rand(count, 1, 8, 8, generator=new_generator(seed)) - 1).clamp(0, 1)


def draw_perturbation(originals: Tensor, seed: int, strength: float) -> Tensor:
    """Draw a perturbation of some pixels, up to a strength, clipped to valid pixels."""
    some = torch.rand(originals.shape, generator=new_generator(seed)) < 0.4
    perturbation = strength * torch.rand(originals.shape, generator=new_generator(seed + 1))
    return (originals + some * perturbation).clamp(max=1) - originals


def test_norms_by_hand() -> None:
    perturbation = torch.zeros(2, 1, 2, 2)
    perturbation[1, 0] = torch.tensor([[0.5, 0.0], [-0.125, 0.25]])
    norms = perturbation_norms(perturbation)
    assert norms.l0.tolist() == [0, 3]
    assert norms.l1.tolist() == [0, 0.875]
    assert norms.linf.tolist() == [0, 0.5]


def test_max_violation_by_hand() -> None:
    original = torch.tensor([[[[0.25, 0.5]]]])
    for pixels, violation in (
        ([0.25, 1.0], 0),
        ([0.25, 0.375], 0.125),
        ([0.0, 0.25], 0.25),
        ([0.25, 1.5], 0.5),
    ):
        assert max_violation(torch.tensor([[[pixels]]]), original, 1) == violation
    assert max_violation(original[:0], original[:0], 1) == 0
    assert max_violation(original, 0, original - 0.125) == 0.125


@given(st.integers(0, 10_000), st.sampled_from([0.01, 0.2, 0.7, 5.0]))
def test_shuffled_perturbation_has_the_same_norms_and_is_valid(seed: int, strength: float) -> None:
    originals = draw_images(seed)
    perturbation = draw_perturbation(originals, seed + 10_000, strength)
    shuffled = shuffle_perturbation(originals, perturbation, new_generator(seed))
    assert torch.equal(shuffled.flatten(1).sort(1).values, perturbation.flatten(1).sort(1).values)
    norms, expected = perturbation_norms(shuffled), perturbation_norms(perturbation)
    torch.testing.assert_close(norms.l1, expected.l1, atol=1e-12, rtol=1e-12)
    assert torch.equal(norms.l0, expected.l0)
    assert torch.equal(norms.linf, expected.linf)
    assert (shuffled >= 0).all()
    assert max_violation(originals + shuffled, originals, 1) == 0


def test_shuffling_zeros_or_no_images_changes_nothing() -> None:
    originals = draw_images(0)
    assert not shuffle_perturbation(originals, torch.zeros_like(originals), new_generator(0)).any()
    assert (
        shuffle_perturbation(originals[:0], originals[:0], new_generator(0)).shape
        == originals[:0].shape
    )


def test_every_pixel_with_room_gets_the_same_mean() -> None:
    originals = torch.zeros(4000, 1, 2, 2)
    originals[:, 0, 0, 0] = 0.9
    perturbation = torch.tensor([[[[0.1, 0.3], [0.0, 0.6]]]]).expand(4000, -1, -1, -1)
    shuffled = shuffle_perturbation(originals, perturbation, new_generator(0))
    means = shuffled.mean(0).flatten().tolist()
    assert means == pytest.approx([0.1, 0.3, 0.3, 0.3], abs=0.02)
    assert torch.equal(shuffled, shuffle_perturbation(originals, perturbation, new_generator(0)))
    assert not torch.equal(
        shuffled, shuffle_perturbation(originals, perturbation, new_generator(1))
    )


def test_linf_violation_is_of_the_ball_or_of_the_range() -> None:
    originals = torch.full((2, 3, 8, 8), 0.5, dtype=torch.float64)
    originals[1] = 0.99
    assert linf_violation(originals, originals, 0.1) == 0
    for index, change, violation in ((0, 0.1, 0), (0, -0.25, 0.15), (1, 0.05, 0.04), (0, 0.7, 0.6)):
        images = originals.clone()
        images[index, 1, 2, 3] += change
        assert linf_violation(images, originals, 0.1) == pytest.approx(violation, abs=1e-12)
    below = torch.full_like(originals, -0.02)
    assert linf_violation(below, torch.zeros_like(below), 0.1) == pytest.approx(0.02)
