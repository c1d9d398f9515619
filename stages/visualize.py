"""Show the filters and activations of both convolutional layers, and measure them."""

from pathlib import Path

import torch

from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.explain.activations import (
    activation_maps,
    activation_statistics,
    change_with_depth,
)
from foolproof.explain.filters import describe_energy, filters_of, name_filters
from foolproof.figures.style import save_figures
from foolproof.figures.visualize import activation_sheet, depth_chart, filter_sheet, filter_table
from foolproof.networks.inference import to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.params.visualize import Visualize
from foolproof.trained.stage import network_stage

LAYERS = ("conv1", "conv2")


def main() -> None:
    """Visualize the best MNIST network."""
    with network_stage(Visualize) as s:
        network = s.load("mnist/best", NETWORKS)
        test = s.dataset("mnist").test
        order = torch.randperm(len(test.labels), generator=new_generator(s.settings.seed))
        shown = test.take(order[: s.settings.images])
        measured = test.take(order[: s.settings.statistics_images])
        filters = {name: filters_of(network, name) for name in LAYERS}
        maps = activation_maps(network, to_pixels(shown.images), LAYERS)
        statistics = activation_statistics(
            network, to_pixels(measured.images), measured.labels, LAYERS
        )
    by_layer = {name: layer.describe() for name, layer in statistics.items()}
    write_json(
        Path("metrics/mnist/activations.json"),
        {
            "maps": by_layer,
            "change": change_with_depth(*(statistics[name] for name in LAYERS)),
            "filters": describe_energy(filters),
            "named_filters": name_filters(filters["conv1"]),
            "images": len(measured.labels),
            "weights_sha256": s.weights_sha256,
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
    save_figures(figures, Path("plots/visualize"), source=source_line("mnist"))


if __name__ == "__main__":
    run_stage(main)
