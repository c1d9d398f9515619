"""Minimal perturbations of linear networks, against the closed form."""

import logging
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.minimal import (
    BISECTIONS,
    ddn,
    normalized_steps,
    possible_ranks,
    targets_of_ranks,
)
from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.core.errors import FoolproofError
from foolproof.optimize.constraints import EightBit

SHAPE = (3, 4, 4)


def linear_model(
    classes: int,
    seed: int,
    *,
    shape: tuple[int, ...] = SHAPE,
    bounds: tuple[float, float] = (0, 1),
    scale: float = 1,
) -> Classifier:
    """Make a linear classifier, whose weights are for pixels in [0, 1]."""
    torch.manual_seed(seed)
    last = nn.Linear(16 * shape[0], classes).requires_grad_(False)
    last.weight.mul_(scale)
    last.bias.mul_(scale)
    low, high = bounds
    last.bias.sub_(last.weight.sum(1) * low / (high - low))
    last.weight.div_(high - low)
    return classifier(nn.Sequential(nn.Flatten(), last), bounds=bounds, input_shape=shape)


def last_layer(model: Classifier) -> nn.Linear:
    layer = model.get_submodule("network.1")
    assert isinstance(layer, nn.Linear)
    return layer


def distances_to_classes(model: Classifier, images: Tensor) -> Tensor:
    """Compute the distance to the boundary of each class k, margin / |w_k - w_top1|, (N, K)."""
    logits, weight = model(images), last_layer(model).weight
    top = logits.argmax(1)
    margins = logits.gather(1, top[:, None]) - logits
    distances: Tensor = margins / (weight[top][:, None] - weight).norm(dim=2)
    return distances.nan_to_num(torch.inf)


def distances_to(model: Classifier, images: Tensor, targets: Tensor) -> Tensor:
    """Compute the distance to the boundary of the target, of two classes."""
    return distances_to_classes(model, images).gather(1, targets[:, None])[:, 0]


def norms(changes: Tensor) -> Tensor:
    lengths: Tensor = changes.flatten(1).norm(dim=1)
    return lengths


def inner_images(shape: tuple[int, ...] = SHAPE, seed: int = 1) -> Tensor:
    """Make images far from the bounds of [0, 1]."""
    return 0.4 + 0.2 * torch.rand(6, *shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def images() -> Tensor:
    return inner_images()


@pytest.mark.parametrize("targeted", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_ddn_finds_the_nearest_point_of_the_boundary(
    images: Tensor, seed: int, targeted: bool
) -> None:
    model = linear_model(2, seed)
    labels = model(images).argmax(1)
    targets = 1 - labels
    result = ddn(model, images, labels, targets=targets if targeted else None)
    assert result.success.all()
    assert torch.equal(model(result.x_adv).argmax(1), targets)
    torch.testing.assert_close(result.l2, norms(result.x_adv - images))
    ratios = result.l2 / distances_to(model, images, targets)
    assert (ratios >= 0.999).all()
    assert (ratios <= 1.02).all()


@pytest.mark.parametrize("bounds", [(0, 1), (-1, 1), (0, 255)])
@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 4, 4)])
@pytest.mark.parametrize("classes", [3, 10])
def test_ddn_of_any_shape_classes_and_bounds_is_near_the_closed_form(
    bounds: tuple[float, float], shape: tuple[int, ...], classes: int
) -> None:
    low, high = bounds
    # Probabilities as decided as those of a trained network: else many classes share the gradient.
    model = linear_model(classes, 0, shape=shape, bounds=bounds, scale=20)
    images = low + (high - low) * inner_images(shape)
    result = ddn(model, images, model(images).argmax(1))
    assert result.success.all()
    assert result.x_adv.min() >= low
    assert result.x_adv.max() <= high
    ratios = result.l2 / distances_to_classes(model, images).amin(1)
    assert (ratios >= 0.999).all()
    assert ratios.median() <= 1.05


def test_ddn_does_not_depend_on_the_units_of_the_pixels() -> None:
    images, labels = inner_images(), None
    found = []
    for low, high in ((0, 1), (0, 256), (-1, 1)):
        model = linear_model(5, 3, bounds=(low, high))
        pixels = low + (high - low) * images
        labels = model(pixels).argmax(1) if labels is None else labels
        found.append(ddn(model, pixels, labels, steps=20).l2 / (high - low))
    torch.testing.assert_close(found[1], found[0], rtol=1e-3, atol=0)
    torch.testing.assert_close(found[2], found[0], rtol=1e-3, atol=0)


def test_ddn_counts_the_point_after_the_last_step(images: Tensor) -> None:
    """One step goes to the sphere of radius 1.05, beyond the boundary."""
    model = linear_model(2, 0)
    labels = model(images).argmax(1)
    assert (distances_to(model, images, 1 - labels) < 1).all()
    result = ddn(model, images, labels, steps=1)
    assert result.success.all()
    ratios = result.l2 / distances_to(model, images, 1 - labels)
    assert (ratios <= 1 + 2.0**-BISECTIONS * 1.05 / ratios.min() * 10).all()


def test_ddn_record_counts_steps_and_queries(images: Tensor) -> None:
    model = linear_model(4, 0)
    given = images.clone()
    result = ddn(model, images, model(images).argmax(1), steps=7)
    assert torch.equal(images, given)
    assert (result.steps == 7).all()
    assert (result.queries == 8 + BISECTIONS).all()
    assert result.history.shape == (8, 6)
    assert result.history.isfinite().all()
    again = ddn(model, images, model(images).argmax(1), steps=7)
    assert torch.equal(again.x_adv, result.x_adv)


def test_normalized_steps_stop_where_the_target_is_first_the_top_class(images: Tensor) -> None:
    model = linear_model(2, 0)
    targets = 1 - model(images).argmax(1)
    result = normalized_steps(model, images, targets, step_size=0.01, steps=200)
    assert torch.equal(model(result.inputs).argmax(1), targets)
    # On a linear network every step is along the shortest path.
    expected = (distances_to(model, images, targets) / 0.01).ceil()
    assert torch.equal(result.steps, expected.long())
    torch.testing.assert_close(norms(result.inputs - images), 0.01 * expected)


def test_confident_steps_stop_where_the_target_first_has_the_probability(images: Tensor) -> None:
    model = linear_model(2, 0)
    targets = 1 - model(images).argmax(1)
    options: dict[str, Any] = {"step_size": 0.01, "steps": 200}
    result = normalized_steps(model, images, targets, confidence=0.6, **options)
    plain = normalized_steps(model, images, targets, **options)
    index = torch.arange(len(images))

    def probabilities(found: Tensor) -> Tensor:
        of_targets: Tensor = model(found).softmax(1)[index, targets]
        return of_targets

    assert (probabilities(result.inputs) >= 0.6).all()
    # Of two classes the boundary is at one half.
    assert (probabilities(plain.inputs) < 0.6).all()
    assert (result.steps > plain.steps).all()


def test_ddn_is_never_larger_than_normalized_steps_and_keeps_pixels_valid() -> None:
    model = linear_model(5, 2)
    images = torch.rand(8, *SHAPE, generator=torch.Generator().manual_seed(3))
    labels, targets = model(images).argsort(1, descending=True)[:, [0, 2]].unbind(1)
    plain = normalized_steps(model, images, targets, step_size=0.05, steps=200)
    result = ddn(model, images, labels, targets=targets)
    assert result.success.all()
    assert result.x_adv.min() >= 0
    assert result.x_adv.max() <= 1
    assert (result.l2 <= norms(plain.inputs - images) + 1e-4).all()


@pytest.mark.parametrize("bounds", [(0, 1), (-1, 1)])
@pytest.mark.parametrize("targeted", [True, False])
def test_eight_bit_ddn_succeeds_as_a_saved_picture(
    bounds: tuple[float, float], targeted: bool
) -> None:
    """The norm is at least that of the nearest point, and rounding adds half a level a pixel."""
    low, high = bounds
    model = linear_model(2, 0, bounds=bounds)
    images = EightBit(low, high)(low + (high - low) * inner_images())
    labels = model(images).argmax(1)
    targets = 1 - labels if targeted else None
    result = ddn(model, images, labels, targets=targets, eight_bit=True)
    assert result.success.all()
    assert result.success_8_bit.all()
    assert torch.equal(EightBit(low, high)(result.x_adv), result.x_adv)
    nearest = distances_to(model, images, 1 - labels)
    assert (result.l2 >= 0.999 * nearest).all()
    half_a_level = (high - low) / 255 / 2 * images[0].numel() ** 0.5
    assert (result.l2 <= 1.02 * nearest + half_a_level).all()


def test_eight_bit_steps_stop_at_the_first_success_of_a_saved_picture(images: Tensor) -> None:
    model = linear_model(2, 0)
    images = EightBit()(images)
    targets = 1 - model(images).argmax(1)
    # Each pixel changes by less than half a level in the first steps: only their sum is seen.
    size = 0.5 / 255
    result = normalized_steps(model, images, targets, step_size=size, steps=900, eight_bit=True)
    assert result.success.all()
    assert torch.equal(EightBit()(result.inputs), result.inputs)
    assert torch.equal(model(result.inputs).argmax(1), targets)
    plain = normalized_steps(model, images, targets, step_size=size, steps=900)
    assert ((result.steps - plain.steps).abs() <= 2 + 0.1 * plain.steps).all()


def test_ddn_keeps_an_image_that_is_misclassified_already(images: Tensor) -> None:
    model = linear_model(3, 0)
    predicted = model(images).argmax(1)
    others = (predicted + 1) % 3
    for targets in (predicted, None):
        result = ddn(model, images, others, targets=targets, steps=5)
        assert result.success.all()
        assert torch.equal(result.x_adv, images)
        assert not result.l2.any()


def test_ddn_returns_the_original_without_success(images: Tensor) -> None:
    model = linear_model(2, 0)
    last_layer(model).weight.zero_()
    last_layer(model).bias.copy_(torch.tensor([1.0, 0.0]))
    ones = torch.ones(6, dtype=torch.long)
    for targets in (ones, None):
        result = ddn(model, images, 0 * ones, targets=targets, steps=5)
        assert not result.success.any()
        assert torch.equal(result.x_adv, images)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": 255 * inner_images()}, "expected pixels in \\[0, 1\\], found 10"),
        ({"x": inner_images()[:0]}, "expected a batch of at least one image"),
        ({"x": inner_images().mul(255).byte()}, "expected floating-point pixels"),
        ({"y": torch.full((6,), 3)}, "expected labels from 0 to 2, found 3"),
        ({"y": torch.zeros(6)}, "expected labels as an int64 tensor \\(6,\\), found torch.float32"),
        ({"targets": torch.arange(6) % 3}, "expected targets other than the labels"),
        ({"steps": 0}, "expected steps of at least 1, found 0"),
    ],
)
def test_ddn_refuses_bad_input(changes: dict[str, Any], message: str) -> None:
    given = {"x": inner_images(), "y": torch.arange(6) % 3}
    with pytest.raises(ValueError, match=message):
        ddn(linear_model(3, 0), **(given | changes))


def test_ddn_refuses_a_network_that_is_no_classifier(images: Tensor) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(48, 3))
    with pytest.raises(FoolproofError, match="expected a classifier, found Sequential"):
        ddn(network, images, torch.arange(6) % 3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ranks", "possible"), [([2, 10, 4], [2, 4]), ([10, 100], [4]), ([2, 3], [2, 3])]
)
def test_ranks_beyond_the_classes_are_left_out(
    caplog: pytest.LogCaptureFixture, ranks: list[int], possible: list[int]
) -> None:
    with caplog.at_level(logging.WARNING):
        assert possible_ranks(ranks, 4) == possible
    left_out = [str(rank) for rank in ranks if rank > 4]
    expected = [
        f"4 classes have no rank {', '.join(left_out)}: the targets are of rank "
        f"{', '.join(map(str, possible))}"
    ]
    assert caplog.messages == (expected if left_out else [])


def test_targets_are_the_classes_of_the_ranks_of_each_image() -> None:
    logits = torch.tensor([[1.0, 3.0, 2.0], [5.0, 5.0, 9.0]])
    indices, ranks, targets = targets_of_ranks(logits, [2, 3])
    assert indices.tolist() == [0, 0, 1, 1]
    assert ranks.tolist() == [2, 3, 2, 3]
    assert targets.tolist() == [2, 0, 0, 1]


@pytest.mark.parametrize("targeted", [True, False])
def test_ddn_stops_shrinking_at_the_required_confidence(images: Tensor, targeted: bool) -> None:
    """Of two classes: p >= c where the margin is at least logit(c), a parallel plane."""
    model, confidence = linear_model(2, 0, scale=10), 0.9
    logits = model(images)
    labels = logits.argmax(1)
    targets = 1 - labels if targeted else None
    found = ddn(model, images, labels, targets=targets, confidence=confidence, steps=200)
    margins = (logits[:, 0] - logits[:, 1]).abs() + torch.tensor(confidence).logit()
    weight = last_layer(model).weight
    assert found.success.all()
    torch.testing.assert_close(
        norms(found.x_adv - images), margins / (weight[0] - weight[1]).norm(), rtol=0.02, atol=0
    )


@pytest.mark.parametrize("confidence", [0.0, 1.5])
def test_ddn_refuses_impossible_confidences(images: Tensor, confidence: float) -> None:
    model = linear_model(3, 0)
    with pytest.raises(ValueError, match="confidence"):
        ddn(model, images, model(images).argmax(1), confidence=confidence)
