"""Criteria, each on logits by hand, and their conjunction."""

import torch

from foolproof.optimize.criteria import (
    ClassifiedAs,
    ConfidentIn,
    ConfidentInAnyBut,
    Criterion,
    Misclassified,
)


def test_confident_in_compares_the_probability_of_each_target() -> None:
    logits = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 5.0], [5.0, 0.0]])
    targets = torch.tensor([0, 1, 1, 1])
    assert ConfidentIn(targets, 0.5)(logits).tolist() == [True, True, True, False]
    some = ConfidentIn(targets, 0.51).at(torch.tensor([2, 3]))
    assert some(logits[2:]).tolist() == [True, False]


def test_confident_in_any_but_takes_the_max_over_the_other_classes() -> None:
    logits = torch.tensor([[9.0, 0, 0], [9.0, 0, 0], [0.0, 0, 9], [5.0, 5.0, 0]])
    reached = ConfidentInAnyBut(torch.tensor([0, 1, 1, 0]), 0.9)
    assert reached(logits).tolist() == [False, True, True, False]
    assert reached.at(torch.tensor([2, 1]))(logits[[3, 3]]).tolist() == [False, False]
    assert ConfidentInAnyBut(torch.tensor([0]), 0.49)(logits[3:]).all()


def test_classified_as_compares_the_top_class_with_each_target() -> None:
    logits = torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    reached = ClassifiedAs(torch.tensor([1, 0, 1])).at(torch.tensor([0, 2]))
    assert reached(logits).tolist() == [True, False]


def test_misclassified_is_the_opposite_of_classified_as() -> None:
    logits = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(50) % 4
    wrong = Misclassified(labels)(logits)
    assert torch.equal(wrong, ~ClassifiedAs(labels)(logits))
    assert 0 < wrong.sum() < 50
    some = torch.tensor([7, 3])
    assert torch.equal(Misclassified(labels).at(some)(logits[some]), wrong[some])


def test_and_holds_where_both_do() -> None:
    logits = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    targets, labels = torch.arange(200) % 3, (torch.arange(200) + 1) % 3
    parts: list[Criterion] = [
        ClassifiedAs(targets),
        ConfidentIn(targets, 0.6),
        Misclassified(labels),
        ConfidentInAnyBut(labels, 0.7),
    ]
    both = parts[0] & parts[1] & parts[2] & parts[3]
    expected = torch.stack([part(logits) for part in parts]).all(0)
    assert torch.equal(both(logits), expected)
    assert 0 < expected.sum() < 200
    some = torch.tensor([150, 4, 99, 4])
    assert torch.equal(both.at(some)(logits[some]), expected[some])
