"""FGSM, PGD and PGD under EOT: closed forms of linear networks, constraints, and bad input."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import foolproof as fp
from foolproof.attacks.ball import fgsm, pgd, pgd_eot
from foolproof.attacks.geometry import uniform_in_l2_ball, uniform_in_linf_ball
from foolproof.classifiers.classifier import Classifier, classifier, predict
from foolproof.compute.seeds import new_generator
from foolproof.core.errors import FoolproofError
from foolproof.optimize.criteria import ConfidentIn, Misclassified
from foolproof.optimize.objectives import Expectation, LogProbability, Margin
from foolproof.optimize.steps import Adam
from tests.attacks.small import SHAPE, convolutional, linear, pixels

NORMS = ["linf", "l2"]
EPS = 0.1
Given = tuple[Classifier, Tensor, Tensor]


def given(classes: int = 5, count: int = 20, **settings: Any) -> Given:
    """Make a classifier, images, and their predicted classes as labels."""
    settings = {"dtype": torch.float64, **settings}
    model = classifier(convolutional(classes, **settings), input_shape=SHAPE)
    images = pixels(count, dtype=settings["dtype"])
    return model, images, torch.as_tensor(predict(model, images).argmax(1))


def norms_of(perturbation: Tensor, norm: str) -> Tensor:
    order = {"linf": torch.inf, "l2": 2}[norm]
    return torch.as_tensor(torch.linalg.vector_norm(perturbation.flatten(1), order, dim=1))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("attack", [fgsm, pgd])
@pytest.mark.parametrize("targeted", [False, True])
def test_success_on_a_linear_network_begins_at_the_distance_of_the_closed_form(
    norm: Any, attack: Callable[..., Any], targeted: bool
) -> None:
    case = linear()
    targets = 1 - case.labels if targeted else None
    for factor, expected in ((1.001, True), (0.99, False)):
        result = attack(*case[:3], eps=factor * getattr(case, norm), norm=norm, targets=targets)
        assert (result.success == expected).all()


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("loss", ["cross_entropy", "margin", "dlr"])
@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("targeted", [False, True])
def test_pgd_succeeds_within_the_ball_for_each_number_of_classes(
    norm: Any, loss: Any, classes: int, targeted: bool
) -> None:
    model, x, y = given(classes)
    if loss == "dlr" and classes < 3 + targeted:
        return
    eps = {"linf": 0.4, "l2": 3.0}[norm]
    targets = (y + 1) % classes if targeted else None
    result = pgd(model, x, y, eps=eps, norm=norm, loss=loss, targets=targets)
    assert result.success.double().mean() > 0.5
    found = model(result.x_adv).argmax(1)
    assert torch.equal(result.success, found != y if targets is None else found == targets)
    assert norms_of(result.x_adv - x, norm).max() <= eps + 1e-12
    assert result.x_adv.min() >= 0
    assert result.x_adv.max() <= 1


@pytest.mark.parametrize("bounds", [(-1.0, 1.0), (0.0, 255.0)])
@pytest.mark.parametrize("norm", NORMS)
def test_results_scale_with_the_bounds(bounds: tuple[float, float], norm: Any) -> None:
    network = convolutional(5, dtype=torch.float64)
    low, high = bounds
    unit, wide = pixels(10), pixels(10, bounds=bounds)
    scaled = classifier(network, mean=low, std=high - low, bounds=bounds, input_shape=SHAPE)
    plain = classifier(network, input_shape=SHAPE)
    labels = plain(unit).argmax(1)
    first = pgd(plain, unit, labels, eps=EPS, norm=norm, steps=8, restarts=2)
    second = pgd(scaled, wide, labels, eps=EPS * (high - low), norm=norm, steps=8, restarts=2)
    torch.testing.assert_close(second.x_adv, low + (high - low) * first.x_adv)
    assert second.x_adv.min() >= low
    assert second.x_adv.max() <= high


def test_results_do_not_depend_on_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x, y = given()
    settings: dict[str, Any] = {"eps": EPS, "steps": 10, "random_start": True, "restarts": 3}
    whole = pgd(model, x, y, **settings)
    for module in ("optimize.loop", "classifiers.classifier"):
        monkeypatch.setattr(f"foolproof.{module}.chunk_size", lambda _: 3)
    split = pgd(model, x, y, **settings)
    torch.testing.assert_close(split.x_adv, whole.x_adv)
    assert torch.equal(split.steps, whole.steps)
    assert torch.equal(split.queries, whole.queries)


def test_early_stop_changes_steps_but_not_which_examples_succeed_first() -> None:
    model, x, y = given()
    stopped = pgd(model, x, y, eps=EPS, steps=20)
    long = pgd(model, x, y, eps=EPS, steps=20, early_stop=False)
    assert long.steps.tolist() == [20] * len(x)
    assert stopped.steps[stopped.success].max() < 20
    failed = ~stopped.success
    assert torch.equal(stopped.x_adv[failed], long.x_adv[failed])
    assert torch.equal(stopped.queries, stopped.steps + 1)
    after = stopped.steps[:, None] < torch.arange(21)
    assert torch.equal(stopped.history.isnan(), after.T)


def test_misclassified_images_stay_as_they_are_with_early_stop() -> None:
    model, x, y = given()
    wrong = (y + 1) % model.classes
    for random_start in (False, True):
        result = pgd(model, x, wrong, eps=EPS, random_start=random_start)
        assert torch.equal(result.x_adv, x)
        assert result.success.all()
        assert result.steps.sum() == 0
        assert result.queries.tolist() == [1] * len(x)


def test_restarts_are_of_the_images_that_are_left() -> None:
    model, x, y = given()
    settings: dict[str, Any] = {"eps": 0.04, "steps": 6, "seed": 3}
    once = pgd(model, x, y, **settings)
    often = pgd(model, x, y, restarts=4, **settings)
    assert 0 < once.success.sum() < len(x)
    assert torch.equal(often.x_adv[once.success], once.x_adv[once.success])
    assert torch.equal(often.steps[once.success], once.steps[once.success])
    assert (often.success >= once.success).all()
    left = ~often.success
    assert (often.steps[left] == 24).all()
    assert (often.queries[left] == 28).all()
    final = [result.history[-1][left] for result in (once, often)]
    assert (final[1] >= final[0]).all()


def test_restarts_without_early_stop_keep_what_succeeded() -> None:
    model, x, y = given()
    once = pgd(model, x, y, eps=0.04, steps=6, early_stop=False)
    often = pgd(model, x, y, eps=0.04, steps=6, early_stop=False, restarts=3)
    assert torch.equal(often.x_adv[once.success], once.x_adv[once.success])
    assert (often.success >= once.success).all()


def test_random_starts_are_uniform_in_the_ball() -> None:
    x, generator = torch.zeros(20_000, 1, 1, 3), new_generator(0)
    cube = uniform_in_linf_ball(x, 2.0, generator)
    assert cube.abs().max() <= 2
    torch.testing.assert_close(cube.mean((0, 1, 2)), torch.zeros(3), rtol=0, atol=0.05)
    torch.testing.assert_close(cube.var((0, 1, 2)), torch.full((3,), 4 / 3), rtol=0.05, atol=0)
    radii = norms_of(uniform_in_l2_ball(x, 2.0, generator), "l2")
    assert radii.max() <= 2 + 1e-6
    # The share of volume within a radius is its third power, uniform in [0, 1].
    shares = (radii / 2).pow(3)
    assert abs(shares.mean() - 1 / 2) < 0.01
    assert abs(shares.var() - 1 / 12) < 0.003


def test_results_depend_on_the_seed_alone() -> None:
    model, x, y = given()
    before, state = x.clone(), torch.get_rng_state()
    made = [
        pgd(model, x, y, eps=EPS, steps=3, random_start=True, seed=seed).x_adv for seed in (1, 1, 2)
    ]
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])
    assert torch.equal(x, before)
    assert torch.equal(torch.get_rng_state(), state)


def test_attack_works_without_gradient_mode_and_with_images_that_require_gradients() -> None:
    model, x, y = given()
    expected = pgd(model, x, y, eps=EPS).x_adv
    with torch.no_grad():
        found = pgd(model, x.clone().requires_grad_(), y, eps=EPS).x_adv
    assert torch.equal(found, expected)
    assert not found.requires_grad


def test_criteria_losses_and_steps_can_be_given() -> None:
    model, x, y = given()
    targets = (y + 1) % model.classes
    confident = ConfidentIn(targets, 0.28) & Misclassified(y)
    result = pgd(
        model,
        x,
        y,
        eps=0.5,
        steps=60,
        targets=targets,
        loss=LogProbability(targets),
        criterion=confident,
        step=Adam(0.02),
    )
    probabilities = model(result.x_adv).softmax(1).gather(1, targets[:, None])[:, 0]
    assert result.success.any()
    assert (probabilities[result.success] >= 0.28).all()
    with pytest.raises(ValueError, match="expected step or step_size, found both"):
        pgd(model, x, y, eps=0.5, step=Adam(0.02), step_size=0.1)


def test_8_bit_images_are_evaluated_too() -> None:
    model, x, y = given()
    result = pgd(model, x, y, eps=0.3)
    rounded = result.x_adv_8_bit.to(x) / 255
    assert torch.equal(result.success_8_bit, model(rounded).argmax(1) != y)


def test_success_is_that_of_images_where_the_loss_is_of_views_of_them() -> None:
    model, x, y = given()
    darker = Expectation(Margin(y), lambda images: 0.5 * images, 1)
    result = pgd(model, x, y, eps=EPS, loss=darker, early_stop=False)
    assert torch.equal(result.success, model(result.x_adv).argmax(1) != y)


def test_eot_with_the_identity_is_pgd() -> None:
    model, x, y = given()
    settings: dict[str, Any] = {"eps": EPS, "steps": 6, "step_size": 0.03}
    found = pgd_eot(model, x, y, view=lambda each, _: each.clone(), samples=3, **settings)
    expected = pgd(model, x, y, early_stop=False, **settings)
    torch.testing.assert_close(found.x_adv, expected.x_adv)
    assert found.queries.tolist() == [3 * 7] * len(x)


def test_eot_raises_the_mean_over_views_within_the_ball_and_repeats() -> None:
    model, x, y = given()
    targets = (y + 1) % model.classes

    def mirror(images: Tensor, generator: torch.Generator) -> Tensor:
        mirrored = torch.rand(len(images), generator=generator) < 0.5
        return torch.where(mirrored[:, None, None, None], images.flip(3), images)

    def mean_over_views(images: Tensor) -> Tensor:
        views = [model(each).log_softmax(1) for each in (images, images.flip(3))]
        return torch.stack(views).mean(0).gather(1, targets[:, None])

    made = [
        pgd_eot(
            model, x, y, eps=EPS, step_size=0.03, steps=6, samples=4, view=mirror, targets=targets
        ).x_adv
        for _ in range(2)
    ]
    assert torch.equal(*made)
    assert norms_of(made[0] - x, "linf").max() <= EPS + 1e-12
    assert (mean_over_views(made[0]) > mean_over_views(x)).all()


def test_networks_in_train_mode_are_attacked_in_eval_mode_and_left_in_train_mode() -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(64, 3)
    )
    x = pixels(4, dtype=torch.float32)
    y = network.eval()(x).argmax(1)
    expected = pgd(classifier(network, input_shape=SHAPE), x, y, eps=EPS)
    found = pgd(classifier(network.train(), input_shape=SHAPE), x, y, eps=EPS)
    assert torch.equal(found.x_adv, expected.x_adv)
    assert network.training
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize("attack", [fgsm, pgd, fp.attacks.apgd])
def test_zero_gradient_gives_one_warning_that_names_the_margin(
    attack: Callable[..., Any],
) -> None:
    model, x, y = given(scale=1e6, dtype=torch.float32)
    with pytest.warns(UserWarning, match=r"zero for \d+ of 20 .*; loss='margin' has") as found:
        result = attack(model, x, y, eps=1e-4)
    assert len(found) == 1
    assert found[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        margin = attack(model, x, y, eps=0.3, loss="margin")
    assert margin.success.sum() > result.success.sum()


def test_small_gradients_in_float32_are_no_zero_gradients() -> None:
    """Where p(label) rounds to 1, the usual formula of the cross-entropy has no gradient."""
    model, x, y = given(scale=400, dtype=torch.float32)
    top = model(x).topk(2).values
    sure = (top[:, 0] - top[:, 1] > 30) & (top[:, 0] - top[:, 1] < 80)
    assert sure.any()
    for norm in NORMS:
        result = pgd(model, x[sure], y[sure], eps=1.0, norm=norm, steps=10)  # type: ignore[arg-type]
        assert (result.linf > 0).all()
        assert (result.history[-1].isnan() | (result.history[-1] > result.history[0])).all()


class Broken(nn.Module):
    """NaN logits, or NaN gradients, for images that are brighter than noise."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.linear = kind, nn.Linear(36, 3)

    def forward(self, images: Tensor) -> Tensor:
        """Compute the logits."""
        logits: Tensor = self.linear(images.flatten(1))
        if self.kind == "logits":
            return torch.where(images.mean() > 0.9, torch.nan, logits)
        # The derivative of the root at 0 is infinite.
        return logits + (images - 1).square().sum((1, 2, 3))[:, None].sqrt()


@pytest.mark.parametrize(
    ("kind", "message"), [("logits", "logits contain NaN"), ("gradient", "gradient contains NaN")]
)
def test_nan_in_the_network_is_an_error(kind: str, message: str) -> None:
    model = classifier(Broken(kind), input_shape=SHAPE)
    x = torch.ones(2, *SHAPE)
    y = model.network.linear(x.flatten(1)).argmax(1)  # type: ignore[operator]
    with pytest.raises(FoolproofError, match=message):
        pgd(model, x, y, eps=0.01)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": 2 * torch.ones(2, *SHAPE)}, r"pixels in \[0, 1\], found 2 to 2"),
        ({"x": torch.full((2, *SHAPE), torch.nan)}, "images contain NaN"),
        ({"x": torch.zeros(0, *SHAPE)}, "at least one image"),
        ({"x": torch.zeros(2, *SHAPE, dtype=torch.uint8)}, "floating-point pixels"),
        ({"y": torch.tensor([0, 5])}, "expected labels from 0 to 4, found 5"),
        ({"y": torch.tensor([0.0, 1.0])}, "expected labels as an int64 tensor"),
        ({"y": torch.tensor([0])}, r"expected labels as an int64 tensor \(2,\)"),
        ({"targets": torch.tensor([1, 1])}, "targets other than the labels, but 1 of 2 are equal"),
        ({"targets": torch.tensor([2, 9])}, "expected targets from 0 to 4, found 9"),
        ({"eps": 0.0}, "expected eps above 0"),
        ({"eps": torch.nan}, "expected eps above 0"),
        ({"steps": 0}, "expected steps of at least 1, found 0"),
        ({"restarts": 0}, "expected restarts of at least 1, found 0"),
        ({"step_size": -1.0}, "expected step_size above 0, in units of the pixels, found -1"),
        ({"norm": "l1"}, "expected a norm of linf, l2, found 'l1'"),
        ({"loss": "ce"}, "expected a loss of cross_entropy, margin, dlr, found 'ce'"),
    ],
)
def test_bad_input_is_named(changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "x": torch.full((2, *SHAPE), 0.5),
        "y": torch.tensor([0, 1]),
        "eps": 0.1,
    }
    model = classifier(convolutional(5, dtype=torch.float32), input_shape=SHAPE)
    with pytest.raises(ValueError, match=message):
        pgd(model, **(arguments | changes))


def test_network_in_place_of_a_classifier_is_named() -> None:
    with pytest.raises(FoolproofError, match=r"found Sequential; fp\.classifier"):
        pgd(convolutional(5, dtype=torch.float32), pixels(2), torch.zeros(2).long(), eps=0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize(("classes", "targeted"), [(2, False), (3, True)])
def test_dlr_loss_with_too_few_classes_is_an_error(classes: int, targeted: bool) -> None:
    model, x, y = given(classes)
    targets = (y + 1) % classes if targeted else None
    message = f"DLR loss needs at least {classes + 1} classes, the classifier has {classes}; "
    with pytest.raises(ValueError, match=message):
        pgd(model, x, y, eps=0.1, loss="dlr", targets=targets)


def test_public_names_of_the_package_are_imported_lazily() -> None:
    assert fp.attacks.pgd is pgd
    assert fp.attacks.fgsm is fgsm
    assert {"AttackResult", "apgd", "ddn", "pgd_eot"} <= set(dir(fp.attacks))
    with pytest.raises(AttributeError, match="no attribute 'bim'"):
        _ = fp.attacks.bim
