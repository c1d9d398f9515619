"""Compare the robust accuracy of the MNIST networks of all seeds, without and with batch norm."""

import logging
from pathlib import Path

import numpy as np

from foolproof.attacks.compare_robustness import compare, robustly_correct
from foolproof.attacks.robust_accuracy import RobustAccuracy
from foolproof.attacks.stage import measure_robust_accuracy
from foolproof.compute.seeds import new_generator
from foolproof.compute.words import points_in_words
from foolproof.core.errors import FoolproofError
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.data.datasets import Split, sample_images
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import weights_digest
from foolproof.params.evaluate_robustness import CompareRobustness
from foolproof.trained.stage import NetworkStage, network_stage

NAMES = ("nobn", "bn")
SEEDS = Path("models/seeds/mnist")


def main() -> str:
    """Attack each network of each seed within the same balls around the same test images."""
    seeds = trained_seeds()
    with network_stage(CompareRobustness) as s:
        generator = new_generator(s.settings.seed, "images")
        chosen = sample_images(s.dataset("mnist").test, s.settings.images, generator)
        pairs = [[measure(s, name, seed, chosen) for seed in seeds] for name in NAMES]
    correct = [[robustly_correct(result) for result, _ in measured] for measured in pairs]
    compared = {
        f"{eps:g}": compare(
            *(
                (name, np.array([each[eps] for each in of_seeds]))
                for name, of_seeds in zip(NAMES, correct, strict=True)
            )
        )
        for eps in correct[0][0]
    }
    write_json(
        Path("metrics/mnist/robustness_comparison.json"),
        {
            "images": len(chosen.labels),
            "seeds": seeds,
            "by_epsilon": compared,
            "findings": [
                {"network": name, "seed": seed, "finding": finding}
                for name, measured in zip(NAMES, pairs, strict=True)
                for seed, (result, _) in zip(seeds, measured, strict=True)
                for finding in result.findings
            ],
            "weights_sha256": {
                name: [digest for _, digest in measured]
                for name, measured in zip(NAMES, pairs, strict=True)
            },
        },
    )
    return "with batch norm: " + "; ".join(
        f"{points_in_words(found['difference'])} at {eps}" for eps, found in compared.items()
    )


def trained_seeds() -> list[int]:
    """List the seeds of the trainings, ascending.

    Raises:
        FoolproofError: when they differ between the networks, so that nothing is paired.
    """
    found = [
        sorted(int(path.stem) for path in (SEEDS / name).glob("*.safetensors")) for name in NAMES
    ]
    if not found[0] or found[0] != found[1]:
        raise FoolproofError(
            f"{SEEDS}: expected networks of equal seeds in nobn and bn, found {found[0]} and "
            f"{found[1]}; dvc repro train_nobn@mnist train_bn@mnist trains them"
        )
    return found[0]


def measure(
    s: NetworkStage[CompareRobustness], name: str, seed: int, test: Split
) -> tuple[RobustAccuracy, str]:
    """Measure the robust accuracy of a network; return it with the digest of the weights."""
    network = s.load(f"seeds/mnist/{name}/{seed}", NETWORKS)
    logging.info("%s, seed %d, %d images", name, seed, len(test.labels))
    result = measure_robust_accuracy(s, network, test, s.settings.epsilons)
    for finding in result.findings:
        logging.warning("%s", finding)
    return result, weights_digest(network.state_dict())


if __name__ == "__main__":
    run_stage(main)
