"""Show the first filters of the CIFAR-10 networks, and say in numbers what they look like."""

from pathlib import Path

from foolproof.figures.filter_sheet import draw_filters
from foolproof.figures.style import save_figure
from foolproof.files import write_json
from foolproof.models.cifar10 import NETWORKS
from foolproof.models.weights import load_network
from foolproof.params.base import load_section
from foolproof.params.data import Compute
from foolproof.provenance import source_line
from foolproof.runtime import prepare_device
from foolproof.stage import run_stage
from foolproof.visualize.filter_measures import chance_above, measure, summarize
from foolproof.visualize.filters import filters_of

# The networks by what the figures call them.
NAMES = {
    "nobn": "the network without batch norm",
    "bn": "the network with batch norm",
    "deep": "the deep network",
}


def main() -> None:
    """Draw and measure the first convolutional layer of each network."""
    device = prepare_device(load_section("compute", Compute).threads)
    source = source_line("cifar10")
    filters = {}
    for key, name in NAMES.items():
        _, network = load_network(Path("models/cifar10", f"{key}.safetensors"), NETWORKS, device)
        filters[key] = filters_of(network, "conv1").cpu().numpy()
        figure = draw_filters(filters[key], name=name)
        save_figure(figure, Path("plots/cifar10", f"filters_{key}.png"), source=source)
    numbers = {key: summarize(of_network) for key, of_network in filters.items()}
    comparison = chance_above(measure(filters["bn"]), measure(filters["nobn"]))
    write_json(Path("metrics/cifar10/filters.json"), {**numbers, "bn_above_nobn": comparison})


if __name__ == "__main__":
    run_stage(main)
