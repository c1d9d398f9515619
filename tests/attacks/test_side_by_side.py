"""Paired comparisons of networks, against SciPy and by hand."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn

from foolproof.attacks.side_by_side import (
    common_digits,
    compared_by_mcnemar,
    compared_in_pairs,
    norm_ratios,
    predicted_by_others,
)
from foolproof.classifiers.classifier import classifier
from foolproof.compute.seeds import new_generator

GROUPS = torch.tensor([7, 2, 7, 2, 5, 5])


class Constant(nn.Module):
    """Predicts one class for all images, or for bright ones another."""

    def __init__(self, dark: int, bright: int) -> None:
        super().__init__()
        self.classes = dark, bright

    def forward(self, x: Tensor) -> Tensor:
        """Compute the logits."""
        bright = (x.flatten(1).mean(1) > 0.5).long()
        predicted = torch.tensor(self.classes)[bright]
        return 9 * torch.eye(3)[predicted] + 0 * x.flatten(1)[:, :1]


def mask(*values: int) -> Tensor:
    return torch.tensor(values, dtype=torch.bool)


def test_common_digits_are_correct_for_all_networks_and_divided_by_class() -> None:
    images = torch.zeros(8, 1, 4, 4, dtype=torch.uint8)
    images[4:] = 255
    labels = torch.tensor([0, 0, 0, 1, 1, 1, 1, 0])
    networks = [Constant(0, 1), Constant(0, 1)]
    chosen = common_digits(networks, images, labels, 2, new_generator(0))
    assert labels[chosen].tolist() == [0, 0, 1, 1]
    assert set(chosen.tolist()) <= {0, 1, 2, 4, 5, 6}
    chosen = common_digits([*networks, Constant(0, 2)], images, labels, 5, new_generator(0))
    assert sorted(chosen.tolist()) == [0, 1, 2]
    assert len(common_digits([Constant(2, 2)], images, labels, 1, new_generator(0))) == 2


def test_images_are_classified_by_the_other_networks_alone() -> None:
    models = {
        name: classifier(Constant(*classes), input_shape=(1, 4, 4))
        for name, classes in (("a", (0, 1)), ("b", (0, 0)))
    }
    images = {name: torch.tensor([0.1, 0.9]).view(2, 1, 1, 1).expand(2, 1, 4, 4) for name in "ab"}
    found = predicted_by_others(models, images, torch.tensor([0, 1]))
    assert {source: list(others) for source, others in found.items()} == {"a": ["b"], "b": ["a"]}
    assert found["a"]["b"].tolist() == [True, False]
    assert found["b"]["a"].tolist() == [True, True]


def test_differences_of_shares_have_student_intervals_over_groups() -> None:
    masks = {"a": mask(1, 1, 1, 1, 1, 0), "b": mask(0, 0, 1, 1, 1, 0)}
    found = compared_in_pairs(masks, "a", GROUPS)
    assert found.keys() == {"b"}
    assert found["b"] is not None
    differences = [0.5, 0.0, 0.5]
    low, high = stats.ttest_1samp(differences, 0).confidence_interval()
    assert found["b"]["mean"] == pytest.approx(np.mean(differences))
    assert found["b"]["ci95"] == pytest.approx((high - low) / 2)
    assert found["b"]["n"] == 3


def test_norm_ratios_count_pairs_where_both_succeed_and_average_within_groups() -> None:
    norms = {
        "a": torch.tensor([4.0, 6, 8, 6, 5, 99, 0]),
        "b": torch.tensor([1.0, 2, 2, 2, 1, 99, 3]),
    }
    success = {"a": mask(1, 1, 1, 1, 1, 0, 1), "b": mask(1, 1, 1, 1, 1, 1, 1)}
    found = norm_ratios(norms, success, "a", torch.tensor([*GROUPS.tolist(), 9]))["b"]
    assert found is not None
    logs = np.log([3, 5, 4])  # of the groups 2, 5 and 7
    low, high = stats.ttest_1samp(logs, 0).confidence_interval()
    expected = np.exp([logs.mean(), low, high])
    assert [found[key] for key in ("value", "low", "high")] == pytest.approx(expected, rel=1e-5)
    assert found["n"] == 3


def test_norm_ratio_is_none_where_no_pair_succeeds() -> None:
    norms = {name: torch.ones(6) for name in "ab"}
    success = {"a": mask(1, 0, 0, 0, 0, 0), "b": mask(0, 1, 1, 1, 1, 1)}
    assert norm_ratios(norms, success, "a", GROUPS) == {"b": None}


def test_mcnemar_counts_what_one_network_alone_has() -> None:
    masks = {"a": mask(1, 1, 1, 0), "b": mask(0, 0, 1, 1)}
    found = compared_by_mcnemar(masks, "a")["b"]
    assert (found["only_first"], found["only_second"]) == (2, 1)


def test_differences_of_independent_values_are_paired() -> None:
    values = {"a": torch.tensor([1.0, 5, 3]), "b": torch.tensor([0.0, 1, 2])}
    found = compared_in_pairs(values, "a")["b"]
    assert found is not None
    low, high = stats.ttest_rel(values["a"], values["b"]).confidence_interval()
    assert found["mean"] == 2
    assert found["ci95"] == pytest.approx((high - low) / 2)
