"""Cover parts of random, correctly classified images and watch the probability of the class."""

import argparse
from pathlib import Path

import torch

from foolproof.datasets import load_dataset
from foolproof.figures.occlusion import ink_curves, occlusion_sheet
from foolproof.figures.style import save_figures
from foolproof.files import write_arrays, write_json
from foolproof.models.inference import predict_logits, to_pixels
from foolproof.models.mnist import NETWORKS
from foolproof.models.weights import load_network, unchanged_weights
from foolproof.params.analysis import Occlude
from foolproof.params.base import load_section
from foolproof.params.data import Compute
from foolproof.provenance import source_line
from foolproof.runtime import prepare_device, seeded
from foolproof.stage import run_stage
from foolproof.visualize.occlusion import (
    InkContrast,
    class_probabilities,
    ink_contrast,
    occlusion_maps,
)


def main() -> None:
    """Occlude images of the data set that the command line names, for its best network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    dataset = parser.parse_args().dataset
    settings = load_section("occlude", Occlude)
    device = prepare_device(load_section("compute", Compute).threads)
    _, network = load_network(Path("models", dataset, "best.safetensors"), NETWORKS, device)
    test = load_dataset(Path("data", f"{dataset}.npz"), device).test
    right = predict_logits(network, test.images).argmax(1) == test.labels
    order = torch.randperm(len(test.labels), generator=seeded(settings.seed))
    chosen = test.take(order[right.cpu()[order]][: settings.images])
    pixels = to_pixels(chosen.images)

    with unchanged_weights(network) as digest:
        whole = class_probabilities(network, pixels, chosen.labels)
        maps = {
            (name, size): occlusion_maps(
                network, pixels, chosen.labels, size=size, fill=grey_level / 255
            )
            for name, grey_level in settings.fills.items()
            for size in settings.sizes
        }
    contrasts = {key: ink_contrast(found, whole, pixels) for key, found in maps.items()}
    write_json(
        Path("metrics", dataset, "occlusion.json"),
        {
            "mean_probability_whole": whole.double().mean().item(),
            "weights_sha256": digest,
            "drops": {
                name: {str(size): drops_of(contrasts[name, size]) for size in settings.sizes}
                for name in settings.fills
            },
        },
    )
    write_arrays(
        Path("data", "occlusion", f"{dataset}.npz"),
        images=chosen.images.cpu().numpy(),
        labels=chosen.labels.cpu().numpy(),
        **{f"{name}_{size}": found.cpu().numpy() for (name, size), found in maps.items()},
    )
    figures = {
        f"occlusion_{name}": occlusion_sheet(
            pixels[:, 0].cpu().numpy(),
            {size: maps[name, size].cpu().numpy() for size in settings.sizes},
            titles=[f"digit {label}" for label in chosen.labels.tolist()],
            patch=name,
        )
        for name in settings.fills
    }
    drops = {
        name: {
            "ink": [contrasts[name, size].drop_on_ink for size in settings.sizes],
            "background": [contrasts[name, size].drop_on_background for size in settings.sizes],
        }
        for name in settings.fills
    }
    figures["occlusion_by_size"] = ink_curves(settings.sizes, drops)
    save_figures(figures, Path("plots", dataset), source=source_line(dataset))


def drops_of(contrast: InkContrast) -> dict[str, float]:
    """Name for the metrics how far patches lower the probability."""
    return {
        "on_ink": contrast.drop_on_ink,
        "on_background": contrast.drop_on_background,
        "difference": contrast.difference,
    }


if __name__ == "__main__":
    run_stage(main)
