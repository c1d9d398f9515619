"""Grad-CAM against hand-computed maps, with reused and in-place ReLUs."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from foolproof.classifiers.classifier import classifier
from foolproof.core.errors import FoolproofError
from foolproof.explain import grad_cam
from foolproof.explain.grad_cam import gradcam
from tests.explain.networks import (
    CLASSES,
    SHAPE,
    Activated,
    bad_input,
    convolutional,
    images,
    linear,
)


def test_map_by_hand() -> None:
    """Two channels that are the image and its negative, averaged and weighted by 3 and 1."""
    convolution, head = nn.Conv2d(1, 2, 1, bias=False), nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        convolution.weight.copy_(torch.tensor([1.0, -1.0]).view(2, 1, 1, 1))
        head.weight.copy_(torch.tensor([[3.0, 1.0], [1.0, 3.0]]))
    network = nn.Sequential(convolution, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
    model = classifier(network, bounds=(-1, 1), input_shape=(1, 2, 2))
    x = torch.tensor([[[[0.4, -0.8], [0.0, 1.0]]]])
    # d logit / d map is a quarter of the weight: ReLU((3 x - x) / 4), and ReLU((x - 3 x) / 4).
    torch.testing.assert_close(gradcam(model, x, 0), torch.tensor([[[0.2, 0.0], [0.0, 0.5]]]))
    torch.testing.assert_close(gradcam(model, x, 1), torch.tensor([[[0.0, 0.4], [0.0, 0.0]]]))


@pytest.mark.parametrize("target", [1, torch.tensor([3, 0, 1, 1, 2])])
def test_map_equals_the_definition(target: int | Tensor) -> None:
    network = convolutional().eval()
    x = images()
    maps = network[:3](x).detach().requires_grad_()
    classes = torch.as_tensor(target).expand(5)
    network[3:](maps).gather(1, classes[:, None]).sum().backward()
    assert maps.grad is not None
    coarse = (maps.grad.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True).relu()
    expected = interpolate(coarse, SHAPE[1:], mode="bilinear")[:, 0].detach()
    found = gradcam(classifier(network, input_shape=SHAPE), x, target)
    assert found.max() > 0
    torch.testing.assert_close(found, expected)


def test_last_convolution_is_the_last_that_runs_with_more_than_one_place() -> None:
    model = classifier(Activated(inplace=False), input_shape=SHAPE)
    assert torch.equal(gradcam(model, images(), 1), gradcam(model, images(), 1, layer="second"))


@pytest.mark.parametrize("layer", [None, "first"])
def test_functional_in_place_activation_changes_no_map(layer: str | None) -> None:
    plain, inplace = (
        gradcam(classifier(Activated(inplace=each), input_shape=SHAPE), images(), 1, layer=layer)
        for each in (False, True)
    )
    assert plain.max() > 0
    assert torch.equal(plain, inplace)


def test_reused_and_in_place_relu_change_no_map() -> None:
    separate = convolutional()
    reused = convolutional()
    reused[1] = reused[3] = nn.ReLU(inplace=True)
    expected = gradcam(classifier(separate, input_shape=SHAPE), images(), 1)
    assert torch.equal(gradcam(classifier(reused, input_shape=SHAPE), images(), 1), expected)


def test_last_run_of_a_reused_layer_counts() -> None:
    class Repeated(nn.Module):
        def __init__(self, *layers: nn.Module) -> None:
            super().__init__()
            self.layers = nn.ModuleList(layers)
            self.head = nn.Linear(3, CLASSES)

        def forward(self, pixels: Tensor) -> Tensor:
            for layer in self.layers:
                pixels = pixels + layer(pixels).relu()
            logits: Tensor = self.head(pixels.mean((2, 3)))
            return logits

    torch.manual_seed(0)
    layer = nn.Conv2d(3, 3, 3, padding=1)
    once = Repeated(layer, nn.Conv2d(3, 3, 3, padding=1))
    once.layers[1].load_state_dict(layer.state_dict())
    twice = Repeated(layer, layer)
    twice.head.load_state_dict(once.head.state_dict())
    expected = gradcam(classifier(once, input_shape=SHAPE), images(), 1, layer="layers.1")
    found = gradcam(classifier(twice, input_shape=SHAPE), images(), 1)
    assert expected.max() > 0
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("together", [1, 2, 3])
def test_maps_do_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    model = classifier(convolutional(), input_shape=SHAPE)
    expected = gradcam(model, images(), 1)
    monkeypatch.setattr(grad_cam, "images_together", lambda _: together)
    torch.testing.assert_close(gradcam(model, images(), 1), expected)


def test_grey_images_have_maps() -> None:
    model = classifier(convolutional(1), input_shape=(1, 6, 8))
    x = images(2, (1, 6, 8)).requires_grad_()
    with torch.no_grad():
        maps = gradcam(model, x, 3)
    assert maps.shape == (2, 6, 8)
    assert maps.min() >= 0
    assert not maps.requires_grad


def test_hooks_are_removed() -> None:
    model = classifier(convolutional(), input_shape=SHAPE)
    gradcam(model, images(), 1)
    with pytest.raises(FoolproofError):
        gradcam(model, images(), 1, layer="5")
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("network", "layer", "message"),
    [
        (convolutional, "conv9", "no layer 'conv9'; its convolutional layers are: 0, 2"),
        (linear, "conv9", "no layer 'conv9'; its convolutional layers are: none"),
        (linear, None, "Sequential runs no Conv2d with maps of more than one place; layer= names"),
        (convolutional, "5", r"'5' gives the shape \(5, 6\); Grad-CAM needs maps \(N, C, H, W\)"),
        (lambda: Activated(inplace=False), "unused", "'unused' does not run in a forward pass"),
    ],
)
def test_layers_without_maps_are_refused(
    network: Callable[[], nn.Module], layer: str | None, message: str
) -> None:
    model = classifier(network(), input_shape=SHAPE)
    with pytest.raises(FoolproofError, match=message):
        gradcam(model, images(), 1, layer=layer)


def test_layer_without_influence_is_refused() -> None:
    class Dropped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.side, self.body = nn.Conv2d(3, 2, 3), linear()

        def forward(self, pixels: Tensor) -> Tensor:
            self.side(pixels)
            logits: Tensor = self.body(pixels)
            return logits

    model = classifier(Dropped(), input_shape=SHAPE)
    with pytest.raises(FoolproofError, match="do not depend on the output of the layer 'side'"):
        gradcam(model, images(), 1)


@pytest.mark.parametrize("case", range(5))
def test_bad_images_and_targets_are_refused(case: int) -> None:
    x, target, message = bad_input(images())[case]
    with pytest.raises(ValueError, match=message):
        gradcam(classifier(convolutional(), input_shape=SHAPE), x, target)
