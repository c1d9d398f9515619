"""Count the layers, parameters and neurons of every network."""

from dataclasses import asdict
from pathlib import Path

from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.networks import cifar10, mnist
from foolproof.networks.cis680 import cis680_cnn
from foolproof.networks.structure import describe


def main() -> None:
    """Describe the networks; the tables of layers are a file of their own."""
    grey = {f"mnist_{name}": build for name, build in mnist.NETWORKS.items()}
    grey["cis680"] = cis680_cnn
    colour = {f"cifar10_{name}": build for name, build in cifar10.NETWORKS.items()}
    described = {name: asdict(describe(build(), (1, 28, 28))) for name, build in grey.items()}
    described |= {name: asdict(describe(build(), (3, 32, 32))) for name, build in colour.items()}
    layers = {name: counts.pop("layers") for name, counts in described.items()}
    write_json(Path("metrics/networks.json"), described)
    write_json(Path("metrics/networks/layers.json"), layers)


if __name__ == "__main__":
    run_stage(main)
