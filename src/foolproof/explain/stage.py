"""What the stages `explain` share: maps of the shown images, scores on the scored ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.classifiers.classifier import Classifier
from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.seeds import new_generator
from foolproof.explain.comparison import Comparison, compare, explanation_maps
from foolproof.explain.gradients import completeness_error
from foolproof.params.explain import ExplainPhotos

Images = tuple[Tensor, Tensor]
"""Pixels (N, C, H, W), and the class of each that is explained, (N,)."""


@dataclass(frozen=True, eq=False)
class Explained:
    """Maps of the shown images, and scores on the scored ones."""

    maps: Mapping[str, NDArray[np.floating]]
    """(N, H, W) by method, of the shown images."""

    comparison: Comparison
    completeness: Tensor
    """Absolute error of integrated gradients on each scored image, in logits, (N,)."""

    logit_difference: Tensor
    """Absolute difference that these maps should sum to, (N,)."""

    controls: tuple[str, ...]

    def describe(self) -> dict[str, Any]:
        """Summarize the scores for the metrics."""
        return {
            "images": len(self.completeness),
            "scores": self.comparison.describe(self.controls),
            "best": self.comparison.best(self.controls),
            "controls": list(self.controls),
            "completeness_error": mean_with_interval(self.completeness.double().tolist()),
            "logit_difference": mean_with_interval(self.logit_difference.double().tolist()),
        }


def explain_images(
    model: Classifier,
    shown: Images,
    scored: Images,
    settings: ExplainPhotos,
    controls: Mapping[str, Tensor] | None = None,
) -> Explained:
    """Compute maps of all methods, and compare them with controls.

    Args:
        model: the classifier.
        shown: images of the figure.
        scored: images of the scores.
        settings: of the stage.
        controls: maps (N, H, W) of the scored images by name, besides random ones.
    """
    options = options_of(settings)
    scores, baselines = settings.scores, settings.scores.baselines
    generator = new_generator(settings.seed)
    random = torch.rand(scores.random_maps, *scored[0][:, 0].shape, generator=generator)
    all_controls = {
        "random": list(random.to(model.device)),
        **{name: [each] for name, each in (controls or {}).items()},
    }
    maps = explanation_maps(model, *scored, options)
    integrated = maps["integrated_gradients"]
    return Explained(
        maps={
            name: each.cpu().numpy()
            for name, each in explanation_maps(model, *shown, options).items()
        },
        comparison=compare(
            model,
            *scored,
            {name: [each] for name, each in maps.items()} | all_controls,
            steps=scores.steps,
            tile=scores.tile,
            baselines={"deletion": baselines.deletion, "insertion": baselines.insertion},
        ),
        logit_difference=completeness_error(model, *scored, torch.zeros_like(integrated)).abs(),
        completeness=completeness_error(model, *scored, integrated).abs(),
        controls=tuple(all_controls),
    )


def options_of(settings: ExplainPhotos) -> dict[str, dict[str, Any]]:
    """Give the methods' keyword arguments, by name."""
    methods = settings.methods
    patch = methods.occlusion
    return {
        "smoothgrad": methods.smoothgrad.model_dump() | {"seed": settings.seed},
        "integrated_gradients": {
            "steps": methods.integrated_gradients.steps,
            "method": methods.integrated_gradients.rule,
        },
        # No key of params.yaml is `size`.
        "occlusion": {"size": patch.side, "stride": patch.stride, "fill": patch.fill},
    }
