"""What is run on the pretended GPU of explanations, features and training.

Each public function here is a scenario: from a device to whatever its results are.
"""

from dataclasses import replace
from io import BytesIO
from typing import Any, Literal

import torch
from torch import Tensor, nn

from foolproof.compute.seeds import new_generator
from foolproof.data.augmentation import Augmentation, Mirror
from foolproof.data.datasets import Split, train_val_split
from foolproof.explain import (
    activations,
    evaluation,
    feature_maps,
    filters,
    layer_summary,
)
from foolproof.explain.feature_visualization import (
    Method,
    RandomViews,
    maximize_activation,
)
from foolproof.explain.spectrum import radial_spectrum
from foolproof.explain.units import find_unit, most_activated_channels
from foolproof.networks import cifar10, mnist, structure
from foolproof.networks.inference import mean_over_views, to_pixels
from foolproof.networks.weights import unchanged_weights
from foolproof.probes.features import extract_features, unit_length
from foolproof.training import loop as training
from foolproof.training.config import SgdConfig
from tests.gpu.scenarios_attacks import VIEWS
from tests.gpu.small import CROP, digit_network, digits, photo_network, photos, pictures
from tests.small_training import CONFIG, bars, build, two_classes


def images_of_units(device: torch.device) -> Any:
    pretrained = photo_network(device)
    units = [find_unit(pretrained, name) for name in ("first:1", "second:0:1,1", "zebra")]
    penalties = Method(
        steps=2,
        step_size=0.05,
        l2=0.1,
        total_variation=0.1,
        spectrum=0.1,
        spectrum_side=CROP // 2,
        blur=0.5,
        jitter=2,
    )
    uneven = Method(2, 0.05, spectrum=0.1, spectrum_side=CROP // 2 + 1, jitter=2)
    views = Method(2, 0.05, jitter=2, total_variation=0.1, views=RandomViews(**VIEWS))
    methods = (penalties, uneven, views, replace(views, parametrization="fourier"))
    return [
        maximize_activation(
            pretrained.network,
            units,
            CROP,
            method,
            generator=new_generator(0),
            device=device,
            desired=desired,
        )
        for method in methods
        for desired in (None, torch.full((len(units),), 3.0))
    ]


def evaluated_images(device: torch.device) -> Any:
    pretrained, images = photo_network(device), photos(device, 4)
    chosen = most_activated_channels(pretrained, images, layers=2, channels=2)
    with unchanged_weights(pretrained.network):
        return (
            chosen,
            evaluation.unit_activations(pretrained, images, chosen),
            evaluation.maximally_activating(pretrained, images, chosen),
            evaluation.classify_images(pretrained, images, pretrained.classes),
            radial_spectrum(images, 5),
        )


def maps_of_digits(device: torch.device) -> Any:
    network, images = digit_network(device), digits(device)
    names = ["conv1", "conv2"]
    labels = torch.arange(6, device=device) % 3
    statistics = activations.activation_statistics(network, images, labels, names)
    return (
        activations.activation_maps(network, images, names),
        statistics,
        activations.change_with_depth(statistics["conv1"], statistics["conv2"]),
        filters.describe_energy({name: filters.filters_of(network, name) for name in names}),
        filters.name_filters(filters.filters_of(network, "conv1")),
    )


def maps_of_photos(device: torch.device) -> Any:
    pretrained, pixels = photo_network(device), photos(device)
    layers = feature_maps.layers_with_maps(pretrained, pixels[:1])
    name = feature_maps.choose_layers([], layers)[0]
    maps = feature_maps.feature_maps(pretrained, pixels, [name])[name]
    features = feature_maps.low_level_features(pixels, layers[name])
    summary = layer_summary.summarize_layer(maps, features, 0, 3)
    return (
        feature_maps.min_max_normalize(maps),
        summary,
        layer_summary.change_with_depth(summary.statistics, summary.statistics),
    )


def features_of_photos(device: torch.device) -> Any:
    files = []
    for number, picture in enumerate(pictures(6)):
        stream = BytesIO()
        picture.save(stream, "PNG")
        files.append((f"{number}.png", stream.getvalue()))
    return unit_length(extract_features(photo_network(device), files, 1))


def first_filters(device: torch.device) -> Any:
    images = torch.randint(0, 256, (8, 3, 32, 32), generator=new_generator(0), dtype=torch.uint8)
    return cifar10.whitening_filters(images.to(device))


def layers_of_a_network(device: torch.device) -> Any:
    del device  # a structure needs none
    return structure.describe(mnist.mnist_cnn(batch_norm=True), (1, 28, 28))


def a_training(device: torch.device) -> Any:
    """Trainings of a linear network with augmented, perturbed images, and their curves."""
    split = two_classes(0)
    images = split.images.repeat_interleave(2, 1)[:, :1]
    parts = train_val_split(
        Split(images.to(device), split.labels.to(device)), 0.25, new_generator(0)
    )

    def darken(network: nn.Module, pixels: Tensor, labels: Tensor, progress: float) -> Tensor:
        del network, labels
        return pixels * (1 - progress / 2)

    made: list[Any] = []
    mirrors: tuple[Mirror, ...] = ("none", "random", "alternating")
    for mirror in mirrors:
        torch.manual_seed(0)
        points: list[training.EpochLog] = []
        augment = Augmentation(30, max_shift=1, mirror=mirror, generator=new_generator(0))
        trained = training.train(
            build().to(device),
            *parts,
            CONFIG,
            new_generator(0),
            keep_best=True,
            augment=augment,
            perturb=darken,
            on_log=points.append,
        )
        made += [trained.state, points]
    return made


def views(device: torch.device) -> Any:
    return mean_over_views(digit_network(device), (255 * digits(device)).to(torch.uint8))


def an_epoch(device: torch.device) -> Any:
    """One epoch by each optimizer of a convolutional network, with batch norm but for Adam."""
    split = bars(20)
    split = Split(split.images.to(device), split.labels.to(device))
    assert to_pixels(split.images).device == device
    made = []
    others = SgdConfig(
        learning_rate=0.01, head_learning_rate=0.01, momentum=0.9, first_bias_epochs=1
    )
    optimizers: tuple[Literal["adam", "sgd", "muon"], ...] = ("adam", "sgd", "muon")
    for optimizer in optimizers:
        torch.manual_seed(0)
        network = mnist.mnist_cnn(batch_norm=optimizer != "adam", hidden=(20,)).to(device)
        config = replace(CONFIG, optimizer=optimizer, epochs=1, learning_rate=0.01, sgd=others)
        training.train(network, split, split, config, new_generator(0), keep_best=False)
        made.append(network.state_dict())
    return made
