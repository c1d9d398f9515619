"""Activations, maximally activating photos, and ranks against one image at a time."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from foolproof.explain.evaluation import (
    Classification,
    classify_images,
    maximally_activating,
    top_k_rate,
    top_k_success,
    unit_activations,
    units_rates,
)
from foolproof.explain.units import Unit, find_unit
from foolproof.pretrained.load import Pretrained

NAMES = ("first:4", "second:1:5,2", "second:0", "rocket")


@pytest.fixture
def units(pretrained: Pretrained) -> list[Unit]:
    return [find_unit(pretrained, name) for name in NAMES]


@pytest.fixture
def images() -> Tensor:
    return torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_each_image_is_evaluated_by_its_own_unit(
    pretrained: Pretrained, units: list[Unit], images: Tensor
) -> None:
    single = [
        unit_activations(pretrained, image[None], [unit])[0]
        for image, unit in zip(images, units, strict=True)
    ]
    assert unit_activations(pretrained, images, units) == pytest.approx(single, rel=1e-5)


def test_no_photo_activates_a_unit_more_than_the_maximally_activating(
    pretrained: Pretrained, units: list[Unit], images: Tensor
) -> None:
    found = maximally_activating(pretrained, images, units)
    for unit, (index, value) in zip(units, found, strict=True):
        of_unit = unit_activations(pretrained, images, [unit] * len(images))
        assert value == pytest.approx(max(of_unit), rel=1e-5)
        assert index == of_unit.index(max(of_unit))


def test_images_are_ranked_by_the_probability_of_their_class(
    pretrained: Pretrained, images: Tensor
) -> None:
    classes = ["rocket", "cat", "coffee", "cat"]
    found = classify_images(pretrained, images, classes)
    probabilities = pretrained.network(images).softmax(1)
    for each, name, values in zip(found, classes, probabilities, strict=True):
        of_class = values[pretrained.classes.index(name)]
        assert each.rank == 1 + int((values > of_class).sum())
        assert each.probability == pytest.approx(of_class.item(), rel=1e-5)
        assert each.predicted == pretrained.classes[int(values.argmax())]


def test_images_are_resized_to_the_input(pretrained: Pretrained) -> None:
    probabilities = [
        classify_images(pretrained, torch.full((1, 3, side, side), 0.3), ["cat"])[0].probability
        for side in (16, 40)
    ]
    assert probabilities[1] == pytest.approx(probabilities[0], rel=1e-5)


def test_unknown_class_has_no_rank(pretrained: Pretrained, images: Tensor) -> None:
    transfer = replace(pretrained, classes=("pug", "rocket", "beagle"))
    cat, rocket = classify_images(transfer, images[:2], ["cat", "rocket"])
    assert cat.rank is cat.probability is None
    assert cat.predicted in transfer.classes
    expected = pretrained.network(images[1:2]).softmax(1)[0, 1].item()
    assert rocket.probability == pytest.approx(expected, rel=1e-5)


def ranked(*ranks: int | None) -> list[Classification]:
    return [Classification(rank, None, "") for rank in ranks]


def test_top_k_rate_leaves_out_unknown_classes() -> None:
    found = top_k_rate(ranked(None, 1, None, 9), 5)
    assert found is not None
    assert (found["count"], found["n"], found["value"]) == (1, 2, 0.5)
    assert found["low"] < 0.5 < found["high"]
    assert top_k_rate(ranked(None), 5) is None


def test_top_k_success_holds_ranks_up_to_k() -> None:
    ranks = ranked(1, 5, 6, None, 900)
    assert top_k_success(ranks, 5).tolist() == [True, True, False, False]
    assert top_k_success(ranks, 1).tolist() == [True, False, False, False]


def test_units_rates_count_units_above_all_photos_and_with_the_base_highest() -> None:
    activations = {"pixels": [3.0, 3.0, -1.0], "l2": [2.0, 4.0, -2.0]}
    above, highest = units_rates(activations, [1.0, 3.5, -3.0], base="pixels")
    assert (above["count"], above["n"]) == (2, 3)
    assert (highest["count"], highest["n"]) == (2, 3)
