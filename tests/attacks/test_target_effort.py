"""Steps of targeted attacks by target, compared on the same images."""

import numpy as np
import pytest
import torch
from torch import Tensor

from foolproof.attacks.attacked_images import AttackedImages
from foolproof.attacks.target_effort import (
    compare_directions,
    compare_targets,
    steps_beyond,
    steps_by_target,
)
from foolproof.compute.intervals import mean_with_interval

NAN = torch.nan
TABLE = torch.tensor([[NAN, 5, 9], [NAN, 7, NAN], [1, NAN, 4], [3, NAN, 5]], dtype=torch.float64)
LABELS = torch.tensor([0, 0, 1, 1])


def attacked(labels: list[int], targets: list[int], steps: list[int]) -> AttackedImages:
    """Give attacks of which those with fewer than ten steps are successful."""
    taken, none = torch.tensor(steps), torch.empty(len(steps), 0)
    return AttackedImages(
        none, none, torch.tensor(labels), torch.tensor(targets), none, taken, taken < 10
    )


def equal(found: Tensor, expected: Tensor) -> bool:
    return np.array_equal(found.numpy(), expected.numpy(), equal_nan=True)


def test_steps_are_tabulated_by_image_and_target() -> None:
    result = attacked([1, 0, 0, 1, 0, 0, 1, 1], [0, 1, 2, 2, 1, 2, 0, 2], [1, 5, 9, 4, 7, 10, 3, 5])
    images = torch.tensor([30, 10, 10, 30, 20, 20, 40, 40])
    table, labels = steps_by_target(result, images, 3)
    assert equal(table, TABLE)
    assert torch.equal(labels, LABELS)


def test_easiest_and_hardest_target_are_compared_on_common_images() -> None:
    """Target 2 has the most steps, 4, 5 and 9, and two images in common with target 0."""
    found = compare_targets(TABLE.where(TABLE != 7, 5))
    assert found is not None
    assert found["easiest"] == {"target": 0, "steps": mean_with_interval([1, 3])}
    assert found["hardest"] == {"target": 2, "steps": mean_with_interval([9, 4, 5])}
    assert found["difference"] == mean_with_interval([3, 2])


def test_targets_without_a_common_image_or_alone_are_not_compared() -> None:
    assert compare_targets(TABLE[:, :2]) is None
    assert compare_targets(TABLE[:, 2:]) is None
    assert compare_targets(torch.full((2, 3), NAN)) is None


def test_opposite_directions_are_compared_as_independent_samples() -> None:
    found = compare_directions(TABLE, LABELS, 0, 1)
    assert found["there"] == mean_with_interval([5, 7])
    assert found["back"] == mean_with_interval([1, 3])
    assert found["difference"] is not None
    assert found["difference"]["mean"] == -4
    without = compare_directions(TABLE[:2], LABELS[:2], 0, 1)
    assert without["back"] is without["difference"] is None


def test_steps_beyond_the_untargeted_attack_are_paired_by_image() -> None:
    found = steps_beyond(TABLE, torch.tensor([3.0, NAN, 1, 4]).double())
    assert found is not None
    assert found["mean"] == pytest.approx(np.mean([4, 1.5, 0]))
    assert found["n"] == 3
