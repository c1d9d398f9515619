"""Random search within a ball."""

import pytest
import torch
from torch import nn

from foolproof.attacks.geometry import Norm
from foolproof.attacks.random_search import random_search
from foolproof.classifiers.classifier import classifier, predict
from foolproof.optimize.objectives import Margin
from foolproof.optimize.steps import l2_norms

SHAPE = (2, 6, 5)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_images_stay_in_the_ball_and_the_margin_is_that_of_the_record(norm: Norm) -> None:
    torch.manual_seed(0)
    model = classifier(nn.Sequential(nn.Flatten(), nn.Linear(60, 4)), input_shape=SHAPE)
    x = torch.rand(30, *SHAPE)
    y = predict(model, x).argmax(1)
    eps = 0.05 if norm == "linf" else 0.3
    few, many = (random_search(model, x, y, eps=eps, norm=norm, queries=n) for n in (3, 200))
    for result in (few, many):
        change = result.x_adv - x
        norms = l2_norms(change) if norm == "l2" else change.flatten(1).abs().amax(1)
        assert norms.max() <= eps * (1 + 1e-5)
        assert result.x_adv.min() >= 0
        assert result.x_adv.max() <= 1
        margins = Margin(y).value(predict(model, result.x_adv))
        torch.testing.assert_close(result.history[0], margins)
        assert torch.equal(result.success, margins > 0)
    assert many.history.mean() > few.history.mean()
    assert 0 < few.success.sum() < many.success.sum()
    assert torch.equal(few.queries, few.steps)
    assert few.queries.max() == 3


def test_vectors_are_searched_too() -> None:
    torch.manual_seed(0)
    model = classifier(nn.Linear(7, 3), input_shape=(7,))
    x = torch.rand(9, 7)
    y = predict(model, x).argmax(1)
    result = random_search(model, x, y, eps=0.5, queries=50)
    assert result.x_adv.shape == x.shape
    assert result.success.any()


def test_no_query_is_refused() -> None:
    model = classifier(nn.Linear(7, 3), input_shape=(7,))
    with pytest.raises(ValueError, match="expected queries of at least 1, found 0"):
        random_search(model, torch.rand(1, 7), torch.tensor([0]), eps=0.1, queries=0)
