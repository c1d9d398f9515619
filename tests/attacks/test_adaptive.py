"""Auto-PGD: its schedule, its step on functions with known maxima, and linear networks."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from foolproof.attacks.adaptive import AutoStep, apgd, best_inputs, checkpoints
from foolproof.attacks.ball import pgd
from foolproof.classifiers.classifier import classifier
from foolproof.optimize.constraints import L2Ball, LinfBall
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import Evaluation, Network, Objective
from tests.attacks.small import SHAPE, convolutional, linear, pixels

PEAK = torch.tensor([0.37, 0.61, 0.5], dtype=torch.float64)


@dataclass(frozen=True, eq=False)
class Parabola(Objective):
    """-|x - peak|^2, with the inputs as logits."""

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:  # noqa: ARG002
        """Evaluate, see `Objective`."""
        return Evaluation(-(inputs - PEAK).square().sum(1), inputs)


def maximized(norm: Any, steps: int) -> OptimizationResult:
    start = torch.full((4, 3), 0.1, dtype=torch.float64)
    ball = (LinfBall if norm == "linf" else L2Ball)(start, 1.0)
    return optimize_input(
        torch.nn.Identity(),
        start,
        Parabola(),
        steps=steps,
        step=AutoStep(ball, 1.0, steps, norm),
        constraints=[ball],
    )


def test_checkpoints_are_those_of_the_paper() -> None:
    assert list(checkpoints(100)) == [22, 41, 57, 70, 80, 87, 93, 99]
    assert sum(checkpoints(100).values()) == 99


@pytest.mark.parametrize("steps", [1, 2, 5, 10, 33])
def test_checkpoints_are_before_the_last_step_for_any_number_of_steps(steps: int) -> None:
    found = checkpoints(steps)
    assert all(0 < at < steps for at in found)
    assert all(window >= 1 for window in found.values())


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_step_size_is_halved_towards_a_maximum_inside_the_ball(norm: Any) -> None:
    errors = []
    for steps in (20, 100, 300):
        inputs, values, _ = best_inputs(maximized(norm, steps))
        errors.append(float((inputs - PEAK).abs().max()))
        torch.testing.assert_close(values, Parabola().evaluate(torch.nn.Identity(), inputs).value)
    assert errors[0] < 0.02  # the first steps change each number by up to 2
    assert max(errors[1:]) < errors[0] / 2


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_best_inputs_have_the_largest_value_of_all_steps(norm: Any) -> None:
    result = maximized(norm, 37)
    torch.testing.assert_close(best_inputs(result).values, result.history.amax(0))


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("targeted", [False, True])
def test_success_on_a_linear_network_begins_at_the_distance_of_the_closed_form(
    norm: Any, targeted: bool
) -> None:
    case = linear()
    targets = 1 - case.labels if targeted else None
    for factor, expected in ((1.001, True), (0.99, False)):
        eps = factor * getattr(case, norm)
        result = apgd(*case[:3], eps=eps, norm=norm, targets=targets, loss="margin")
        assert (result.success == expected).all()


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("loss", ["cross_entropy", "margin", "dlr"])
@pytest.mark.parametrize("classes", [2, 3, 4])
def test_apgd_succeeds_within_the_ball_at_least_as_often_as_pgd(
    norm: Any, loss: Any, classes: int
) -> None:
    if loss == "dlr" and classes == 2:
        return
    model = classifier(convolutional(classes, dtype=torch.float64), input_shape=SHAPE)
    x = pixels(30)
    y = model(x).argmax(1)
    eps = {"linf": 0.05, "l2": 0.2}[norm]
    settings: dict[str, Any] = {"eps": eps, "norm": norm, "loss": loss, "steps": 30}
    found, plain = apgd(model, x, y, **settings), pgd(model, x, y, **settings)
    assert found.success.any()
    assert found.success.sum() >= plain.success.sum()
    perturbation = (found.x_adv - x).flatten(1)
    lengths = torch.linalg.vector_norm(perturbation, torch.inf if norm == "linf" else 2, dim=1)
    assert lengths.max() <= eps + 1e-12
    assert found.x_adv.min() >= 0
    assert found.x_adv.max() <= 1


def test_targeted_dlr_reaches_the_targets() -> None:
    model = classifier(convolutional(4, dtype=torch.float64), input_shape=SHAPE)
    x = pixels(10)
    y = model(x).argmax(1)
    targets = (y + 1) % 4
    result = apgd(model, x, y, eps=0.5, loss="dlr", targets=targets, steps=30)
    assert result.success.any()
    assert torch.equal(result.success, model(result.x_adv).argmax(1) == targets)


def test_without_early_stop_the_largest_loss_is_kept() -> None:
    model = classifier(convolutional(4, dtype=torch.float64), input_shape=SHAPE)
    x = pixels(10)
    y = model(x).argmax(1)
    result = apgd(model, x, y, eps=0.05, loss="margin", steps=20, early_stop=False)
    logits = model(result.x_adv)
    others = logits.scatter(1, y[:, None], -torch.inf).amax(1)
    margin = others - logits.gather(1, y[:, None])[:, 0]
    torch.testing.assert_close(margin, result.history.amax(0))
    assert result.steps.tolist() == [20] * 10


def test_results_do_not_depend_on_chunks_and_dropped_examples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = classifier(convolutional(4, dtype=torch.float64), input_shape=SHAPE)
    x = pixels(20)
    y = model(x).argmax(1)
    whole = apgd(model, x, y, eps=0.03, steps=40, restarts=2)
    assert 0 < whole.success.sum() < 20
    for module in ("optimize.loop", "classifiers.classifier"):
        monkeypatch.setattr(f"foolproof.{module}.chunk_size", lambda _: 3)
    split = apgd(model, x, y, eps=0.03, steps=40, restarts=2)
    torch.testing.assert_close(split.x_adv, whole.x_adv)
    assert torch.equal(split.steps, whole.steps)
