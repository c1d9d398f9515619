"""Saliency, SmoothGrad and integrated gradients against closed forms and finite differences."""

from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from foolproof.classifiers.classifier import classifier
from foolproof.core.errors import FoolproofError
from foolproof.explain import gradients
from foolproof.explain.gradients import (
    Method,
    completeness_error,
    integrated_gradients,
    saliency,
    smoothgrad,
)
from tests.explain.networks import CLASSES, SHAPE, bad_input, convolutional, images, linear

METHODS = get_args(Method)
TARGETS = torch.tensor([3, 0, 1, 1, 2])


class Squares(nn.Module):
    """Logits that are multiples of the sum of squares."""

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, CLASSES)."""
        return pixels.square().sum((1, 2, 3))[:, None] * torch.arange(CLASSES).to(pixels)


@pytest.mark.parametrize("target", [2, TARGETS])
def test_saliency_of_a_linear_network_is_its_weights(target: int | Tensor) -> None:
    network = linear()
    maps = saliency(classifier(network, input_shape=SHAPE), images(), target)
    classes = torch.as_tensor(target).expand(5)
    expected = network.get_parameter("1.weight")[classes].view(5, *SHAPE).abs().amax(1)
    torch.testing.assert_close(maps, expected.detach())


def test_saliency_equals_finite_differences() -> None:
    model = classifier(convolutional().double(), input_shape=SHAPE)
    x = images(1).double()
    (found,) = saliency(model, x, 1)
    step = 1e-6
    expected = torch.zeros(SHAPE, dtype=torch.double)
    for place in torch.ones(SHAPE).nonzero().tolist():
        high, low = x.clone(), x.clone()
        high[0, *place] += step
        low[0, *place] -= step
        expected[*place] = (model(high) - model(low))[0, 1] / (2 * step)
    torch.testing.assert_close(found, expected.abs().amax(0), rtol=1e-5, atol=1e-7)


def test_saliency_is_in_units_of_pixels_before_normalization() -> None:
    x = images()
    plain = saliency(classifier(linear(), input_shape=SHAPE), x, 1)
    normalized = classifier(linear(), mean=(0.1,) * 3, std=(0.5,) * 3, input_shape=SHAPE)
    torch.testing.assert_close(saliency(normalized, x, 1), plain / 0.5)


def test_smoothgrad_of_a_linear_network_is_its_saliency() -> None:
    model = classifier(linear(), input_shape=SHAPE)
    x = images()
    torch.testing.assert_close(
        smoothgrad(model, x, TARGETS, samples=7), saliency(model, x, TARGETS)
    )


def test_smoothgrad_without_noise_is_saliency() -> None:
    model = classifier(convolutional(), input_shape=SHAPE)
    x = images()
    found = smoothgrad(model, x, TARGETS, samples=3, std=0)
    torch.testing.assert_close(found, saliency(model, x, TARGETS))


def test_smoothgrad_noise_has_the_standard_deviation_as_share_of_the_range() -> None:
    """The gradient of the squares at a pixel plus noise is twice their sum."""
    shape = (1, 60, 60)
    model = classifier(Squares(), bounds=(-1, 3), input_shape=shape)
    found = smoothgrad(model, torch.ones(1, *shape), 1, samples=1, std=0.1)
    assert found.std().item() == pytest.approx(2 * 0.1 * 4, rel=0.05)
    assert found.mean().item() == pytest.approx(2, rel=0.05)


def test_smoothgrad_depends_on_the_seed_and_on_no_other_image() -> None:
    model = classifier(convolutional(), input_shape=SHAPE)
    x = images()
    found = smoothgrad(model, x, TARGETS, samples=4)
    assert torch.equal(found, smoothgrad(model, x, TARGETS, samples=4))
    assert not torch.allclose(found, smoothgrad(model, x, TARGETS, samples=4, seed=1))
    alone = smoothgrad(model, x[3:4], TARGETS[3:4], samples=4)
    torch.testing.assert_close(found[3:4], alone)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("steps", [1, 2, 9])
def test_integrated_gradients_of_a_linear_network_are_exact(method: Method, steps: int) -> None:
    network, x = linear(), images()
    model = classifier(network, input_shape=SHAPE)
    baseline = 1 - images(1)
    maps = integrated_gradients(model, x, TARGETS, baseline=baseline, steps=steps, method=method)
    weights = network.get_parameter("1.weight")[TARGETS].view(5, *SHAPE).detach()
    torch.testing.assert_close(maps, ((x - baseline) * weights).sum(1), rtol=1e-4, atol=1e-6)
    errors = completeness_error(model, x, TARGETS, maps, baseline=baseline)
    torch.testing.assert_close(errors, torch.zeros(5), rtol=0, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_integrated_gradients_of_squares_are_exact(method: Method) -> None:
    """Along the path from b to x the gradient of x^2 is linear, which both rules integrate."""
    x = images()
    model = classifier(Squares(), input_shape=SHAPE)
    maps = integrated_gradients(model, x, 2, baseline=0.25, steps=3, method=method)
    torch.testing.assert_close(maps, 2 * (x.square() - 0.25**2).sum(1))


@pytest.mark.parametrize("method", METHODS)
def test_completeness_error_falls_with_the_steps(method: Method) -> None:
    model = classifier(convolutional(), input_shape=SHAPE)
    x = images()
    few, many = (
        completeness_error(
            model,
            x,
            TARGETS,
            integrated_gradients(model, x, TARGETS, steps=steps, method=method),
            relative=True,
        ).abs()
        for steps in (2, 200)
    )
    assert many.max() < 0.01
    assert many.mean() < 0.2 * few.mean()


def test_completeness_error_by_hand() -> None:
    network, x = linear(), images()
    model = classifier(network, input_shape=SHAPE)
    maps = torch.rand(5, *SHAPE[1:])
    with torch.no_grad():
        difference = network(x)[:, 2] - network(torch.full_like(x, 0.5))[:, 2]
    expected = maps.sum((1, 2)) - difference
    found = completeness_error(model, x, 2, maps, baseline=0.5)
    torch.testing.assert_close(found, expected)
    relative = completeness_error(model, x, 2, maps, baseline=0.5, relative=True)
    torch.testing.assert_close(relative, expected / difference.abs())


def test_default_baseline_is_the_lower_bound() -> None:
    model = classifier(convolutional(), bounds=(-0.5, 1), input_shape=SHAPE)
    x = images()
    black = integrated_gradients(model, x, 0, baseline=torch.tensor(-0.5))
    assert torch.equal(integrated_gradients(model, x, 0), black)


@pytest.mark.parametrize("together", [1, 2, 3, 7, 1000])
def test_maps_do_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    model = classifier(convolutional(), input_shape=SHAPE)
    x = images()

    def all_maps() -> Tensor:
        return torch.stack(
            [
                saliency(model, x, TARGETS),
                smoothgrad(model, x, TARGETS, samples=3),
                integrated_gradients(model, x, TARGETS, baseline=x.flip(0), steps=3),
            ]
        )

    expected = all_maps()
    monkeypatch.setattr(gradients, "images_together", lambda _: together)
    torch.testing.assert_close(all_maps(), expected, rtol=1e-4, atol=1e-6)


def test_grey_images_have_maps() -> None:
    shape = (1, 6, 8)
    model = classifier(convolutional(1), input_shape=shape)
    x = images(2, shape)
    for maps in (
        saliency(model, x, 0),
        smoothgrad(model, x, 0, samples=2),
        integrated_gradients(model, x, 0, steps=2),
    ):
        assert maps.shape == (2, 6, 8)
        assert maps.isfinite().all()
        assert not maps.requires_grad


def test_images_and_network_keep_no_gradients() -> None:
    network = convolutional()
    model = classifier(network, input_shape=SHAPE)
    x = images().requires_grad_()
    with torch.no_grad():
        maps = saliency(model, x, 0)
    assert maps.max() > 0
    assert not maps.requires_grad
    assert x.grad is None
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize("case", range(5))
def test_bad_images_and_targets_are_refused(case: int) -> None:
    model = classifier(linear(), input_shape=SHAPE)
    x, target, message = bad_input(images())[case]
    for explain in (saliency, smoothgrad, integrated_gradients):
        with pytest.raises(ValueError, match=message):
            explain(model, x, target)
    with pytest.raises(ValueError, match=message):
        completeness_error(model, x, target, torch.zeros(5, *SHAPE[1:]))


def test_plain_network_is_refused() -> None:
    with pytest.raises(FoolproofError, match="expected a classifier, found Sequential; "):
        saliency(linear(), images(), 1)  # type: ignore[arg-type]


def test_network_without_gradient_is_refused() -> None:
    class Rounding(nn.Module):
        def forward(self, pixels: Tensor) -> Tensor:
            return (pixels.detach() * 9).flatten(1)[:, :CLASSES]

    model = classifier(Rounding(), input_shape=SHAPE)
    with pytest.raises(FoolproofError, match="the logits of Rounding have no gradient in the pix"):
        saliency(model, images(), 1)


def test_bad_settings_are_refused() -> None:
    model = classifier(linear(), input_shape=SHAPE)
    x = images()
    with pytest.raises(ValueError, match="expected samples as an integer of at least 1, found 0"):
        smoothgrad(model, x, 1, samples=0)
    with pytest.raises(ValueError, match=r"expected std as a share of .* at least 0, found nan"):
        smoothgrad(model, x, 1, std=float("nan"))
    with pytest.raises(ValueError, match=r"expected steps as an integer of at least 1, found 2\.5"):
        integrated_gradients(model, x, 1, steps=2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one of gauss_legendre, midpoint, found 'simpson'"):
        integrated_gradients(model, x, 1, method="simpson")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"expected the baseline in \[0, 1\], found 128"):
        integrated_gradients(model, x, 1, baseline=128)
    with pytest.raises(ValueError, match=r"broadcasts to the images, \(5, .*found the shape \(2,"):
        integrated_gradients(model, x, 1, baseline=x[:2])
    with pytest.raises(ValueError, match=r"expected pixels in \[0, 1\], found .* to 1\.9"):
        integrated_gradients(model, x, 1, baseline=2 * x)
    with pytest.raises(ValueError, match=r"one map for each image, \(5, 6, 8\), found .* \(5, 8\)"):
        completeness_error(model, x, 1, torch.zeros(5, 8))
    with pytest.raises(ValueError, match="maps contain NaN or infinite values"):
        completeness_error(model, x, 1, torch.full((5, 6, 8), torch.nan))
