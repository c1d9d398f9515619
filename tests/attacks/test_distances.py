"""Distances between images, compared with NumPy."""

import numpy as np
import pytest
import torch

from foolproof.attacks.distances import (
    distances_within_class,
    mean_squared_distances,
    nearest_distances,
)
from foolproof.compute.seeds import new_generator


def test_distances_are_those_of_brute_force() -> None:
    generator = new_generator(0)
    images, references = (torch.rand(n, 1, 28, 28, generator=generator) for n in (5, 7))
    a, b = images.double().numpy(), references.double().numpy()
    expected = np.array([[np.mean((x - y) ** 2) for y in b] for x in a])
    np.testing.assert_allclose(mean_squared_distances(images, references), expected, rtol=1e-5)


def test_small_distances_keep_their_precision() -> None:
    """One grey level in one pixel, between bright images whose squares are far larger."""
    image = torch.ones(30, 1, 28, 28)
    other = image.clone()
    other[:, 0, 5, 5] -= 1 / 255
    distances = mean_squared_distances(image, torch.cat([image, other]))
    assert torch.equal(distances[:, :30], torch.zeros(30, 30))
    np.testing.assert_allclose(distances[:, 30:], 1 / 255**2 / 784, rtol=1e-4)


def test_nearest_distances_by_hand() -> None:
    images = torch.tensor([[0.0, 0.0], [1.0, 1.0]])[:, None, None]
    references = torch.tensor([[0.0, 0.5], [1.0, 0.0]])[:, None, None]
    assert nearest_distances(images, references).tolist() == pytest.approx([0.125, 0.5])


def test_distances_to_itself_and_to_other_classes_are_infinite() -> None:
    images = torch.rand(5, 1, 28, 28, generator=new_generator(0))
    labels, indices = torch.tensor([7, 7, 2, 7, 2]), torch.tensor([3, 2])
    found = distances_within_class(images, labels, indices)
    expected = mean_squared_distances(images[indices], images)
    expected[0, [2, 3, 4]] = expected[1, [0, 1, 2, 3]] = torch.inf
    assert torch.equal(found, expected)
