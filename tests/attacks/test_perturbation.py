"""How much ink there is, and dealing it out anew without changing that."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from foolproof.attacks.perturbation import amount_of_ink, greatest_violation, shuffle_ink
from foolproof.compute.seeds import new_generator


def draw_images(seed: int, count: int = 5) -> Tensor:
    """Draw pictures of which about a third each is black, white and grey."""
    return (3 * torch.rand(count, 1, 8, 8, generator=new_generator(seed)) - 1).clamp(0, 1)


def draw_ink(originals: Tensor, seed: int, strength: float) -> Tensor:
    """Draw ink as an attack adds it: to some pixels, up to a strength, as far as there is room."""
    some = torch.rand(originals.shape, generator=new_generator(seed)) < 0.4
    ink = strength * torch.rand(originals.shape, generator=new_generator(seed + 1))
    return (originals + some * ink).clamp(max=1) - originals


def test_amounts_by_hand() -> None:
    ink = torch.zeros(2, 1, 2, 2)
    ink[1, 0] = torch.tensor([[0.5, 0.0], [0.125, 0.25]])
    amount = amount_of_ink(ink)
    assert amount.l0.tolist() == [0, 3]
    assert amount.l1.tolist() == [0, 0.875]
    assert amount.linf.tolist() == [0, 0.5]


def test_violations_by_hand() -> None:
    original = torch.tensor([[[[0.25, 0.5]]]])
    for pixels, violation in (
        ([0.25, 1.0], 0),
        ([0.25, 0.375], 0.125),
        ([0.0, 0.25], 0.25),
        ([0.25, 1.5], 0.5),
    ):
        assert greatest_violation(original, torch.tensor([[[pixels]]])) == violation
    assert greatest_violation(original[:0], original[:0]) == 0


@given(st.integers(0, 10_000), st.sampled_from([0.01, 0.2, 0.7, 5.0]))
def test_shuffled_ink_is_the_same_ink_and_valid(seed: int, strength: float) -> None:
    originals = draw_images(seed)
    ink = draw_ink(originals, seed + 10_000, strength)
    shuffled = shuffle_ink(originals, ink, new_generator(seed))
    assert torch.equal(shuffled.flatten(1).sort(1).values, ink.flatten(1).sort(1).values)
    amounts, expected = amount_of_ink(shuffled), amount_of_ink(ink)
    torch.testing.assert_close(amounts.l1, expected.l1, atol=1e-12, rtol=1e-12)
    assert torch.equal(amounts.l0, expected.l0)
    assert torch.equal(amounts.linf, expected.linf)
    assert (shuffled >= 0).all()
    assert greatest_violation(originals, originals + shuffled) == 0


def test_without_ink_there_is_nothing_to_shuffle() -> None:
    originals = draw_images(0)
    assert not shuffle_ink(originals, torch.zeros_like(originals), new_generator(0)).any()
    assert shuffle_ink(originals[:0], originals[:0], new_generator(0)).shape == originals[:0].shape


def test_every_pixel_with_room_gets_its_share_in_the_mean() -> None:
    originals = torch.zeros(4000, 1, 2, 2)
    originals[:, 0, 0, 0] = 0.9
    ink = torch.tensor([[[[0.1, 0.3], [0.0, 0.6]]]]).expand(4000, -1, -1, -1)
    shuffled = shuffle_ink(originals, ink, new_generator(0))
    means = shuffled.mean(0).flatten().tolist()
    assert means == pytest.approx([0.1, 0.3, 0.3, 0.3], abs=0.02)
    assert torch.equal(shuffled, shuffle_ink(originals, ink, new_generator(0)))
    assert not torch.equal(shuffled, shuffle_ink(originals, ink, new_generator(1)))
