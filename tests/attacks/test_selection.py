"""The random choice of what to attack."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from foolproof.attacks.selection import choose, choose_pairs
from foolproof.compute.seeds import new_generator


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 20), st.integers(0, 100))
def test_the_chosen_are_different_candidates(mask: list[bool], number: int, seed: int) -> None:
    rows = choose(torch.tensor(mask, dtype=torch.bool), number, new_generator(seed)).tolist()
    assert len(rows) == len(set(rows)) == min(number, sum(mask))
    assert all(mask[row] for row in rows)


def test_the_choice_is_random_and_repeatable() -> None:
    candidates = torch.arange(1000) % 2 == 0
    choices = [tuple(choose(candidates, 5, new_generator(seed)).tolist()) for seed in range(20)]
    assert len(set(choices)) == 20
    assert tuple(choose(candidates, 5, new_generator(0)).tolist()) == choices[0]


def test_each_chosen_image_meets_every_class_but_its_own() -> None:
    labels = torch.tensor([0, 1, 1, 1, 2, 0, 3])
    correct = torch.tensor([True, True, True, True, False, True, True])
    rows, targets = choose_pairs(labels, correct, 2, 4, new_generator(0))
    assert correct[rows].all()
    assert [len(rows[labels[rows] == label].unique()) for label in range(4)] == [2, 2, 0, 1]
    for row in rows.unique():
        met = targets[rows == row].tolist()
        assert met == [target for target in range(4) if target != labels[row]]
