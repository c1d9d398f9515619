"""Methods side by side: ranks of tiles, scores, paired gains."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.explain.comparison import (
    METHODS,
    Comparison,
    compare,
    explanation_maps,
)

OPTIONS: dict[str, dict[str, Any]] = {
    "smoothgrad": {"samples": 2, "std": 0.1, "seed": 0},
    "integrated_gradients": {"steps": 2},
    "occlusion": {"size": 3, "stride": 1, "fill": 0.0},
}


def model() -> Classifier:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 3)
    )
    return classifier(network, input_shape=(1, 8, 8))


def images() -> Tensor:
    return torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def test_every_method_gives_a_map_of_each_image() -> None:
    maps = explanation_maps(model(), images(), torch.tensor([0, 1, 2]), OPTIONS)
    assert list(maps) == list(METHODS)
    assert {each.shape for each in maps.values()} == {(3, 8, 8)}


def test_the_order_of_importance_has_the_better_scores_on_a_linear_classifier() -> None:
    """The logit of class 0 is a weighted sum of non-negative terms, which ranks the pixels."""
    layer = nn.Linear(16, 2)
    weights = torch.arange(16.0)
    with torch.no_grad():
        layer.weight.copy_(torch.stack([weights, 0 * weights]))
        layer.bias.zero_()
    pixels = torch.ones(2, 1, 4, 4)
    target = torch.zeros(2, dtype=torch.long)
    right = weights.view(1, 4, 4).expand(2, 4, 4)
    found = compare(
        classifier(nn.Sequential(nn.Flatten(), layer), input_shape=(1, 4, 4)),
        pixels,
        target,
        {"right": [right], "reversed": [-right], "both": [right, -right]},
        steps=4,
        baselines={"deletion": "black", "insertion": "black"},
    )
    assert (found.scores["deletion"]["right"] < found.scores["deletion"]["reversed"]).all()
    assert (found.scores["insertion"]["right"] > found.scores["insertion"]["reversed"]).all()
    assert found.curves["deletion"]["right"].shape == (5,)
    scores = found.scores["deletion"]
    torch.testing.assert_close(scores["both"], (scores["right"] + scores["reversed"]) / 2)


def comparison() -> Comparison:
    scores = {"map": torch.tensor([0.1, 0.3]), "random": torch.tensor([0.4, 0.8])}
    curves = {name: np.array([1.0, 0.0]) for name in scores}
    return Comparison(
        {"deletion": scores, "insertion": scores}, {"deletion": curves, "insertion": curves}
    )


def test_gains_are_paired_and_positive_where_the_method_is_better() -> None:
    record = comparison().describe(("random",))
    assert record["map"]["deletion"]["mean"] == pytest.approx(0.2)
    gains = record["map"]["gain_over"]["random"]
    assert gains["deletion"]["mean"] == pytest.approx(0.4)
    assert gains["insertion"]["mean"] == pytest.approx(-0.4)
    # t(0.975, 1) = 12.706 times the standard error of 0.3 and 0.5
    assert gains["deletion"]["ci95"] == pytest.approx(1.2706, abs=1e-4)
    assert gains["deletion"]["n"] == 2
    assert record["random"]["gain_over"] == {}


def test_best_method_is_compared_with_the_others_but_not_with_controls() -> None:
    scores = {
        "map": torch.tensor([0.1, 0.3]),
        "other": torch.tensor([0.2, 0.5]),
        "random": torch.tensor([0.0, 0.0]),
    }
    best = Comparison({"deletion": scores, "insertion": scores}, {}).best(("random",))
    assert {kind: found["method"] for kind, found in best.items()} == {
        "deletion": "map",
        "insertion": "other",
    }
    for found, other in ((best["deletion"], "other"), (best["insertion"], "map")):
        assert list(found["gain_over"]) == [other]
        assert found["gain_over"][other]["mean"] == pytest.approx(0.15)


def test_rows_have_a_series_for_each_map() -> None:
    rows = comparison().rows({"map": "a map", "random": "random map"})
    assert rows[:2] == [
        {"series": "a map", "share": 0.0, "deletion": 1.0, "insertion": 1.0},
        {"series": "a map", "share": 1.0, "deletion": 0.0, "insertion": 0.0},
    ]
    assert len(rows) == 4
