"""Show the filters of both convolutional layers and their activations; measure the latter."""

import argparse
from pathlib import Path

import torch

from foolproof.datasets import load_dataset
from foolproof.figures.activations import activation_sheet, depth_chart
from foolproof.figures.filters import filter_sheet, filter_table
from foolproof.figures.style import save_figures
from foolproof.files import write_json
from foolproof.models.inference import to_pixels
from foolproof.models.mnist import NETWORKS
from foolproof.models.weights import load_network, unchanged_weights
from foolproof.params.analysis import Visualize
from foolproof.params.base import load_section
from foolproof.params.data import Compute
from foolproof.provenance import source_line
from foolproof.runtime import prepare_device, seeded
from foolproof.stage import run_stage
from foolproof.visualize.activations import activations, measure_maps
from foolproof.visualize.filters import energy_shares, filters_of

LAYERS = ("conv1", "conv2")


def main() -> None:
    """Look into the best network of the data set that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    dataset = parser.parse_args().dataset
    settings = load_section("visualize", Visualize)
    device = prepare_device(load_section("compute", Compute).threads)
    _, network = load_network(Path("models", dataset, "best.safetensors"), NETWORKS, device)
    test = load_dataset(Path("data", f"{dataset}.npz"), device).test
    order = torch.randperm(len(test.labels), generator=seeded(settings.seed))
    shown = test.take(order[: settings.images])
    measured = test.take(order[: settings.statistics_images])

    with unchanged_weights(network) as digest:
        filters = {name: filters_of(network, name) for name in LAYERS}
        maps = activations(network, to_pixels(shown.images), LAYERS)
        numbers = measure_maps(network, to_pixels(measured.images), measured.labels, LAYERS)
    by_layer = {name: layer._asdict() for name, layer in numbers.items()}
    write_json(
        Path("metrics", dataset, "activations.json"),
        {
            "maps": by_layer,
            "filters": {name: energy_shares(f)._asdict() for name, f in filters.items()},
            "images": len(measured.labels),
            "weights_sha256": digest,
        },
    )
    figures = {
        "filters_conv1": filter_sheet(filters["conv1"].cpu().numpy(), layer="conv1"),
        "filters_conv2": filter_table(filters["conv2"].cpu().numpy(), layer="conv2"),
        "depth": depth_chart(by_layer),
    }
    for name in LAYERS:
        figures[f"activations_{name}"] = activation_sheet(
            to_pixels(shown.images)[:, 0].cpu().numpy(),
            maps[name].cpu().numpy(),
            titles=[f"digit {label}" for label in shown.labels.tolist()],
            layer=name,
        )
    save_figures(figures, Path("plots", dataset), source=source_line(dataset))


if __name__ == "__main__":
    run_stage(main)
