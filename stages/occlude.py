"""Occlude random, correctly classified images, and measure the probability of the class."""

from pathlib import Path

import torch
from torch import nn

from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import Split
from foolproof.explain.occlude import (
    InkContrast,
    class_probabilities,
    ink_contrast,
    occlusion_maps,
)
from foolproof.figures.occlude import ink_curves, occlusion_sheet
from foolproof.figures.style import save_figures
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.params.occlude import Occlude
from foolproof.trained.stage import network_stage


def main() -> None:
    """Compute the occlusion maps of the best MNIST network by every patch."""
    with network_stage(Occlude) as s:
        fills, sizes = s.settings.fills, s.settings.sizes
        network = s.load("mnist/best", NETWORKS)
        chosen = correctly_classified(network, s.dataset("mnist").test, s.settings)
        pixels = to_pixels(chosen.images)
        whole = class_probabilities(network, pixels, chosen.labels)
        maps = {
            fill: {
                size: occlusion_maps(network, pixels, chosen.labels, size=size, fill=level / 255)
                for size in sizes
            }
            for fill, level in fills.items()
        }
    contrasts = {
        fill: {size: ink_contrast(found, whole, pixels) for size, found in by_size.items()}
        for fill, by_size in maps.items()
    }
    metrics = {
        "mean_probability_whole": whole.double().mean().item(),
        "weights_sha256": s.weights_sha256,
        "drops": {
            fill: {str(size): drops_of(contrast) for size, contrast in by_size.items()}
            for fill, by_size in contrasts.items()
        },
    }
    write_json(Path("metrics/mnist/occlusion.json"), metrics)
    arrays = {f"{fill}_{size}": maps[fill][size].cpu().numpy() for fill in fills for size in sizes}
    of_images = {"images": chosen.images.cpu().numpy(), "labels": chosen.labels.cpu().numpy()}
    write_arrays(Path("data/occlusion/mnist.npz"), **of_images, **arrays)
    images, titles = pixels[:, 0].cpu().numpy(), [f"digit {n}" for n in chosen.labels.tolist()]
    figures = {"by_size": ink_curves(sizes, contrasts)}
    for fill in fills:
        by_size = {size: arrays[f"{fill}_{size}"] for size in sizes}
        figures[fill] = occlusion_sheet(images, by_size, titles=titles, patch=fill)
    save_figures(figures, Path("plots/occlude"), source=source_line("mnist"))


def correctly_classified(network: nn.Module, test: Split, settings: Occlude) -> Split:
    """Choose random images that the network classifies correctly."""
    correct = predict_logits(network, test.images).argmax(1) == test.labels
    order = torch.randperm(len(test.labels), generator=new_generator(settings.seed))
    return test.take(order[correct.cpu()[order]][: settings.images])


def drops_of(contrast: InkContrast) -> dict[str, float]:
    """Name the mean drops of the probability for the metrics."""
    return {
        "on_ink": contrast.drop_on_ink,
        "on_background": contrast.drop_on_background,
        "difference": contrast.difference,
    }


if __name__ == "__main__":
    run_stage(main)
