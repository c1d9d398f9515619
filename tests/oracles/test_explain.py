"""Explanations equal those of Captum."""

from functools import partial

import pytest
import torch
from captum.attr import (
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    NoiseTunnel,
    Occlusion,
    Saliency,
)
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, pad

from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.explain.grad_cam import gradcam
from foolproof.explain.gradients import Method, integrated_gradients, saliency, smoothgrad
from foolproof.explain.occlude import class_probabilities, occlusion_maps
from foolproof.networks.mnist import mnist_cnn

equal = partial(torch.testing.assert_close, rtol=1e-5, atol=1e-5)

TARGETS = torch.tensor([3, 8, 0])
RULES: dict[Method, str] = {"gauss_legendre": "gausslegendre", "midpoint": "riemann_middle"}


class Coloured(nn.Module):
    """A residual network of colour images with in-place activations."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8))
        self.block = nn.Conv2d(8, 8, 3, padding=1)
        self.relu = nn.ReLU(inplace=False)
        self.head = nn.Linear(8, 10)

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, 10)."""
        maps = self.relu(self.stem(pixels))
        maps = self.relu(maps + self.block(maps))
        logits: Tensor = self.head(maps.mean((2, 3)))
        return logits


@pytest.fixture(scope="module", params=["digits", "photos"])
def case(request: pytest.FixtureRequest) -> tuple[Classifier, Tensor, str]:
    """A classifier, images, and the name of the last convolution."""
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if request.param == "digits":
            network: nn.Module = mnist_cnn(batch_norm=True)
            shape, layer = (1, 28, 28), "conv2"
            model = classifier(network, mean=0.13, std=0.31, input_shape=shape)
        else:
            network, shape, layer = Coloured(), (3, 20, 24), "block"
            model = classifier(network, mean=(0.5,) * 3, std=(0.2,) * 3, input_shape=shape)
    return model, torch.rand(3, *shape, generator=generator), layer


def test_saliency(case: tuple[Classifier, Tensor, str]) -> None:
    model, x, _ = case
    theirs = Saliency(model).attribute(x.clone().requires_grad_(), target=TARGETS)
    equal(saliency(model, x, TARGETS), theirs.amax(1))


@pytest.mark.parametrize("method", RULES)
@pytest.mark.parametrize("baseline", [0.0, 0.5])
def test_integrated_gradients(
    case: tuple[Classifier, Tensor, str], method: Method, baseline: float
) -> None:
    model, x, _ = case
    theirs = IntegratedGradients(model).attribute(
        x, baselines=baseline, target=TARGETS, n_steps=20, method=RULES[method]
    )
    ours = integrated_gradients(model, x, TARGETS, baseline=baseline, steps=20, method=method)
    equal(ours, theirs.sum(1))


def test_gradcam(case: tuple[Classifier, Tensor, str]) -> None:
    model, x, layer = case
    coarse = LayerGradCam(model, model.network.get_submodule(layer)).attribute(
        x, target=TARGETS, relu_attributions=True
    )
    theirs = LayerAttribution.interpolate(coarse, tuple(x.shape[2:]), "bilinear")
    assert theirs.max() > 0
    equal(gradcam(model, x, TARGETS), theirs[:, 0])


def test_smoothgrad_by_its_statistics(case: tuple[Classifier, Tensor, str]) -> None:
    """Other noise: two means of 100 gradients are as close as two of Captum's."""
    model, images, _ = case
    x, target = images[:1], TARGETS[:1]
    torch.manual_seed(0)
    first, second = (
        NoiseTunnel(Saliency(model))
        .attribute(x, nt_type="smoothgrad", nt_samples=100, stdevs=0.2, target=target, abs=False)
        .abs()
        .amax(1)
        for _ in range(2)
    )
    ours = smoothgrad(model, x, target, samples=100, std=0.2)
    between = (first - second).square().mean()
    assert (ours - first).square().mean() < 1.3 * between
    assert between < 0.1 * first.square().mean()


@pytest.mark.parametrize("size", [4, 5])
def test_averaged_occlusion_maps(size: int) -> None:
    network = mnist_cnn(batch_norm=True).eval().requires_grad_(False)
    network.get_parameter("fc2.weight").mul_(30)  # as confident as a trained network
    pixels = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([3, 8])
    before, after = size // 2, size - 1 - size // 2

    def crop_and_classify(padded: Tensor) -> Tensor:
        end = padded.shape[2] - after
        probabilities: Tensor = network(padded[:, :, before:end, before:end]).softmax(1)
        return probabilities

    # Captum keeps its windows inside the image: a margin lets them reach over our border.
    theirs = Occlusion(crop_and_classify).attribute(
        pad(pixels, (before, after, before, after)),
        (1, size, size),
        baselines=0.5,
        target=classes,
        perturbations_per_eval=56,
    )
    maps = occlusion_maps(network, pixels, classes, size=size, fill=0.5)
    drop = class_probabilities(network, pixels, classes)[:, None, None] - maps
    window = torch.ones(1, 1, size, size)
    sums, counts = (conv_transpose2d(m[:, None], window) for m in (drop, torch.ones_like(drop)))
    equal(sums / counts, theirs)
