"""Distances against NumPy, and the choice of images that are classified correctly."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from foolproof.attacks.measures import choose_correct, mean_squared_distances
from foolproof.compute.seeds import new_generator


def test_distances_are_those_of_brute_force() -> None:
    generator = new_generator(0)
    images, references = (torch.rand(n, 1, 28, 28, generator=generator) for n in (5, 7))
    a, b = images.double().numpy(), references.double().numpy()
    expected = np.array([[np.mean((x - y) ** 2) for y in b] for x in a])
    np.testing.assert_allclose(mean_squared_distances(images, references), expected, rtol=1e-5)


def test_small_distances_keep_their_precision() -> None:
    """One grey level in one pixel, between bright images whose squares would drown it."""
    image = torch.ones(30, 1, 28, 28)
    other = image.clone()
    other[:, 0, 5, 5] -= 1 / 255
    distances = mean_squared_distances(image, torch.cat([image, other]))
    assert torch.equal(distances[:, :30], torch.zeros(30, 30))
    np.testing.assert_allclose(distances[:, 30:], 1 / 255**2 / 784, rtol=1e-4)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40).filter(
        lambda pairs: any(label == guess for label, guess in pairs)
    ),
    st.integers(0, 1000),
)
def test_only_right_answers_are_chosen_one_a_class(pairs: list[tuple[int, int]], seed: int) -> None:
    labels, predicted = torch.tensor(pairs).unbind(1)
    rows = choose_correct(labels, predicted, new_generator(seed))
    assert torch.equal(labels[rows], predicted[rows])
    assert labels[rows].tolist() == sorted({label for label, guess in pairs if label == guess})


def test_the_choice_is_random_among_the_right_ones() -> None:
    labels = torch.arange(300) % 3
    predicted = torch.where(torch.arange(300) < 150, labels, (labels + 1) % 3)
    choices = [
        tuple(choose_correct(labels, predicted, new_generator(s)).tolist()) for s in range(20)
    ]
    assert len(set(choices)) == 20
    assert tuple(choose_correct(labels, predicted, new_generator(0)).tolist()) == choices[0]
