"""Count the layers, parameters and neurons of every network, from its structure."""

from pathlib import Path

from foolproof.files import write_json
from foolproof.models.mnist import NETWORKS
from foolproof.models.structure import describe
from foolproof.models.table1 import table1_cnn
from foolproof.stage import run_stage


def main() -> None:
    """Describe the networks; the tables of layers go to a file of their own."""
    builders = {f"mnist_{name}": build for name, build in NETWORKS.items()}
    builders["table1"] = table1_cnn
    counts = {name: describe(build(), (1, 28, 28)) for name, build in builders.items()}
    layers = {name: count.pop("layers") for name, count in counts.items()}
    write_json(Path("metrics", "networks.json"), counts)
    write_json(Path("metrics", "networks", "layers.json"), layers)


if __name__ == "__main__":
    run_stage(main)
