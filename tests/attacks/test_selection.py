"""Random selection of images to attack."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foolproof.attacks.selection import (
    choose,
    choose_one_per_class,
    choose_one_per_target,
    choose_pairs,
)
from foolproof.compute.seeds import new_generator


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 20), st.integers(0, 100))
def test_chosen_indices_are_distinct_candidates(mask: list[bool], number: int, seed: int) -> None:
    indices = choose(torch.tensor(mask, dtype=torch.bool), number, new_generator(seed)).tolist()
    assert len(indices) == len(set(indices)) == min(number, sum(mask))
    assert all(mask[index] for index in indices)


def test_choice_is_random_and_repeatable() -> None:
    candidates = torch.arange(1000) % 2 == 0
    choices = [tuple(choose(candidates, 5, new_generator(seed)).tolist()) for seed in range(20)]
    assert len(set(choices)) == 20
    assert tuple(choose(candidates, 5, new_generator(0)).tolist()) == choices[0]


def test_each_chosen_image_has_all_other_classes_as_targets() -> None:
    labels = torch.tensor([0, 1, 1, 1, 2, 0, 3])
    correct = torch.tensor([True, True, True, True, False, True, True])
    indices, targets = choose_pairs(labels, correct, 2, 4, new_generator(0))
    assert correct[indices].all()
    assert [len(indices[labels[indices] == label].unique()) for label in range(4)] == [2, 2, 0, 1]
    for index in indices.unique():
        found = targets[indices == index].tolist()
        assert found == [target for target in range(4) if target != labels[index]]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40).filter(
        lambda pairs: any(label == guess for label, guess in pairs)
    ),
    st.integers(0, 1000),
)
def test_one_correctly_classified_image_of_each_class_is_chosen(
    pairs: list[tuple[int, int]], seed: int
) -> None:
    labels, predicted = torch.tensor(pairs).unbind(1)
    indices = choose_one_per_class(labels, predicted, new_generator(seed))
    assert torch.equal(labels[indices], predicted[indices])
    assert labels[indices].tolist() == sorted({label for label, guess in pairs if label == guess})


def test_one_per_class_is_random_among_the_correctly_classified() -> None:
    labels = torch.arange(300) % 3
    predicted = torch.where(torch.arange(300) < 150, labels, (labels + 1) % 3)
    choices = [
        tuple(choose_one_per_class(labels, predicted, new_generator(s)).tolist()) for s in range(20)
    ]
    assert len(set(choices)) == 20
    assert tuple(choose_one_per_class(labels, predicted, new_generator(0)).tolist()) == choices[0]


def test_one_per_target_is_correctly_classified_and_of_another_class() -> None:
    labels = torch.arange(300) % 3
    predicted = torch.where(torch.arange(300) < 150, labels, (labels + 1) % 3)
    choices = set()
    for seed in range(20):
        indices = choose_one_per_target(labels, predicted, 3, new_generator(seed))
        assert torch.equal(labels[indices], predicted[indices])
        assert (labels[indices] != torch.arange(3)).all()
        choices.add(tuple(indices.tolist()))
    assert len(choices) == 20


def test_a_network_that_sees_one_class_everywhere_is_attacked_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    labels = torch.tensor([0, 1, 1, 2, 2])
    one = torch.full_like(labels, 1)
    chosen = choose_one_per_target(labels, one, 3, new_generator(0))
    assert (labels[chosen] != torch.arange(3)).all()
    assert labels[chosen][[0, 2]].tolist() == [1, 1]  # correct where that is possible
    assert labels[choose_one_per_class(labels, one, new_generator(0))].tolist() == [1]
    none = torch.full_like(labels, 7)
    assert (
        labels[choose_one_per_target(labels, none, 3, new_generator(0))] != torch.arange(3)
    ).all()
    assert labels[choose_one_per_class(labels, none, new_generator(0))].tolist() == [0, 1, 2]
    assert set(caplog.messages) == {"no image is classified correctly; all are taken"}
