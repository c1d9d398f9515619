"""Occlude random, correctly classified images, and measure the probability of the class."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from foolproof.attacks.selection import correct_or_all
from foolproof.compute.clusters import mean_of
from foolproof.compute.seeds import new_generator
from foolproof.compute.words import percent_in_words
from foolproof.core.files import write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import Split
from foolproof.explain.ink_contrast import (
    InkContrast,
    fill_differences,
    ink_contrast,
    largest_contrast,
    summarize,
)
from foolproof.explain.occlude import class_probabilities, occlusion_maps
from foolproof.figures.occlude import ink_curves, occlusion_sheet
from foolproof.figures.style import save_figures
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.params.occlude import Occlude
from foolproof.trained.stage import network_stage

Maps = dict[str, dict[int, Tensor]]
"""Occlusion maps of some images by the patch's fill and size."""


def main() -> str:
    """Draw the occlusion maps of some images by every patch, and measure the drops on more."""
    with network_stage(Occlude) as s:
        settings, network = s.settings, s.load("mnist/best", NETWORKS)
        number = max(settings.images, settings.measured.images)
        chosen = correctly_classified(network, s.dataset("mnist").test, number, settings.seed)
        drawn = chosen.take(torch.arange(min(settings.images, len(chosen.labels))))
        measured = chosen.take(torch.arange(min(settings.measured.images, len(chosen.labels))))
        maps = maps_of(network, drawn, settings)
        stride = settings.measured.stride
        pixels = to_pixels(measured.images)
        whole = class_probabilities(network, pixels, measured.labels)
        contrasts = {
            fill: {size: ink_contrast(found, whole, pixels, stride) for size, found in each.items()}
            for fill, each in maps_of(network, measured, settings, stride=stride).items()
        }
    unoccluded = mean_of(whole)
    metrics = {
        "probability_whole": unoccluded,
        "drops": summarize(contrasts),
        "largest": largest_contrast(contrasts),
        "fill_differences": fill_differences(contrasts),
        "weights_sha256": s.weights_sha256,
    }
    write_json(Path("metrics/mnist/occlusion.json"), metrics)
    write_and_draw(drawn, maps, contrasts)
    return f"probability without a patch {percent_in_words(unoccluded, 'image')}"


def maps_of(network: nn.Module, split: Split, settings: Occlude, *, stride: int = 1) -> Maps:
    """Compute the occlusion maps of the true classes by every patch."""
    pixels, labels = to_pixels(split.images), split.labels
    return {
        fill: {
            size: occlusion_maps(
                network, pixels, labels, size=size, stride=stride, fill=level / 255
            )
            for size in settings.sizes
        }
        for fill, level in settings.fills.items()
    }


def write_and_draw(
    drawn: Split, maps: Maps, contrasts: Mapping[str, Mapping[int, InkContrast]]
) -> None:
    """Write the images and their maps, and draw both and the drops by size."""
    arrays = {
        f"{fill}_{size}": found.cpu().numpy()
        for fill, by_size in maps.items()
        for size, found in by_size.items()
    }
    of_images = {"images": drawn.images.cpu().numpy(), "labels": drawn.labels.cpu().numpy()}
    write_arrays(Path("data/occlusion/mnist.npz"), **of_images, **arrays)
    images = to_pixels(drawn.images)[:, 0].cpu().numpy()
    titles = [f"digit {label}" for label in drawn.labels.tolist()]
    shown = {
        fill: {size: arrays[f"{fill}_{size}"] for size in by_size} for fill, by_size in maps.items()
    }
    figures = {
        "maps": occlusion_sheet(images, shown, titles=titles),
        "by_size": ink_curves(summarize(contrasts)),
    }
    save_figures(figures, Path("plots/occlude"), source=source_line("mnist"))


def correctly_classified(network: nn.Module, test: Split, number: int, seed: int) -> Split:
    """Choose up to a number of random images that the network classifies correctly, if any."""
    correct = correct_or_all(test.labels, predict_logits(network, test.images).argmax(1))
    order = torch.randperm(len(test.labels), generator=new_generator(seed))
    return test.take(order[correct.cpu()[order]][:number])


if __name__ == "__main__":
    run_stage(main)
