"""Show the filters of both convolutional layers and their activations; measure the latter."""

from pathlib import Path

import torch

from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.datasets import load_dataset
from foolproof.explain.activations import activations, measure_maps
from foolproof.explain.filters import energy_shares, filters_of
from foolproof.figures.filters import filter_sheet, filter_table
from foolproof.figures.style import save_figures
from foolproof.figures.visualize import activation_sheet, depth_chart
from foolproof.networks.inference import to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import load_network, unchanged_weights
from foolproof.params.data import Compute
from foolproof.params.visualize import Visualize

LAYERS = ("conv1", "conv2")


def main() -> None:
    """Look into the best network."""
    settings = load_section("visualize", Visualize)
    device = prepare_device(load_section("compute", Compute).threads)
    _, network = load_network(Path("models/mnist/best.safetensors"), NETWORKS, device)
    test = load_dataset(Path("data/mnist.npz"), device).test
    order = torch.randperm(len(test.labels), generator=new_generator(settings.seed))
    shown = test.take(order[: settings.images])
    measured = test.take(order[: settings.statistics_images])

    with unchanged_weights(network) as digest:
        filters = {name: filters_of(network, name) for name in LAYERS}
        maps = activations(network, to_pixels(shown.images), LAYERS)
        numbers = measure_maps(network, to_pixels(measured.images), measured.labels, LAYERS)
    by_layer = {name: layer._asdict() for name, layer in numbers.items()}
    write_json(
        Path("metrics/mnist/activations.json"),
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
    save_figures(figures, Path("plots/visualize"), source=source_line("mnist"))


if __name__ == "__main__":
    run_stage(main)
