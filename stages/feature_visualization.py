"""Optimize images that maximize the activation of units and classes, by several methods."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foolproof.compute.seeds import new_generator
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.explain.evaluation import maximally_activating
from foolproof.explain.feature_visualization import (
    Method,
    RandomViews,
    maximize_activation,
)
from foolproof.explain.units import Unit, choose_classes, find_unit, most_activated_channels
from foolproof.params.feature_visualization import FeatureVisualization
from foolproof.photos.photo import load_photos
from foolproof.pretrained.load import load_pretrained, network_pixels
from foolproof.trained.stage import NetworkStage, network_stage

# Units where params.yaml names none: so many channels of so many layers, and a class.
LAYERS, CHANNELS = 3, 2

UNIT_METHODS = ("pixels", "l2", "total_variation", "all", "fourier_views")

# Method of the images with a desired activation.
DESIRED = "l2"

# Each parametrization without and with random views, in equal steps.
ABLATION = ("pixels", "fourier", "pixels_views", "fourier_views")


def main() -> None:
    """Optimize images of units by every regularizer, and of classes by the ablation's methods."""
    with network_stage(FeatureVisualization) as s:
        pretrained, transfer = (
            load_pretrained(Path("data", f"{name}.npz"), s.device)
            for name in (s.settings.network, s.settings.transfer_network)
        )
        s.watch(pretrained.network)
        photos = load_photos(Path("data/photos.npz"))
        pixels = network_pixels(pretrained, [photo.picture for photo in photos])
        names = choose_classes(
            pretrained.classes,
            transfer.classes,
            [photo.label for photo in photos],
            s.settings.classes,
        )
        classes = [find_unit(pretrained, name) for name in names]
        units = [find_unit(pretrained, name) for name in s.settings.units] or [
            *most_activated_channels(pretrained, pixels, layers=LAYERS, channels=CHANNELS),
            classes[0],
        ]
        highest = [value for _, value in maximally_activating(pretrained, pixels, units)]
        desired = s.settings.desired * torch.tensor(highest)
        # A class is a neuron behind all batch norms; units may lie before one.
        folded = s.folded(pretrained.network)
        images = [
            *images_of("units", s, pretrained.network, pretrained.crop, units, UNIT_METHODS),
            (
                "units_desired",
                optimized_images(s, pretrained.network, pretrained.crop, units, DESIRED, desired),
            ),
            *images_of("classes", s, folded, pretrained.crop, classes, ABLATION),
            *images_of(
                "classes",
                s,
                folded,
                pretrained.crop,
                classes[: s.settings.prior.classes],
                ["prior"],
            ),
        ]
    write_arrays(
        Path("data/feature_visualization.npz"),
        units=np.array([unit.name for unit in units]),
        classes=np.array(names),
        desired=desired.numpy(),
        **dict(images),
    )


def images_of(
    kind: str,
    s: NetworkStage[FeatureVisualization],
    network: nn.Module,
    side: int,
    units: Sequence[Unit],
    keys: Sequence[str],
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Optimize the images (N, 3, side, side) of units by each method, named `<kind>_<method>`.

    Args:
        kind: of the units.
        s: the stage.
        network: of the units.
        side: of its input.
        units: one for each image, (N,).
        keys: of the methods.
    """
    for key in keys:
        yield f"{kind}_{key}", optimized_images(s, network, side, units, key)


def optimized_images(
    s: NetworkStage[FeatureVisualization],
    network: nn.Module,
    side: int,
    units: Sequence[Unit],
    key: str,
    desired: Tensor | None = None,
) -> NDArray[np.float32]:
    """Optimize the images (N, 3, side, side) of units by one method.

    Args:
        s: the stage.
        network: of the units.
        side: of its input.
        units: one for each image, (N,).
        key: of the method.
        desired: activations, (N,); None to maximize them.
    """
    name = f"{len(units)} units, {key}{'' if desired is None else ' and a desired activation'}"
    start = time.perf_counter()
    images = maximize_activation(
        network,
        units,
        side,
        methods_of(s.settings)[key],
        generator=new_generator(s.settings.seed),
        device=s.device,
        desired=desired,
        progress=name,
    )
    logging.info("%s: %.1f s", name, time.perf_counter() - start)
    return images.cpu().numpy()


def methods_of(settings: FeatureVisualization) -> dict[str, Method]:
    """Define the methods: pixels, each regularizer alone, all, the prior, Fourier, and views."""
    regularizers, views = settings.regularizers, settings.views
    pixels = Method(settings.steps, settings.step_size)
    fourier = replace(pixels, parametrization="fourier", step_size=settings.fourier.step_size)
    ranges = RandomViews(**views.model_dump(exclude={"jitter"}))
    return {
        "pixels": pixels,
        "l2": replace(pixels, l2=regularizers.l2),
        "total_variation": replace(pixels, total_variation=regularizers.total_variation),
        "all": replace(
            pixels,
            l2=regularizers.l2,
            total_variation=regularizers.total_variation,
            blur=regularizers.blur,
            jitter=regularizers.jitter,
        ),
        "prior": replace(pixels, spectrum=settings.prior.weight, spectrum_side=settings.prior.side),
        "fourier": fourier,
        "pixels_views": replace(pixels, jitter=views.jitter, views=ranges),
        "fourier_views": replace(fourier, jitter=views.jitter, views=ranges),
    }


if __name__ == "__main__":
    run_stage(main)
