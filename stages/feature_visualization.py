"""Make images that excite units and classes of a network, with and without natural-image priors."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.explain.evaluation import activations, evaluate_classes, most_exciting, share_in_top
from foolproof.explain.feature_visualization import maximize_activation, maximize_activation_fourier
from foolproof.explain.spectrum import fitted_exponent, radial_spectrum
from foolproof.explain.units import Unit, find_unit, most_informative_units
from foolproof.figures.feature_visualization import (
    draw_class_images,
    draw_spectra,
    draw_units,
)
from foolproof.figures.style import save_figures
from foolproof.networks.folding import fold_batch_norm
from foolproof.networks.weights import unchanged_weights
from foolproof.params.data import Compute
from foolproof.params.feature_visualization import FeatureVisualization
from foolproof.photos.photo import Photo, load_photos
from foolproof.pretrained.load import load_pretrained, network_pixels

ARRAYS = Path("data/feature_visualization.npz")
PLOTS = Path("plots/feature_visualization")

# Of the units that are chosen where params.yaml names none.
LAYERS, UNITS_OF_EACH = 3, 2

RINGS = 24

# A class image counts as recognized if its class is among the judge's top 5.
TOP = 5

# What the methods are called in figures; the last one works on other axes than pixels.
UNIT_METHODS = {
    "none": "no regularizer",
    "l2": "L2",
    "total_variation": "total variation",
    "all": "all, blur and jitter",
    "natural": "natural axes, random views",
}
CLASS_METHODS = {
    "none": "no prior",
    "prior": "1/frequency prior",
    "natural": "natural axes, random views",
}

Method = Callable[[Sequence[Unit]], Tensor]


def main() -> None:
    """Excite units by every method and classes by three; measure activations and spectra."""
    settings = load_section("feature_visualization", FeatureVisualization)
    device = prepare_device(load_section("compute", Compute).threads)
    pretrained, judge = (
        load_pretrained(Path("data", f"{name}.npz"), device)
        for name in (settings.network, settings.transfer_network)
    )
    photos = load_photos(Path("data/photos.npz"))
    pixels = network_pixels(pretrained, [photo.picture for photo in photos])
    units = [find_unit(pretrained, name) for name in settings.units] or most_informative_units(
        pretrained, pixels, layers=LAYERS, units=UNITS_OF_EACH
    )
    classes = [
        find_unit(pretrained, name)
        for name in choose_classes(pretrained.classes, judge.classes, photos, settings.classes)
    ]
    methods = methods_of(pretrained.network, pretrained.crop, settings, device)
    # A class is a neuron behind all batch norms; units may lie before one.
    folded = methods_of(fold_batch_norm(pretrained.network), pretrained.crop, settings, device)
    with unchanged_weights(pretrained.network) as digest:
        write_arrays(
            ARRAYS,
            **make_images("units", units, {name: methods[name] for name in UNIT_METHODS}),
            **make_images("classes", classes, {name: folded[name] for name in CLASS_METHODS}),
        )
    saved = {name: torch.from_numpy(of).to(device) for name, of in read_arrays(ARRAYS).items()}
    of_units = {method: saved[f"units_{method}"] for method in UNIT_METHODS}
    of_classes = {method: saved[f"classes_{method}"] for method in CLASS_METHODS}
    excited = {name: activations(pretrained, of, units) for name, of in of_units.items()}
    best = most_exciting(pretrained, pixels, units)
    recognized = {
        name: evaluate_classes(pretrained, judge, of, classes) for name, of in of_classes.items()
    }
    spectra = {
        name: radial_spectrum(of, RINGS) for name, of in (of_classes | {"photos": pixels}).items()
    }
    slopes = {name: fitted_exponent(*spectrum) for name, spectrum in spectra.items()}
    success = {name: share_in_top(found, "own", 1) for name, found in recognized.items()}
    transfer = {name: share_in_top(found, "judge", TOP) for name, found in recognized.items()}
    if len(judge.classes) <= TOP:  # every class is among them
        transfer = dict.fromkeys(transfer)
    write_json(
        Path("metrics/neurons/feature_visualization.json"),
        {
            "network": settings.network,
            "architecture": pretrained.architecture,
            "transfer_network": judge.architecture,
            "transfer_network_classes": len(judge.classes),
            "common_classes": sum(unit.name in judge.classes for unit in classes),
            "photos": len(photos),
            "success_rate": success["natural"],
            "transfer_top5": transfer["natural"],
            "transfer_top5_by_method": transfer,
            "success_rate_by_method": success,
            "spectrum_slope": slopes,
            "units": describe_units(units, photos, best, excited),
            "classes": describe_classes(
                classes,
                most_exciting(pretrained, pixels, classes),
                {name: activations(pretrained, of, classes) for name, of in of_classes.items()},
                recognized,
            ),
            "weights_sha256": digest,
        },
    )
    write_csv(Path("plots/feature_visualization_spectra.csv"), spectrum_rows(spectra))
    figures = {
        "units": draw_units(
            [unit.name for unit in units],
            [(photos[row].name, pixels[row].cpu().numpy(), value) for row, value in best],
            {
                name: (of_units[method].cpu().numpy(), excited[method])
                for method, name in UNIT_METHODS.items()
            },
            title=pretrained.architecture,
        ),
        "spectra": draw_spectra(
            spectra, slopes, {**CLASS_METHODS, "photos": "photos"}, title=pretrained.architecture
        ),
    } | {
        f"classes_{method}": draw_class_images(
            of_classes[method].cpu().numpy(),
            recognized[method],
            title=f"{pretrained.architecture}: class images, {name}",
            judge=judge.architecture,
        )
        for method, name in CLASS_METHODS.items()
    }
    save_figures(figures, PLOTS, source=source_line("photos", settings.network))


def choose_classes(
    classes: Sequence[str], judged: Sequence[str], photos: Sequence[Photo], number: int
) -> list[str]:
    """Choose classes of the network, those that the judge has as well first.

    Of these and of the others, classes of photos come first, then classes evenly from the list.

    Args:
        classes: of the network that makes the images.
        judged: of the judge.
        photos: whose labels may be among the classes.
        number: of classes; fewer where there are fewer.
    """
    labels = {photo.label: None for photo in photos}
    judge_has = set(judged)
    common = [name for name in classes if name in judge_has]
    other = [name for name in classes if name not in judge_has]
    candidates: list[str] = []
    for group in (common, other):
        spread = np.linspace(0, max(len(group) - 1, 0), 3 * number).astype(int)
        candidates += [name for name in labels if name in group]
        candidates += [group[index] for index in spread if group]
    return list(dict.fromkeys(candidates))[:number]


def methods_of(
    network: nn.Module, side: int, settings: FeatureVisualization, device: torch.device
) -> dict[str, Method]:
    """Make a function from units to their images (N, 3, side, side) for each method."""
    strengths = settings.regularizers.model_dump()
    on_pixels = partial(
        maximize_activation,
        network,
        side=side,
        steps=settings.steps,
        step_size=settings.step_size,
        desired=settings.desired,
        device=device,
    )
    prior = {"spectrum": settings.prior.weight, "spectrum_side": settings.prior.side}
    options: dict[str, dict[str, Any]] = {
        "none": {},
        "l2": {"l2": strengths["l2"]},
        "total_variation": {"total_variation": strengths["total_variation"]},
        "all": strengths,
        "prior": prior,
    }
    natural = settings.natural.model_dump()

    def by_pixels(units: Sequence[Unit], how: Mapping[str, Any]) -> Tensor:
        return on_pixels(units, generator=new_generator(settings.seed), **how)

    def by_natural(units: Sequence[Unit]) -> Tensor:
        return maximize_activation_fourier(
            network,
            units,
            side,
            generator=new_generator(settings.seed),
            device=device,
            **natural,
        )

    return {name: partial(by_pixels, how=how) for name, how in options.items()} | {
        "natural": by_natural
    }


def make_images(
    what: str, units: Sequence[Unit], methods: Mapping[str, Method]
) -> dict[str, NDArray[Any]]:
    """Make the images of all units by each method, (N, 3, S, S), as `<what>_<method>`."""
    images = {}
    for name, method in methods.items():
        start = time.perf_counter()
        images[f"{what}_{name}"] = method(units).cpu().numpy()
        logging.info("%s, %s: %.1f s", what, name, time.perf_counter() - start)
    return images


def describe_units(
    units: Sequence[Unit],
    photos: Sequence[Photo],
    best: Sequence[tuple[int, float]],
    excited: Mapping[str, Sequence[float]],
) -> list[dict[str, Any]]:
    """Tell for each unit its activation at the most exciting photo and at the image by method."""
    return [
        {
            "unit": unit.name,
            "photo": photos[row].name,
            "photo_activation": value,
            "activations": {method: of_method[index] for method, of_method in excited.items()},
        }
        for index, (unit, (row, value)) in enumerate(zip(units, best, strict=True))
    ]


def describe_classes(
    classes: Sequence[Unit],
    best: Sequence[tuple[int, float]],
    excited: Mapping[str, Sequence[float]],
    recognized: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[dict[str, Any]]:
    """Tell for each class, by method, what both networks think of its image."""
    return [
        {
            "class": unit.name,
            "photo_activation": value,
            "methods": {
                method: {**found[index], "activation": excited[method][index]}
                for method, found in recognized.items()
            },
        }
        for index, (unit, (_, value)) in enumerate(zip(classes, best, strict=True))
    ]


def spectrum_rows(
    spectra: Mapping[str, tuple[NDArray[Any], NDArray[Any]]],
) -> list[dict[str, Any]]:
    """List the points of all spectra for a CSV file."""
    return [
        {"frequency": frequency, "series": name, "magnitude": magnitude}
        for name, (frequencies, magnitudes) in spectra.items()
        for frequency, magnitude in zip(frequencies, magnitudes, strict=True)
    ]


if __name__ == "__main__":
    run_stage(main)
