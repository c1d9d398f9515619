"""Show the first filters of the CIFAR-10 networks, and measure them."""

from pathlib import Path

import torch

from foolproof.compute.intervals import Interval, mean_with_interval
from foolproof.compute.stage import prepared_device
from foolproof.core.files import write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.explain.filters import (
    filters_of,
    measure_filters,
    probability_of_superiority,
    summarize_filters,
)
from foolproof.figures.show_filters import draw_filters
from foolproof.figures.style import save_figure
from foolproof.networks.cifar10 import NETWORKS
from foolproof.networks.weights import load_network

# The networks by their names in figures.
NAMES = {
    "nobn": "the network without batch norm",
    "bn": "the network with batch norm",
    "deep": "the deep network",
}


def main() -> str:
    """Draw and measure the first convolutional layer of each network."""
    device = prepared_device()
    source = source_line("cifar10")
    filters = {}
    for key, name in NAMES.items():
        _, network = load_network(Path("models/cifar10", f"{key}.safetensors"), NETWORKS, device)
        filters[key] = filters_of(network, "conv1").cpu().numpy()
        figure = draw_filters(filters[key], name=name)
        save_figure(figure, Path("plots/show_filters", f"{key}.png"), source=source)
    numbers = {key: summarize_filters(of_network) for key, of_network in filters.items()}
    comparison = compare_by_seed(device)
    write_json(Path("metrics/cifar10/filters.json"), {**numbers, "bn_above_nobn": comparison})
    return "; ".join(
        f"{key}: {found['oriented']} of {found['filters']} filters are oriented"
        for key, found in numbers.items()
    )


def compare_by_seed(device: torch.device) -> dict[str, Interval]:
    """Average each measure's probability of superiority with batch norm over the seeds."""
    folders = {name: Path("models/seeds/cifar10", name) for name in ("bn", "nobn")}
    by_seed = []
    for file in sorted(path.name for path in folders["bn"].glob("*.safetensors")):
        networks = (load_network(folders[name] / file, NETWORKS, device)[1] for name in folders)
        measures = [measure_filters(filters_of(each, "conv1").cpu().numpy()) for each in networks]
        by_seed.append(probability_of_superiority(*measures))
    return {key: mean_with_interval([each[key] for each in by_seed]) for key in by_seed[0]}


if __name__ == "__main__":
    run_stage(main)
