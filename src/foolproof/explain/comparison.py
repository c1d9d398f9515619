"""Explanation methods side by side: their maps, and deletion and insertion scores of these."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.classifiers.classifier import Classifier
from foolproof.compute.intervals import Interval, mean_with_interval
from foolproof.compute.paired import paired_difference
from foolproof.compute.progress import progress_of
from foolproof.explain.grad_cam import gradcam
from foolproof.explain.gradients import integrated_gradients, saliency, smoothgrad
from foolproof.explain.occlude import occlusion
from foolproof.explain.scores import Baseline, ProbabilityCurves, deletion_curve, insertion_curve

METHODS: Mapping[str, Callable[..., Tensor]] = {
    "saliency": saliency,
    "smoothgrad": smoothgrad,
    "integrated_gradients": integrated_gradients,
    "gradcam": gradcam,
    "occlusion": occlusion,
}

Kind = Literal["deletion", "insertion"]
"""Most important pixels are deleted first, or inserted first into an empty image."""


CURVES: Mapping[Kind, Callable[..., ProbabilityCurves]] = {
    "deletion": deletion_curve,
    "insertion": insertion_curve,
}


def explanation_maps(
    model: Classifier, images: Tensor, target: Tensor, options: Mapping[str, Mapping[str, Any]]
) -> dict[str, Tensor]:
    """Compute the maps (N, H, W) of all methods, by the names of `METHODS`.

    Args:
        model: the classifier.
        images: pixels (N, C, H, W).
        target: class that is explained, (N,).
        options: keyword arguments of methods, by name.
    """
    maps = {}
    with progress_of("explanation maps", len(METHODS)) as shown:
        for name, method in METHODS.items():
            maps[name] = method(model, images, target, **options.get(name, {}))
            shown.advance(1)
    return maps


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scores of methods and controls on the same N images."""

    scores: Mapping[Kind, Mapping[str, Tensor]]
    """Area under each curve, (N,) in [0, 1], by method."""

    curves: Mapping[Kind, Mapping[str, NDArray[np.floating]]]
    """Mean probability of the class along the steps, (T + 1,), by method."""

    def describe(self, controls: tuple[str, ...]) -> dict[str, Any]:
        """Summarize each method for the metrics: means, and paired gains over the controls.

        A gain is positive where the method is better: its deletion score lower, its insertion
        score higher than the control's on the same image.
        """
        return {
            name: {kind: _interval(of_kind[name]) for kind, of_kind in self.scores.items()}
            | {
                "gain_over": {
                    control: {kind: self._gain(kind, name, control) for kind in self.scores}
                    for control in controls
                    if control != name
                }
            }
            for name in self.scores["deletion"]
        }

    def best(self, controls: tuple[str, ...]) -> dict[Kind, dict[str, Any]]:
        """Name the method with the best mean score of each kind, and its paired gains on others.

        Args:
            controls: that do not compete.
        """
        found: dict[Kind, dict[str, Any]] = {}
        for kind, scores in self.scores.items():
            sign = -1 if kind == "deletion" else 1
            means = {name: sign * each.double().mean().item() for name, each in scores.items()}
            methods = [name for name in scores if name not in controls]
            best = max(methods, key=means.__getitem__)
            gains = {name: self._gain(kind, best, name) for name in methods if name != best}
            found[kind] = {"method": best, "gain_over": gains}
        return found

    def _gain(self, kind: Kind, name: str, control: str) -> Interval:
        pair = (control, name) if kind == "deletion" else (name, control)
        return paired_difference(*(self.scores[kind][each].tolist() for each in pair))

    def rows(self, titles: Mapping[str, str]) -> list[dict[str, Any]]:
        """List the mean curves for a CSV file, with the title of each method as `series`."""
        return [
            {"series": titles[name], "share": step / (len(deletion) - 1)}
            | {kind: self.curves[kind][name][step].item() for kind in self.curves}
            for name, deletion in self.curves["deletion"].items()
            for step in range(len(deletion))
        ]


def compare(
    model: Classifier,
    images: Tensor,
    target: Tensor,
    maps: Mapping[str, Sequence[Tensor]],
    *,
    steps: int,
    tile: int = 1,
    baselines: Mapping[Kind, Baseline],
) -> Comparison:
    """Compute deletion and insertion scores of maps.

    Args:
        model: the classifier.
        images: pixels (N, C, H, W).
        target: class whose probability is measured, (N,).
        maps: of each method or control one or more (N, H, W), over which the curves are averaged.
        steps: of each curve.
        tile: side of what is deleted or inserted at once, in pixels.
        baselines: what deleted pixels become, and what pixels are before they are inserted.
    """
    options: dict[str, Any] = {"steps": steps, "tile": tile}
    found: dict[Kind, dict[str, ProbabilityCurves]] = {}
    with progress_of("deletion and insertion curves", len(CURVES) * len(maps)) as shown:
        for kind, curve in CURVES.items():
            options["baseline"] = baselines[kind]
            found[kind] = {}
            for name, of_name in maps.items():
                found[kind][name] = _mean(
                    curve(model, images, target, each, **options) for each in of_name
                )
                shown.advance(1)
    return Comparison(
        scores={kind: {name: each.area for name, each in of.items()} for kind, of in found.items()},
        curves={
            kind: {name: each.probabilities.mean(0).cpu().numpy() for name, each in of.items()}
            for kind, of in found.items()
        },
    )


def _mean(curves: Iterable[ProbabilityCurves]) -> ProbabilityCurves:
    """Average the probabilities of curves at the same shares."""
    shares, probabilities = zip(*curves, strict=True)
    return ProbabilityCurves(shares[0], torch.stack(probabilities).mean(0))


def _interval(values: Tensor) -> Interval:
    return mean_with_interval(values.double().tolist())
