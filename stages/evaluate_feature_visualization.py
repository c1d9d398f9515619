"""Evaluate feature visualization: activations, transfer to a second network, spectra."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.explain.evaluation import (
    Classification,
    classify_images,
    maximally_activating,
    top_k_rate,
    unit_activations,
)
from foolproof.explain.spectrum import fitted_exponent, radial_spectrum
from foolproof.explain.units import Unit, find_unit
from foolproof.figures.evaluate_feature_visualization import (
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

# A class image transfers if its class is among the top 5 of the transfer network.
TOP = 5

# Names of the methods in figures.
UNIT_METHODS = {
    "none": "no regularizer",
    "l2": "L2",
    "total_variation": "total variation",
    "all": "all, blur and jitter",
    "fourier": "Fourier parametrization, random views",
}
CLASS_METHODS = {
    "none": "no prior",
    "prior": "1/frequency prior",
    "fourier": "Fourier parametrization, random views",
}

Metrics = dict[str, Any]


def main() -> None:
    """Evaluate the images of units, the images of classes, and the spectra of the latter."""
    with network_stage(FeatureVisualization) as s:
        pretrained, transfer = (
            load_pretrained(Path("data", f"{name}.npz"), s.device)
            for name in (s.settings.network, s.settings.transfer_network)
        )
        s.watch(pretrained.network)
        photos = load_photos(Path("data/photos.npz"))
        pixels = network_pixels(pretrained, [photo.picture for photo in photos])
        units, of_units = read_images("units", UNIT_METHODS, pretrained, s.device)
        classes, of_classes = read_images("classes", CLASS_METHODS, pretrained, s.device)
        unit_metrics, unit_figure = evaluate_units(pretrained, units, of_units, photos, pixels)
        class_metrics, class_figures = evaluate_classes(
            pretrained, transfer, classes, of_classes, pixels
        )
    spectra = {name: radial_spectrum(of, RINGS) for name, of in of_classes.items()}
    spectra["photos"] = radial_spectrum(pixels, RINGS)
    slopes = {name: fitted_exponent(*spectrum) for name, spectrum in spectra.items()}
    metrics = {
        "network": s.settings.network,
        "architecture": pretrained.architecture,
        "transfer_network": transfer.architecture,
        "transfer_network_classes": len(transfer.classes),
        "photos": len(photos),
        "spectrum_slope": slopes,
        "units": unit_metrics,
        **class_metrics,
        "weights_sha256": s.weights_sha256,
    }
    write_json(Path("metrics/neurons/feature_visualization.json"), metrics)
    write_csv(PLOTS.with_name(f"{PLOTS.name}_spectra.csv"), spectrum_rows(spectra))
    names = CLASS_METHODS | {"photos": "photos"}
    figure = draw_spectra(spectra, slopes, names, title=pretrained.architecture)
    figures = {"units": unit_figure, "spectra": figure, **class_figures}
    save_figures(figures, PLOTS, source=source_line("photos", s.settings.network))


def read_images(
    kind: str, methods: Iterable[str], pretrained: Pretrained, device: torch.device
) -> tuple[list[Unit], dict[str, Tensor]]:
    """Read units or classes, and their images (N, 3, S, S) by method.

    Args:
        kind: `units` or `classes`.
        methods: keys.
        pretrained: the network.
        device: of the images.
    """
    arrays = read_arrays(Path("data/feature_visualization.npz"))
    images = {key: torch.from_numpy(arrays[f"{kind}_{key}"]).to(device) for key in methods}
    return [find_unit(pretrained, str(name)) for name in arrays[kind]], images


def evaluate_units(
    pretrained: Pretrained,
    units: Sequence[Unit],
    images: Mapping[str, Tensor],
    photos: Sequence[Photo],
    pixels: Tensor,
) -> tuple[list[Metrics], Figure]:
    """Compare the activations of units by each method with those by photos.

    Args:
        pretrained: the network.
        units: of the network, (N,).
        images: of the units by method, (N, 3, S, S).
        photos: any number.
        pixels: of the photos, (photos, 3, S, S).
    """
    activations = {key: unit_activations(pretrained, of, units) for key, of in images.items()}
    best = maximally_activating(pretrained, pixels, units)
    metrics = [
        {
            "unit": unit.name,
            "photo": photos[photo].name,
            "photo_activation": value,
            "activations": {key: of_method[index] for key, of_method in activations.items()},
        }
        for index, (unit, (photo, value)) in enumerate(zip(units, best, strict=True))
    ]
    figure = draw_units(
        [unit.name for unit in units],
        [(photos[photo].name, pixels[photo].cpu().numpy(), value) for photo, value in best],
        {name: (images[key].cpu().numpy(), activations[key]) for key, name in UNIT_METHODS.items()},
        title=pretrained.architecture,
    )
    return metrics, figure


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
        {key: classify_images(network, of, names) for key, of in images.items()}
        for network in (pretrained, transfer)
    )
    success = {key: top_k_rate(found, 1) for key, found in own.items()}
    rates = {key: top_k_rate(found, TOP) for key, found in others.items()}
    if len(transfer.classes) <= TOP:
        rates = dict.fromkeys(rates)  # every class is among them
    activations = {key: unit_activations(pretrained, of, classes) for key, of in images.items()}
    by_class = [
        {
            key: {
                **with_prefix("own", own[key][index]),
                **with_prefix("transfer_network", others[key][index]),
                "activation": activations[key][index],
            }
            for key in images
        }
        for index in range(len(classes))
    ]
    best = maximally_activating(pretrained, pixels, classes)
    described = [
        {"class": name, "photo_activation": value, "methods": methods}
        for name, (_, value), methods in zip(names, best, by_class, strict=True)
    ]
    metrics = {
        "common_classes": sum(name in transfer.classes for name in names),
        "success_rate": success["fourier"],
        "success_rate_by_method": success,
        "transfer_top5": rates["fourier"],
        "transfer_top5_by_method": rates,
        "classes": described,
    }
    figures = {
        f"classes_{key}": draw_class_images(
            images[key].cpu().numpy(),
            names,
            own[key],
            others[key],
            title=f"{pretrained.architecture}: class images, {method}",
            transfer_network=transfer.architecture,
        )
        for key, method in CLASS_METHODS.items()
    }
    return metrics, figures


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
