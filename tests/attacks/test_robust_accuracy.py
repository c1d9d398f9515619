"""Robust accuracy against closed forms, and each sign of gradient masking on a made-up network."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import foolproof as fp
from foolproof.attacks import worst_case
from foolproof.attacks.ball import pgd
from foolproof.attacks.ensemble import apgd_on_targets, standard_attacks
from foolproof.attacks.result import AttackResult
from foolproof.attacks.robust_accuracy import RobustAccuracy, robust_accuracy
from foolproof.classifiers.classifier import Classifier, classifier, predict
from foolproof.compute.intervals import wilson_interval

SHAPE = (1, 4, 4)
RADII = (0.02, 0.05, 0.1, 0.3)


def linear(classes: int = 3, seed: int = 0) -> Classifier:
    torch.manual_seed(seed)
    return classifier(nn.Sequential(nn.Flatten(), nn.Linear(16, classes)), input_shape=SHAPE)


def images_of(model: Classifier, count: int = 60) -> tuple[Tensor, Tensor]:
    """Draw images, with the classes that the classifier predicts as labels; the first is wrong."""
    x = torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(1))
    y = predict(model, x).argmax(1)
    y[0] = (y[0] + 1) % model.classes
    return x, y


def max_margins(model: Classifier, x: Tensor, y: Tensor, eps: float) -> Tensor:
    """Compute the largest margin loss (N,) of a linear network within the ball and the box."""
    layer = model.network[1]  # type: ignore[index]
    pixels = x.flatten(1).double()
    weight, bias = layer.weight.double(), layer.bias.double()
    margins = torch.full((len(x), model.classes), -torch.inf, dtype=torch.float64)
    low, high = (pixels - eps).clamp(min=0), (pixels + eps).clamp(max=1)
    for target in range(model.classes):
        direction = weight[target] - weight[y]
        best = torch.where(direction > 0, high, low)
        margins[:, target] = (direction * best).sum(1) + bias[target] - bias[y]
    margins[torch.arange(len(x)), y] = -torch.inf
    return margins.amax(1)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_linear_network_has_the_robust_accuracy_of_the_closed_form(classes: int) -> None:
    model = linear(classes, seed=2)
    x, y = images_of(model)
    result = robust_accuracy(model, x, y, eps=RADII, steps=20)
    for eps, accuracy, success in zip(RADII, result.accuracy, result.success, strict=True):
        exact = max_margins(model, x, y, eps) > 0
        assert success.tolist() == exact.tolist()
        assert accuracy == pytest.approx(1 - exact.double().mean().item())
    assert result.accuracy[0] > 0.5 > result.accuracy[-1]


def test_l2_ball_of_a_linear_network_away_from_the_box() -> None:
    model = linear(2, seed=1)
    x = 0.4 + 0.2 * torch.rand(40, *SHAPE, generator=torch.Generator().manual_seed(1))
    y = predict(model, x).argmax(1)
    layer = model.network[1]  # type: ignore[index]
    logits = predict(model, x).double()
    gap = (logits[torch.arange(40), y] - logits[torch.arange(40), 1 - y]).abs()
    distance = gap / (layer.weight[0] - layer.weight[1]).double().norm()
    eps = [0.05, 0.1, 0.2, 0.3]
    result = robust_accuracy(model, x, y, eps=eps, norm="l2", steps=20)
    for radius, success in zip(eps, result.success, strict=True):
        clear = (distance - radius).abs() > 1e-5
        assert torch.equal(success[clear], (distance < radius)[clear])
    assert 0 < result.success.sum() < result.success.numel()


def test_every_epsilon_is_as_if_it_were_the_only_one() -> None:
    model = linear()
    x, y = images_of(model)
    together = robust_accuracy(model, x, y, eps=RADII, steps=20)
    for eps, accuracy in zip(RADII, together.accuracy, strict=True):
        alone = robust_accuracy(model, x, y, eps=eps, steps=20)
        assert (alone.eps, alone.accuracy) == ((eps,), (accuracy,))


def check_record(model: Classifier, x: Tensor, y: Tensor, result: RobustAccuracy) -> None:
    """Check that the fields agree with the images of the record, and these with the balls."""
    assert list(result.accuracy) == sorted(result.accuracy, reverse=True)
    clean = predict(model, x).argmax(1) == y
    assert result.clean_accuracy == clean.double().mean().item() >= result.accuracy[0]
    for index, eps in enumerate(result.eps):
        images = result.x_adv[index]
        assert (images - x).abs().max() <= eps + 1e-6
        assert images.min() >= 0
        assert images.max() <= 1
        wrong = predict(model, images).argmax(1) != y
        assert torch.equal(wrong, result.success[index])
        share = wrong.double().mean().item()
        assert result.accuracy[index] == pytest.approx(1 - share)
        assert result.intervals[index] == wilson_interval(result.accuracy[index], len(x))
    for number, attack in enumerate(result.attack):
        assert (attack is None) == (not result.success[-1, number])
        assert (attack == "unperturbed") == (not clean[number])


def small_network(seed: int = 0) -> Classifier:
    """An untrained convolutional network that sees several classes."""
    torch.manual_seed(seed)
    body = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 5), nn.Tanh(), nn.Linear(5, 5)
    )
    return classifier(body, input_shape=SHAPE)


def test_images_are_in_the_balls_and_as_misclassified_as_the_record_says() -> None:
    model = small_network()
    x, y = images_of(model)
    result = robust_accuracy(model, x, y, eps=[0.1, 0.01, 0.03, 0.1], steps=10)
    assert result.eps == (0.01, 0.03, 0.1)
    assert (result.n, result.norm, result.out_of_reach) == (60, "linf", 0)
    assert 0 < result.accuracy[0] < 1
    check_record(model, x, y, result)


def test_equal_seeds_give_equal_results() -> None:
    model = small_network()
    x, y = images_of(model)
    first, second = (robust_accuracy(model, x, y, eps=[0.02, 0.1], steps=5) for _ in range(2))
    assert torch.equal(first.x_adv, second.x_adv)
    assert first.attack == second.attack


def test_worst_case_is_at_most_the_accuracy_under_each_attack() -> None:
    model = small_network()
    x, y = images_of(model)
    eps = 0.05
    result = robust_accuracy(model, x, y, eps=eps, steps=20)
    for loss in ("cross_entropy", "margin", "dlr"):
        under = pgd(model, x, y, eps=eps, loss=loss)
        assert result.accuracy[0] <= 1 - under.success.double().mean().item() + 1e-9


def test_own_attacks_replace_the_ensemble() -> None:
    model = small_network()
    x, y = images_of(model)
    seen: list[int] = []

    def attack(model: Classifier, x: Tensor, y: Tensor, **options: Any) -> AttackResult:
        seen.append(len(x))
        return pgd(model, x, y, steps=30, loss="dlr", **options)

    result = robust_accuracy(model, x, y, eps=0.05, attacks={"own": attack})
    first_steps = robust_accuracy(model, x, y, eps=0.05, attacks={})
    assert seen == [round(60 * first_steps.accuracy[0])]
    assert {*result.attack} <= {None, "unperturbed", "pgd_margin", "own"}


def test_an_attack_that_leaves_the_ball_is_named() -> None:
    model = linear()
    x, y = images_of(model)

    def cheat(model: Classifier, x: Tensor, y: Tensor, **options: Any) -> AttackResult:
        return pgd(model, x, y, eps=2 * options["eps"], norm=options["norm"], early_stop=False)

    with pytest.raises(ValueError, match=r"the attack cheat left the ball of radius 0\.01: 0\.02"):
        robust_accuracy(model, x, y, eps=0.01, attacks={"cheat": cheat})


def test_reach_saves_attacks_and_audits_them(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small_network()
    x, y = images_of(model)
    whole = robust_accuracy(model, x, y, eps=0.03, steps=10, reach=None)
    monkeypatch.setattr(worst_case, "AUDITED", 0)
    near = robust_accuracy(model, x, y, eps=0.03, steps=10, reach=1e-3)
    assert near.out_of_reach > 0 == whole.out_of_reach
    assert near.accuracy[0] >= whole.accuracy[0]
    # Of a start that gains nothing, all are out of reach; one of the audited falls, so all follow.
    monkeypatch.setattr(worst_case, "AUDITED", 10)
    monkeypatch.setattr(worst_case, "few_steps", lambda _, start, *__, **___: start)
    whole, audited = (
        robust_accuracy(model, x, y, eps=0.1, steps=10, reach=each) for each in (None, 0.5)
    )
    assert audited.accuracy == whole.accuracy
    assert audited.out_of_reach == 0


def test_images_out_of_reach_of_a_later_attack_are_set_aside_up_to_a_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = small_network()
    x, y = images_of(model)
    monkeypatch.setattr(worst_case, "AUDITED", 3)
    seen: dict[str, int] = {"first": 0, "second": 0}

    def attack_named(name: str) -> Any:
        def attack(model: Classifier, x: Tensor, y: Tensor, **options: Any) -> AttackResult:
            seen[name] += len(x)
            return pgd(model, x, y, steps=5, **options)

        return attack

    attacks = {name: attack_named(name) for name in seen}
    result = robust_accuracy(model, x, y, eps=0.01, attacks=attacks, reach=20.0)
    margins = worst_case.WorstCase(model, x, y, (0.01,), "linf")
    worst_case.search(margins, attacks, None, NullProgress())
    assert seen["first"] > seen["second"] / 2 > 0
    assert result.out_of_reach > 0
    assert result.accuracy[0] == (margins.falls == 1).double().mean().item()


class NullProgress:
    """A progress that shows nothing."""

    def advance(self, count: float) -> None:
        """Ignore the count."""


def test_an_image_alone_has_the_result_that_it_has_among_others() -> None:
    model = small_network()
    x, y = images_of(model)
    options: dict[str, Any] = {"eps": [0.02, 0.1], "steps": 5, "reach": None}
    together = robust_accuracy(model, x, y, **options)
    for index in range(0, len(x), 7):
        alone = robust_accuracy(model, x[index, None], y[index, None], **options)
        assert alone.falls.item() == together.falls[index].item()
        torch.testing.assert_close(alone.x_adv[:, 0], together.x_adv[:, index])


def test_falls_count_the_radii_that_an_image_withstands() -> None:
    model = small_network()
    x, y = images_of(model)
    result = robust_accuracy(model, x, y, eps=[0.02, 0.1], steps=5)
    clean = predict(model, x).argmax(1) == y
    assert torch.equal(result.falls > 0, clean)
    for index, success in enumerate(result.success):
        assert torch.equal(result.falls > index + 1, ~success)


def test_targets_out_of_reach_are_skipped() -> None:
    model = small_network()
    x, y = images_of(model)
    options: dict[str, Any] = {"eps": 0.02, "norm": "linf", "steps": 5, "number": 4, "seed": 0}
    every, near, first = (
        apgd_on_targets(model, x, y, reach=reach, **options) for reach in (None, 10.0, -1.0)
    )
    failed = ~every.success & (y == predict(model, x).argmax(1))
    assert (every.steps[failed] == 4 * 5).all()
    assert (first.steps[failed] == 5).all()
    assert first.steps.sum() < near.steps.sum() < every.steps.sum()
    assert (near.success <= every.success).all()


def test_signs_of_masking_have_everything_attacked() -> None:
    result = findings_of(lambda level: 10 * ((64 * level).round() / 64 - 0.4), 0.01)
    assert (result.out_of_reach, result.accuracy) == (0, (1,))


def test_progress_is_complete() -> None:
    model = small_network()
    x, y = images_of(model)
    done: list[float] = []

    class Counting:
        def advance(self, count: float) -> None:
            done.append(count)

    for reach in (None, 0.3):
        done.clear()
        ensemble = standard_attacks(steps=5, queries=5)
        found = worst_case.WorstCase(model, x, y, (0.01, 0.1), "linf")
        worst_case.search(found, ensemble, reach, Counting())
        assert sum(done) == 2 * len(x) * (1 + len(ensemble))


class _Masked(nn.Module):
    """Two logits, 0 and a function of the mean pixel; class 0 is right where it is negative."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, pixels: Tensor) -> Tensor:
        values = self.function(pixels.flatten(1).mean(1))
        return torch.stack([torch.zeros_like(values), values], 1)


def findings_of(function: Callable[[Tensor], Tensor], *eps: float) -> RobustAccuracy:
    """Evaluate a network on uniform images of level 0.3, all of class 0."""
    model = classifier(_Masked(function), input_shape=SHAPE)
    x = torch.full((50, *SHAPE), 0.3)
    y = torch.zeros(50, dtype=torch.long)
    return robust_accuracy(model, x, y, eps=eps, steps=10)


def test_rounding_layer_is_found_by_zero_gradients_and_random_search() -> None:
    result = findings_of(lambda level: 10 * ((64 * level).round() / 64 - 0.4), 0.2)
    assert any("exactly zero for 50 of 50 images" in finding for finding in result.findings)
    assert any("50 of 50 images are misclassified by the random" in f for f in result.findings)
    assert set(result.attack) == {"random_search"}
    assert result.accuracy == (0,)


def test_saturated_logits_are_found_by_zero_gradients() -> None:
    result = findings_of(lambda level: 20 * torch.sigmoid(1e4 * (level - 0.4)) - 10, 0.2)
    assert any("exactly zero for 50 of 50 images" in finding for finding in result.findings)


def test_one_step_that_beats_many_is_found() -> None:
    # A low hill at 0.32, a valley, and above 0.39 the other class: only a step of 0.1 gets there.
    def hill(level: Tensor) -> Tensor:
        return -1 + 0.5 * torch.exp(-(((level - 0.32) / 0.02) ** 2)) + 3 * (level > 0.39)

    result = findings_of(hill, 0.1)
    assert any(
        "at eps = 0.1 one step misclassifies 100 % of 50 images, many steps 0 %" in finding
        for finding in result.findings
    )


def test_larger_epsilon_that_does_not_help_is_found() -> None:
    # A narrow ridge above 0, which steps of a quarter of a large radius never meet.
    def ridge(level: Tensor) -> Tensor:
        return 1 - 100 * (level - 0.312).abs()

    result = findings_of(ridge, 0.016, 0.4)
    assert any(finding.startswith("a larger eps does not help") for finding in result.findings)
    assert result.accuracy == (0, 0)


def test_attacks_that_do_not_reach_the_uniform_image_are_found() -> None:
    # Up to a wall the gradient leads away from the other class, which medium grey is in.
    def wall(level: Tensor) -> Tensor:
        return torch.where(level < 0.45, -1 - level, 1 + 0 * level)

    result = findings_of(wall, 0.01)
    assert any("all images can become equal" in finding for finding in result.findings)


def test_network_without_masking_has_no_finding() -> None:
    model = linear()
    x, y = images_of(model)
    assert robust_accuracy(model, x, y, eps=RADII, steps=20).findings == ()


def test_misclassified_images_are_not_attacked() -> None:
    model = linear()
    x, y = images_of(model)
    result = robust_accuracy(model, x, (y + 1) % 3, eps=0.1, steps=5)
    right = predict(model, x).argmax(1) == (y + 1) % 3
    assert result.clean_accuracy == right.double().mean().item()
    assert torch.equal(result.x_adv[0][~right], x[~right])
    assert result.attack.count("unperturbed") == int((~right).sum())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"eps": 0}, "expected eps above 0"),
        ({"eps": [0.1, math.nan]}, "expected eps above 0"),
        ({"eps": []}, "expected at least one eps, found none"),
        ({"steps": 0}, "expected steps of at least 1, found 0"),
        ({"norm": "l1"}, "expected a norm of linf, l2, found 'l1'"),
        ({"reach": 0}, "expected reach above 0, or None, found 0"),
        ({"x": torch.full((2, *SHAPE), 2.0)}, r"expected pixels in \[0, 1\], found 2 to 2"),
        ({"x": torch.zeros(0, *SHAPE)}, "expected a batch of at least one image"),
        ({"y": torch.tensor([0, 7])}, "expected labels from 0 to 2, found 7"),
    ],
)
def test_bad_input_is_one_sentence(changes: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"x": torch.rand(2, *SHAPE), "y": torch.tensor([0, 1]), "eps": 0.1}
    given |= changes
    with pytest.raises(ValueError, match=message):
        robust_accuracy(linear(), given.pop("x"), given.pop("y"), **given)


def test_public_name_is_the_function() -> None:
    assert fp.robust_accuracy is robust_accuracy


@pytest.mark.parametrize(("reach", "expected"), [(0.5, 1.0), (3.0, 3.0), (None, None)])
def test_targets_are_skipped_by_at_least_one_margin(
    reach: float | None, expected: float | None
) -> None:
    attack = standard_attacks(reach=reach)["apgd_targeted"]
    assert isinstance(attack, partial)
    assert attack.keywords["reach"] == expected
