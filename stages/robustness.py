"""Manipulate originals, photos of plain PGD, and photos of PGD under EOT; classify them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.attacks.manipulations import (
    Manipulation,
    crop,
    desaturate,
    graded,
    manipulate,
    mirror,
    rotate,
    unchanged,
)
from foolproof.attacks.perturbation import LEVEL, linf_violation
from foolproof.attacks.robustness import (
    KINDS,
    AttackedPhotos,
    ByKind,
    describe_photos,
    measure_kinds,
    predict_manipulated,
)
from foolproof.compute.progress import progress_of
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.figures.predicted_image import predicted_images
from foolproof.figures.robustness import draw_manipulations, draw_strengths, strength_rows
from foolproof.figures.style import save_figures
from foolproof.params.robustness import Robustness
from foolproof.pretrained.stage import PhotoStage, photo_stage

Arrays = Mapping[str, NDArray[Any]]
Curves = dict[str, dict[float, dict[str, Any]]]
"""Measures by manipulation and strength, see `measure_kinds`."""

BUDGET = ("epsilon", "gradients", "steps")
"""What `attack_eot` writes of each kind of attack."""


def main() -> str:
    """Measure and draw the photos of `attack_eot` under manipulations."""
    arrays = read_arrays(Path("data/attacks/eot.npz"))
    budgets = {
        name: {kind: arrays[f"{name}_{kind}"].item() for kind in KINDS if kind != "clean"}
        for name in BUDGET
    }
    with photo_stage(Robustness) as s:
        photos = AttackedPhotos(
            {kind: torch.from_numpy(arrays[kind]).to(s.device) for kind in KINDS},
            *(torch.from_numpy(arrays[each]).to(s.device) for each in ("labels", "targets")),
        )
        probabilities = {
            name: predict_manipulated(s.pretrained, photos.images, manipulation)
            for name, manipulation in manipulations(s.settings).items()
        }
        curves = measure_strengths(s, photos, probabilities["none"])
    measured = measure_all(photos, probabilities)
    write_json(
        Path("metrics/attacks/robustness.json"),
        {
            "network": s.name,
            "architecture": s.pretrained.architecture,
            "photos_by": arrays["photos_by"].item(),
            **budgets,
            "shown_strengths": {"crop": s.settings.crop, "rotation": s.settings.rotation},
            "max_violation": violations(photos.images, budgets["epsilon"]),
            **measured,
            "eot_over_plain_by_strength": differences(curves),
            "photos": describe_photos(
                arrays, probabilities, s.pretrained.classes, len(arrays["requests"])
            ),
            "weights_sha256": s.weights_sha256,
        },
    )
    series = names_of_kinds(arrays, budgets)
    write_csv(Path("plots/robustness_strength.csv"), strength_rows(curves, series))
    figures = draw_kinds(s, arrays, photos.images, probabilities, series)
    figures["strength"] = draw_strengths(curves, series)
    save_figures(figures, Path("plots/robustness"), source=source_line("photos", s.name))
    rotated = measured["rotation"]["eot"]["top1_rate"]
    return f"PGD-EOT after rotation: {rate_in_words(rotated)}"


def violations(images: ByKind, epsilons: Mapping[str, float]) -> dict[str, float]:
    """Compute the max violation of the constraint, by kind; epsilons are in units of 1/255."""
    return {
        kind: linf_violation(images[kind], images["clean"], epsilon * LEVEL)
        for kind, epsilon in epsilons.items()
    }


def measure_all(photos: AttackedPhotos, probabilities: Mapping[str, ByKind]) -> dict[str, Any]:
    """Measure each manipulation of the figure."""
    return {
        name: measure_kinds(photos, probabilities["none"], found)
        for name, found in probabilities.items()
    }


def differences(curves: Curves) -> dict[str, dict[str, Any]]:
    """Select the comparisons of PGD-EOT with plain PGD, by manipulation and strength."""
    return {
        name: {f"{strength:g}": point["eot_over_plain"] for strength, point in points.items()}
        for name, points in curves.items()
    }


def manipulations(settings: Robustness) -> dict[str, Manipulation]:
    """List the manipulations of the figure."""
    return {
        "none": unchanged,
        "mirror": mirror,
        "crop": partial(crop, share=settings.crop),
        "rotation": partial(rotate, degrees=settings.rotation),
        "grey": desaturate,
    }


def names_of_manipulations(settings: Robustness) -> dict[str, str]:
    """List their names in the figure."""
    return {
        "none": "unchanged",
        "mirror": "mirrored",
        "crop": f"cropped to {settings.crop:.0%}",
        "rotation": f"rotated by {settings.rotation:g}°",
        "grey": "grey",
    }


def names_of_kinds(arrays: Arrays, budgets: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """List the names of the kinds in figures."""
    methods = {"plain": "PGD", "plain_large": "PGD", "eot": "PGD with EOT"}
    epsilons, gradients = budgets["epsilon"], budgets["gradients"]
    return {"clean": f"original (its {origin_of(arrays)} class)"} | {
        kind: f"{method}, ε = {epsilons[kind]:g}/255, {gradients[kind]} gradients"
        for kind, method in methods.items()
    }


def origin_of(arrays: Arrays) -> str:
    """Name the classes that the attacks start from: `true` or `predicted`."""
    return {"label": "true", "prediction": "predicted"}[arrays["photos_by"].item()]


def measure_strengths(
    s: PhotoStage[Robustness], photos: AttackedPhotos, unmanipulated: ByKind
) -> Curves:
    """Measure each graded manipulation at its strengths in params.yaml."""
    curves: Curves = {}
    with progress_of(
        "manipulated photos", sum(map(len, s.settings.strengths.model_dump().values()))
    ) as shown:
        for name, of_strength in graded(s.settings.seed).items():
            curves[name] = {}
            for strength in getattr(s.settings.strengths, name):
                after = predict_manipulated(s.pretrained, photos.images, of_strength(strength))
                curves[name][strength] = measure_kinds(photos, unmanipulated, after)
                shown.advance(1)
    return curves


def draw_kinds(
    s: PhotoStage[Robustness],
    arrays: Arrays,
    images: ByKind,
    probabilities: Mapping[str, ByKind],
    series: Mapping[str, str],
) -> dict[str, Figure]:
    """Draw the examples of each kind under the manipulations."""
    classes, names = s.pretrained.classes, names_of_manipulations(s.settings)
    count = len(arrays["requests"])
    labels, targets = ([classes[i] for i in arrays[each][:count]] for each in ("labels", "targets"))
    return {
        f"manipulations_{kind}": draw_manipulations(
            {
                names[name]: predicted_images(
                    manipulate(images[kind][:count], manipulation).cpu().numpy(),
                    probabilities[name][kind][:count].cpu().numpy(),
                    classes,
                )
                for name, manipulation in manipulations(s.settings).items()
            },
            labels,
            None if kind == "clean" else targets,
            title=f"{s.pretrained.architecture}: {series[kind]}",
            origin=origin_of(arrays),
        )
        for kind in KINDS
    }


if __name__ == "__main__":
    run_stage(main)
