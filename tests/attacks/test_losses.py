"""Losses of attacks: the difference of logits ratio by its formula."""

import pytest
import torch
from torch import Tensor

from foolproof.optimize.objectives import Dlr, Margin, OfLogits, TargetedDlr

LOGITS = torch.tensor(
    [[5.0, 1.0, 3.0, -2.0], [5.0, 1.0, 3.0, -2.0], [0.5, 4.0, 4.5, 1.0]], dtype=torch.float64
)
LABELS, TARGETS = torch.tensor([0, 2, 1]), torch.tensor([2, 3, 0])


def test_dlr_is_that_of_the_paper() -> None:
    """-(z_y - max_other) / (z_1 - z_3), with sorted logits z_1, z_2, z_3."""
    expected = torch.tensor([-(5 - 3) / (5 - 1), -(3 - 5) / (5 - 1), -(4 - 4.5) / (4.5 - 1)])
    torch.testing.assert_close(Dlr(LABELS).value(LOGITS), expected.double())


def test_targeted_dlr_is_that_of_the_paper() -> None:
    """-(z_y - z_t) / (z_1 - (z_3 + z_4) / 2)."""
    denominators = torch.tensor([5 - (1 - 2) / 2, 5 - (1 - 2) / 2, 4.5 - (1 + 0.5) / 2])
    expected = torch.tensor([-(5.0 - 3), -(3.0 + 2), -(4 - 0.5)]) / denominators
    torch.testing.assert_close(TargetedDlr(LABELS, TARGETS).value(LOGITS), expected.double())


@pytest.mark.parametrize("loss", [Dlr(LABELS), TargetedDlr(LABELS, TARGETS)])
def test_dlr_does_not_change_with_the_scale_and_an_offset_of_the_logits(loss: OfLogits) -> None:
    torch.testing.assert_close(loss.value(1000 * LOGITS + 7), loss.value(LOGITS))


def test_dlr_is_above_zero_exactly_where_the_label_is_not_predicted() -> None:
    signs: list[Tensor] = [loss(LABELS).value(LOGITS) > 0 for loss in (Dlr, Margin)]
    assert torch.equal(*signs)
    assert torch.equal(signs[0], LOGITS.argmax(1) != LABELS)


def test_examples_are_selected_in_all_fields() -> None:
    chosen = torch.tensor([2, 0])
    found = TargetedDlr(LABELS, TARGETS).at(chosen).value(LOGITS[chosen])
    assert torch.equal(found, TargetedDlr(LABELS, TARGETS).value(LOGITS)[chosen])
