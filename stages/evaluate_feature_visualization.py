"""Evaluate feature visualization: activations, transfer to a second network, spectra."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.explain.ablation import compare_transfer
from foolproof.explain.evaluation import (
    Classification,
    classify_images,
    maximally_activating,
    top_k_rate,
    unit_activations,
    units_rates,
)
from foolproof.explain.method_names import CLASS_METHODS, TOP, UNIT_METHODS
from foolproof.explain.spectrum import (
    compare_exponents,
    compare_in_band,
    radial_spectrum,
    spectral_exponents,
)
from foolproof.explain.units import Unit, find_unit
from foolproof.figures.evaluate_feature_visualization import (
    draw_ablation,
    draw_class_images,
    draw_spectra,
    draw_units,
)
from foolproof.figures.style import save_figures
from foolproof.params.feature_visualization import FeatureVisualization
from foolproof.photos.photo import Photo, load_photos
from foolproof.pretrained.load import Pretrained, load_pretrained, network_pixels
from foolproof.trained.stage import network_stage

PLOTS = Path("plots/evaluate_feature_visualization")

RINGS = 24

# Class images in the figure of one method.
SHOWN = 10

Metrics = dict[str, Any]


def main() -> str:
    """Evaluate the images of units, the images of classes, and the spectra of the latter."""
    with network_stage(FeatureVisualization) as s:
        pretrained, transfer = (
            load_pretrained(Path("data", f"{name}.npz"), s.device)
            for name in (s.settings.network, s.settings.transfer_network)
        )
        s.watch(pretrained.network)
        photos = load_photos(Path("data/photos.npz"))
        pixels = network_pixels(pretrained, [photo.picture for photo in photos])
        arrays = read_arrays(Path("data/feature_visualization.npz"))
        desired = arrays["desired"].tolist()
        methods = (*UNIT_METHODS, "desired")
        units, of_units = take_images(arrays, "units", methods, pretrained, s.device)
        classes, of_classes = take_images(arrays, "classes", CLASS_METHODS, pretrained, s.device)
        unit_metrics, unit_figure = evaluate_units(
            pretrained, units, of_units, desired, photos, pixels
        )
        class_metrics, class_figures = evaluate_classes(
            pretrained, transfer, classes, of_classes, pixels
        )
    metrics = {
        "network": s.settings.network,
        "architecture": pretrained.architecture,
        "transfer_network": transfer.architecture,
        "transfer_network_classes": len(transfer.classes),
        "photos": len(photos),
        **unit_metrics,
        **class_metrics,
        **compare_spectra({key: of_units[key] for key in UNIT_METHODS}, of_classes, pixels),
        "prior_band": compare_bands(of_classes, pixels, s.settings.prior.side),
        "weights_sha256": s.weights_sha256,
    }
    write_json(Path("metrics/neurons/feature_visualization.json"), metrics)
    spectra = {name: radial_spectrum(of, RINGS) for name, of in of_classes.items()}
    spectra["photos"] = radial_spectrum(pixels, RINGS)
    write_csv(PLOTS.with_name(f"{PLOTS.name}_spectra.csv"), spectrum_rows(spectra))
    names = CLASS_METHODS | {"photos": "photos"}
    figure = draw_spectra(spectra, names, title=pretrained.architecture)
    figures = {"units": unit_figure, "spectra": figure, **class_figures}
    save_figures(figures, PLOTS, source=source_line("photos", s.settings.network))
    return f"the other network agrees: {rate_in_words(metrics['success_rate'])}"


def take_images(
    arrays: Mapping[str, NDArray[Any]],
    kind: str,
    methods: Iterable[str],
    pretrained: Pretrained,
    device: torch.device,
) -> tuple[list[Unit], dict[str, Tensor]]:
    """Take N units or classes, and images of the first of them, (M, 3, S, S), by method.

    Args:
        arrays: of the stage `feature_visualization`.
        kind: `units` or `classes`.
        methods: keys.
        pretrained: the network.
        device: of the images.
    """
    images = {key: torch.from_numpy(arrays[f"{kind}_{key}"]).to(device) for key in methods}
    return [find_unit(pretrained, str(name)) for name in arrays[kind]], images


def evaluate_units(
    pretrained: Pretrained,
    units: Sequence[Unit],
    images: Mapping[str, Tensor],
    desired: Sequence[float],
    photos: Sequence[Photo],
    pixels: Tensor,
) -> tuple[Metrics, Figure]:
    """Compare the activations of units with those by photos, and with the desired ones.

    Args:
        pretrained: the network.
        units: of the network, (N,).
        images: of the units by method, and with a `desired` activation, (N, 3, S, S).
        desired: activations, (N,).
        photos: any number.
        pixels: of the photos, (photos, 3, S, S).
    """
    activations = {key: unit_activations(pretrained, images[key], units) for key in UNIT_METHODS}
    reached = unit_activations(pretrained, images["desired"], units)
    best = maximally_activating(pretrained, pixels, units)
    described = [
        {
            "unit": unit.name,
            "photo": photos[photo].name,
            "photo_activation": value,
            "activations": {key: of_method[index] for key, of_method in activations.items()},
            "desired": desired[index],
            "reached": reached[index],
        }
        for index, (unit, (photo, value)) in enumerate(zip(units, best, strict=True))
    ]
    above, highest = units_rates(activations, [value for _, value in best], base="pixels")
    figure = draw_units(
        [unit.name for unit in units],
        [(pixels[photo].cpu().numpy(), value) for photo, value in best],
        {
            **{
                name: (images[key].cpu().numpy(), activations[key])
                for key, name in UNIT_METHODS.items()
            },
            "L2, desired activation": (images["desired"].cpu().numpy(), reached),
        },
        title=pretrained.architecture,
    )
    shares = [found / wanted for found, wanted in zip(reached, desired, strict=True) if wanted]
    return {
        "units": described,
        "units_above_photos": above,
        "units_highest_without_regularizer": highest,
        "desired_reached": mean_with_interval(shares) if shares else None,
    }, figure


def evaluate_classes(
    pretrained: Pretrained,
    transfer: Pretrained,
    classes: Sequence[Unit],
    images: Mapping[str, Tensor],
    pixels: Tensor,
) -> tuple[Metrics, dict[str, Figure]]:
    """Classify the images of classes by both networks.

    Args:
        pretrained: the network that the images were optimized for.
        transfer: the transfer network.
        classes: of `pretrained`, (N,).
        images: of the classes by method, (N, 3, S, S).
        pixels: of photos, (photos, 3, S, S).
    """
    names = [unit.name for unit in classes]
    own, others = (
        {key: classify_images(network, of, names[: len(of)]) for key, of in images.items()}
        for network in (pretrained, transfer)
    )
    activations = {
        key: unit_activations(pretrained, of, classes[: len(of)]) for key, of in images.items()
    }
    best = maximally_activating(pretrained, pixels, classes)
    described = [
        {
            "class": name,
            "photo_activation": value,
            "methods": {
                key: with_prefix("own", own[key][index])
                | with_prefix("transfer_network", others[key][index])
                | {"activation": activations[key][index]}
                for key in images
                if index < len(own[key])
            },
        }
        for index, (name, (_, value)) in enumerate(zip(names, best, strict=True))
    ]
    # Every class is among the top ones of a network of so few.
    measured = others if len(transfer.classes) > TOP else {key: [] for key in others}
    success = {key: top_k_rate(found, 1) for key, found in own.items()}
    metrics = {
        "common_classes": sum(name in transfer.classes for name in names),
        "success_rate": success["fourier_views"],
        "success_rate_by_method": success,
        **compare_transfer(own, measured),
        "classes": described,
    }
    arrays = {key: of.cpu().numpy() for key, of in images.items()}
    titles = {"title": pretrained.architecture, "transfer_network": transfer.architecture}
    figures = {
        "ablation": draw_ablation(arrays, names, CLASS_METHODS, own, others, **titles),
        "classes": draw_class_images(
            arrays["fourier_views"][:SHOWN],
            names[:SHOWN],
            own["fourier_views"],
            others["fourier_views"],
            **titles,
        ),
    }
    return metrics, figures


def compare_spectra(
    units: Mapping[str, Tensor], classes: Mapping[str, Tensor], photos: Tensor
) -> Metrics:
    """Compare the spectral exponents of images (N, 3, S, S) by method with those of photos."""
    of_photos = spectral_exponents(photos, RINGS)
    of_units, of_classes = (
        compare_exponents(
            {key: spectral_exponents(images, RINGS) for key, images in methods.items()},
            of_photos,
            base="pixels",
        )
        for methods in (units, classes)
    )
    return {
        "spectrum_slope": of_classes["mean"] | {"photos": mean_with_interval(of_photos)},
        "closer_to_photos_by": of_classes["closer_to_photos_by"],
        "unit_spectrum_slope": of_units["mean"],
        "units_closer_to_photos_by": of_units["closer_to_photos_by"],
    }


def compare_bands(classes: Mapping[str, Tensor], photos: Tensor, side: int) -> Metrics:
    """Fit the exponents with and without the prior on both sides of its maximum frequency.

    Args:
        classes: images by method, (N, 3, S, S).
        photos: any number, likewise.
        side: of the prior's reduced images, whose Nyquist frequency is the limit.
    """
    limit = side / (2 * photos.shape[-1])
    prior = classes["prior"]
    pixels = classes["pixels"][: len(prior)]
    return {
        "limit": limit,
        "inside": compare_in_band(pixels, prior, photos, RINGS, (0, limit)),
        "outside": compare_in_band(pixels, prior, photos, RINGS, (limit, 1)),
    }


def with_prefix(prefix: str, found: Classification) -> Metrics:
    """Name a classification for the metrics."""
    return {
        f"{prefix}_rank": found.rank,
        f"{prefix}_probability": found.probability,
        f"{prefix}_predicted": found.predicted,
    }


def spectrum_rows(
    spectra: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> list[Metrics]:
    """List the points of all spectra for a CSV file."""
    return [
        {"frequency": frequency, "series": name, "magnitude": magnitude}
        for name, (frequencies, magnitudes) in spectra.items()
        for frequency, magnitude in zip(frequencies, magnitudes, strict=True)
    ]


if __name__ == "__main__":
    run_stage(main)
