"""Pairs of photo and target class: requested by name with replacements, and random."""

from collections.abc import Sequence

import pytest
import torch

from foolproof.attacks.photo_pairs import (
    Example,
    choose_examples,
    one_target_each,
    random_pairs,
)
from foolproof.compute.seeds import new_generator

PHOTOS = ["cat.jpg", "cup.jpg", "dog.jpg"]
CLASSES = ["cat", "cup", "dog", "zebra"]
LABELS = [0, 1, 2]


def choose(*requests: tuple[str, str], photos: Sequence[str] = PHOTOS) -> list[Example]:
    labels = [LABELS[PHOTOS.index(name)] for name in photos]
    return choose_examples(requests, photos, labels, CLASSES, new_generator(0))


def test_existing_photos_and_targets_are_chosen_as_requested() -> None:
    assert choose(("dog.jpg", "cup"), ("cat.jpg", "zebra")) == [(0, 2, 1), (1, 0, 3)]


def test_missing_photo_is_replaced_by_one_not_requested() -> None:
    assert choose(("owl.jpg", "zebra"), ("cat.jpg", "dog"), ("elk.jpg", "cat")) == [
        (0, 1, 3),
        (1, 0, 2),
        (2, 2, 0),
    ]


@pytest.mark.parametrize("target", ["teapot", "cup"])
def test_missing_target_and_own_class_are_replaced_by_any_other(target: str) -> None:
    requests = [("cup.jpg", target)] * 30
    found = choose(*requests)
    assert {example.photo for example in found} == {1}
    assert {example.target for example in found} == {0, 2, 3}
    assert found == choose(*requests)


def test_target_that_is_the_class_of_the_replacing_photo_is_replaced() -> None:
    ((_, photo, target),) = choose(("owl.jpg", "cat"))
    assert photo == 0
    assert target in {1, 2, 3}


def test_without_photos_left_the_other_requests_are_kept() -> None:
    found = choose(
        ("owl.jpg", "zebra"), ("elk.jpg", "zebra"), ("cat.jpg", "dog"), photos=PHOTOS[:2]
    )
    assert found == [(0, 1, 3), (2, 0, 2)]
    found = choose(("owl.jpg", "dog"), ("cat.jpg", "dog"), photos=PHOTOS[:1])
    assert found == [(1, 0, 2)]


def pairs(number: int, seed: int = 0) -> list[tuple[int, int]]:
    """Choose pairs for three images of four classes."""
    indices, targets = random_pairs(torch.tensor([3, 0, 1]), 4, number, new_generator(seed))
    return list(zip(indices.tolist(), targets.tolist(), strict=True))


ALL_PAIRS = {(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (2, 0), (2, 2), (2, 3)}


def test_random_pairs_are_distinct_and_never_of_the_true_class() -> None:
    for number in range(1, 10):
        found = pairs(number)
        assert len(set(found)) == number
        assert set(found) <= ALL_PAIRS
    for number in (9, 10, 1000):
        assert set(pairs(number)) == ALL_PAIRS
        assert len(pairs(number)) == 9


def test_random_pairs_are_uniform() -> None:
    drawn = [pairs(1, seed)[0] for seed in range(900)]
    assert set(drawn) == ALL_PAIRS
    # Each count is binomial with a standard deviation of 9.4.
    assert all(abs(drawn.count(pair) - 100) < 40 for pair in ALL_PAIRS)


def test_each_image_gets_one_target_and_those_of_the_examples_come_first() -> None:
    labels = torch.tensor([3, 0, 1, 2, 3])
    examples = [Example(0, 3, 1), Example(2, 0, 2)]
    drawn = set()
    for seed in range(60):
        order, targets = one_target_each(examples, labels, 4, new_generator(seed))
        assert order.tolist() == [3, 0, 1, 2, 4]
        assert targets[:2].tolist() == [1, 2]
        drawn |= set(zip(order[2:].tolist(), targets[2:].tolist(), strict=True))
    wrong = {1: {1, 2, 3}, 2: {0, 2, 3}, 4: {0, 1, 2}}
    assert drawn == {(index, target) for index, targets in wrong.items() for target in targets}


def test_without_examples_left_out_every_image_is_one() -> None:
    order, targets = one_target_each([Example(0, 0, 1)], torch.tensor([0]), 2, new_generator(0))
    assert (order.tolist(), targets.tolist()) == ([0], [1])
