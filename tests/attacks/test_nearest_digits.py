"""Nearest digits, compared with brute force in NumPy and SciPy."""

from collections import Counter

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor

from foolproof.attacks.nearest_digits import ReferenceDigits, majority, standardized
from foolproof.compute.seeds import new_generator

BLUR, K = 1.0, 5


@pytest.fixture
def digits() -> tuple[Tensor, Tensor, Tensor]:
    """Images, references and the labels of these."""
    generator = new_generator(0)
    images, references = (torch.rand(n, 1, 12, 12, generator=generator) for n in (6, 40))
    return images, references, torch.randint(0, 4, (40,), generator=generator)


def blurred(image: Tensor) -> NDArray[np.float64]:
    found: NDArray[np.float64] = gaussian_filter(
        image[0].double().numpy(), BLUR, mode="nearest", radius=5
    ).ravel()
    return found


def test_neighbours_are_those_of_brute_force(digits: tuple[Tensor, Tensor, Tensor]) -> None:
    images, references, labels = digits
    found = ReferenceDigits(references, labels, blur=BLUR).nearest(images, K)
    for row, image in enumerate(images):
        correlations = np.array(
            [np.corrcoef(blurred(image), blurred(each))[0, 1] for each in references]
        )
        order = np.argsort(-correlations)[:K]
        assert found.indices[row].tolist() == order.tolist()
        np.testing.assert_allclose(found.correlations[row], correlations[order], atol=1e-5)
        counts = Counter(labels[order].tolist())
        expected = max(counts, key=lambda c: (counts[c], -labels[order].tolist().index(c)))
        assert found.classes[row] == expected


@pytest.mark.parametrize(
    ("classes", "expected"),
    [([3, 1, 1], 1), ([3, 1, 1, 3], 3), ([0, 2, 1], 0), ([2, 2, 0, 0, 0], 0)],
)
def test_the_nearest_of_equally_frequent_classes_wins(classes: list[int], expected: int) -> None:
    assert majority(torch.tensor([classes])).tolist() == [expected]


def test_brightness_contrast_and_a_grey_background_play_no_part(
    digits: tuple[Tensor, Tensor, Tensor],
) -> None:
    images, references, labels = digits
    prepared = ReferenceDigits(references, labels, blur=BLUR)
    paler = prepared.nearest(0.4 + 0.2 * images, K)
    assert torch.equal(prepared.nearest(images, K).indices, paler.indices)


def test_a_digit_is_its_own_nearest_neighbour(digits: tuple[Tensor, Tensor, Tensor]) -> None:
    _, references, labels = digits
    found = ReferenceDigits(references, labels, blur=BLUR).nearest(references, 1)
    assert found.indices[:, 0].tolist() == list(range(40))
    assert torch.equal(found.classes, labels)


def test_a_constant_image_has_no_correlation() -> None:
    assert standardized(torch.full((1, 1, 12, 12), 0.3), BLUR).abs().max() == 0


def test_fewer_references_than_neighbours_are_all_neighbours() -> None:
    digits = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    found = ReferenceDigits(digits, torch.tensor([4, 7, 7]), blur=1).nearest(digits[:1], 15)
    assert sorted(found.indices[0].tolist()) == [0, 1, 2]
    assert found.classes.tolist() == [7]
