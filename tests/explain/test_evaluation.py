"""Activations, the most exciting photos, and ranks against one image at a time."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from foolproof.explain.evaluation import activations, evaluate_classes, most_exciting, share_in_top
from foolproof.explain.units import Unit, find_unit
from foolproof.pretrained.load import Pretrained

NAMES = ("first:4", "second:1:5,2", "second:0", "rocket")


@pytest.fixture
def units(pretrained: Pretrained) -> list[Unit]:
    return [find_unit(pretrained, name) for name in NAMES]


@pytest.fixture
def images() -> Tensor:
    return torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_each_image_is_seen_by_its_own_unit(
    pretrained: Pretrained, units: list[Unit], images: Tensor
) -> None:
    single = [
        activations(pretrained, image[None], [unit])[0]
        for image, unit in zip(images, units, strict=True)
    ]
    assert activations(pretrained, images, units) == pytest.approx(single, rel=1e-5)


def test_no_photo_excites_a_unit_more_than_the_most_exciting(
    pretrained: Pretrained, units: list[Unit], images: Tensor
) -> None:
    for unit, (row, value) in zip(units, most_exciting(pretrained, images, units), strict=True):
        of_unit = activations(pretrained, images, [unit] * len(images))
        assert value == pytest.approx(max(of_unit), rel=1e-5)
        assert row == of_unit.index(max(of_unit))


def test_both_networks_rank_the_class_that_an_image_was_made_for(
    pretrained: Pretrained, images: Tensor
) -> None:
    classes = [find_unit(pretrained, name) for name in ("rocket", "cat", "coffee", "cat")]
    found = evaluate_classes(pretrained, pretrained, images, classes)
    probabilities = pretrained.network(images).softmax(1)
    for row, unit, values in zip(found, classes, probabilities, strict=True):
        own = values[pretrained.classes.index(unit.name)]
        assert row["class"] == unit.name
        assert row["own_rank"] == 1 + int((values > own).sum())
        assert row["own_probability"] == pytest.approx(own.item(), rel=1e-5)
        assert row["own_sees"] == pretrained.classes[int(values.argmax())]
        assert [row[f"judge_{what}"] for what in ("rank", "probability", "sees")] == [
            row[f"own_{what}"] for what in ("rank", "probability", "sees")
        ]


def test_the_judge_sees_images_of_its_own_size(pretrained: Pretrained) -> None:
    constant = torch.full((1, 3, 40, 40), 0.3)
    (found,) = evaluate_classes(pretrained, pretrained, constant, [find_unit(pretrained, "cat")])
    assert found["judge_probability"] == pytest.approx(found["own_probability"], rel=1e-5)


def test_a_judge_is_asked_only_for_classes_that_it_has(
    pretrained: Pretrained, images: Tensor
) -> None:
    judge = replace(pretrained, classes=("pug", "rocket", "beagle"))
    classes = [find_unit(pretrained, name) for name in ("cat", "rocket")]
    cat, rocket = evaluate_classes(pretrained, judge, images[:2], classes)
    assert cat["judge_rank"] is cat["judge_probability"] is None
    assert cat["judge_sees"] in judge.classes
    expected = pretrained.network(images[1:2]).softmax(1)[0, 1].item()
    assert rocket["judge_probability"] == pytest.approx(expected, rel=1e-5)
    assert cat["own_rank"] is not None


def test_ranks_that_a_judge_cannot_give_do_not_count() -> None:
    found = [{"judge_rank": rank} for rank in (None, 1, None, 9)]
    assert share_in_top(found, "judge", 5) == 0.5
    assert share_in_top(found[:1], "judge", 5) is None


def test_the_share_counts_ranks_up_to_the_top() -> None:
    found = [{"judge_rank": rank, "own_rank": 1} for rank in (1, 5, 6, 900)]
    assert share_in_top(found, "judge", 5) == 0.5
    assert share_in_top(found, "judge", 1) == 0.25
    assert share_in_top(found, "own", 1) == 1
