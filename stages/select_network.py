"""Choose, by validation accuracy, the trained network that is looked into and attacked."""

import argparse
import shutil
from pathlib import Path

from foolproof.files import read_json, replacing, write_json
from foolproof.stage import run_stage

CANDIDATES = ("nobn", "bn")


def main() -> None:
    """Choose among the networks of the data set that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    dataset = parser.parse_args().dataset
    metrics = {name: read_json(Path("metrics", dataset, f"{name}.json")) for name in CANDIDATES}
    best = max(CANDIDATES, key=lambda name: metrics[name]["validation_accuracy"])
    with replacing(Path("models", dataset, "best.safetensors")) as temporary:
        shutil.copyfile(Path("models", dataset, f"{best}.safetensors"), temporary)
    kept = ("validation_accuracy", "best_epoch", "best_seed", "weights_sha256")
    chosen = {key: metrics[best][key] for key in kept}
    write_json(Path("metrics", dataset, "best.json"), {"network": best, **chosen})


if __name__ == "__main__":
    run_stage(main)
