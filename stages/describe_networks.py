"""Count the layers, parameters and neurons of every network, from its structure."""

from pathlib import Path

from foolproof.files import write_json
from foolproof.models import cifar10, mnist
from foolproof.models.structure import describe
from foolproof.models.table1 import table1_cnn
from foolproof.stage import run_stage


def main() -> None:
    """Describe the networks; the tables of layers go to a file of their own."""
    grey = {f"mnist_{name}": build for name, build in mnist.NETWORKS.items()}
    grey["table1"] = table1_cnn
    coloured = {f"cifar10_{name}": build for name, build in cifar10.NETWORKS.items()}
    counts = {name: describe(build(), (1, 28, 28)) for name, build in grey.items()}
    counts |= {name: describe(build(), (3, 32, 32)) for name, build in coloured.items()}
    layers = {name: count.pop("layers") for name, count in counts.items()}
    write_json(Path("metrics", "networks.json"), counts)
    write_json(Path("metrics", "networks", "layers.json"), layers)


if __name__ == "__main__":
    run_stage(main)
