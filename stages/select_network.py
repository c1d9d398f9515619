"""Select the MNIST network with the best validation accuracy, to be visualized and attacked."""

import shutil
from pathlib import Path

from foolproof.core.files import atomic_write, read_json, write_json
from foolproof.core.stage import run_stage

CANDIDATES = ("nobn", "bn")


def main() -> str:
    """Compare the candidates and copy the weights of the best."""
    metrics = {name: read_json(Path("metrics/mnist", f"{name}.json")) for name in CANDIDATES}
    best = max(CANDIDATES, key=lambda name: metrics[name]["validation_accuracy"])
    with atomic_write(Path("models/mnist/best.safetensors")) as temporary:
        shutil.copyfile(Path("models/mnist", f"{best}.safetensors"), temporary)
    copied = ("validation_accuracy", "best_epoch", "best_seed", "weights_sha256")
    chosen = {key: metrics[best][key] for key in copied}
    write_json(Path("metrics/mnist/best.json"), {"network": best, **chosen})
    return f"{best}, {100 * chosen['validation_accuracy']:.2f} % of the validation images"


if __name__ == "__main__":
    run_stage(main)
