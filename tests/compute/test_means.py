"""Means of what may be empty."""

import torch

from foolproof.compute.means import mean_or_none


def test_mean_or_none_averages_numbers_and_booleans() -> None:
    assert mean_or_none(torch.tensor([1, 2, 6])) == 3
    assert mean_or_none(torch.tensor([True, False, False, False])) == 0.25
    assert mean_or_none(torch.tensor([])) is None
