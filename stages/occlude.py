"""Cover parts of random, correctly classified images and watch the probability of the class."""

from pathlib import Path

import torch

from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import load_dataset
from foolproof.explain.occlusion import (
    InkContrast,
    class_probabilities,
    ink_contrast,
    occlusion_maps,
)
from foolproof.figures.occlude import ink_curves, occlusion_sheet
from foolproof.figures.style import save_figures
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import load_network, unchanged_weights
from foolproof.params.data import Compute
from foolproof.params.occlude import Occlude


def main() -> None:
    """Occlude images, for its best network."""
    settings = load_section("occlude", Occlude)
    device = prepare_device(load_section("compute", Compute).threads)
    _, network = load_network(Path("models/mnist/best.safetensors"), NETWORKS, device)
    test = load_dataset(Path("data/mnist.npz"), device).test
    right = predict_logits(network, test.images).argmax(1) == test.labels
    order = torch.randperm(len(test.labels), generator=new_generator(settings.seed))
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
        Path("metrics/mnist/occlusion.json"),
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
        Path("data/occlusion/mnist.npz"),
        images=chosen.images.cpu().numpy(),
        labels=chosen.labels.cpu().numpy(),
        **{f"{name}_{size}": found.cpu().numpy() for (name, size), found in maps.items()},
    )
    figures = {
        name: occlusion_sheet(
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
    figures["by_size"] = ink_curves(settings.sizes, drops)
    save_figures(figures, Path("plots/occlude"), source=source_line("mnist"))


def drops_of(contrast: InkContrast) -> dict[str, float]:
    """Name for the metrics how far patches lower the probability."""
    return {
        "on_ink": contrast.drop_on_ink,
        "on_background": contrast.drop_on_background,
        "difference": contrast.difference,
    }


if __name__ == "__main__":
    run_stage(main)
