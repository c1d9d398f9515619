"""What is run on the pretended GPU of maps of pixels, and of the tests of these maps.

Each public function here is a scenario: from a device to whatever its results are.
"""

from typing import Any

import torch
from torch import Tensor, nn

from foolproof.classifiers.classifier import classifier
from foolproof.compute.seeds import new_generator
from foolproof.explain import deletion, grad_cam, gradients, occlude, scores
from foolproof.explain.ink_contrast import ink_contrast
from tests.gpu.small import CROP, digit_network, digits, labels_of, photo_network, photos


class _Untraceable(nn.Module):
    """A network that torch.fx cannot trace."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits by a branch on the images."""
        return torch.as_tensor(self.network(pixels) if pixels.shape[0] > 0 else pixels)


def occluded_digits(device: torch.device) -> Any:
    network, images = digit_network(device), digits(device, 2)
    labels = labels_of(network, images)
    maps = occlude.occlusion_maps(network, images, labels, size=3, fill=0.0)
    whole = occlude.class_probabilities(network, images, labels)
    return maps, ink_contrast(maps, whole, images)


def occluded_photos(device: torch.device) -> Any:
    network, images = photo_network(device).network, photos(device, 1)
    classes, photo = torch.tensor([1], device=device), images[0]
    (probabilities,) = occlude.occlusion_maps(network, images, classes, size=5, stride=6, fill=0.0)
    curves = deletion.deletion_curves(
        network,
        photo,
        1,
        [(probabilities, 6)],
        tile=8,
        random_orders=1,
        generator=new_generator(0),
    )
    return probabilities, occlude.summarize_map(probabilities, 6), curves


def explained_digits(device: torch.device) -> Any:
    model = classifier(digit_network(device), input_shape=(1, 28, 28))
    images = digits(device, 3)
    classes = labels_of(model, images)
    integrated = gradients.integrated_gradients(model, images, classes, steps=3)
    return (
        gradients.saliency(model, images, classes),
        gradients.smoothgrad(model, images, classes, samples=3),
        integrated,
        gradients.integrated_gradients(
            model, images, classes, baseline=1 - images, steps=3, method="midpoint"
        ),
        gradients.completeness_error(model, images, classes, integrated),
        grad_cam.gradcam(model, images, classes),
        occlude.occlusion(model, images, classes, size=9, stride=6),
    )


def scored_photos(device: torch.device) -> Any:
    network = photo_network(device).network
    model = classifier(network, input_shape=(3, CROP, CROP))
    images = photos(device, 2)
    untraceable = classifier(_Untraceable(network), input_shape=(3, CROP, CROP))
    maps = occlude.occlusion(untraceable, images, 1, size=9, stride=8, fill=0.0)
    return (
        maps,
        scores.deletion_score(model, images, 1, maps, steps=4, baseline="black"),
        scores.insertion_score(model, images, 1, maps, tile=10),
        scores.deletion_curve(model, images, 1, maps, steps=2),
    )
