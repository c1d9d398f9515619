"""Measure the robust accuracy of a group of networks on random test images."""

import argparse
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from foolproof.attacks.robust_accuracy import RobustAccuracy
from foolproof.attacks.stage import measure_robust_accuracy
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.data.datasets import sample_images
from foolproof.networks import cifar10, cis680, mnist
from foolproof.networks.weights import weights_digest
from foolproof.params.evaluate_robustness import EvaluateRobustness
from foolproof.trained.stage import network_stage


class Group(NamedTuple):
    """Networks on one data set."""

    data: str
    networks: Mapping[str, Callable[[], nn.Sequential]]
    names: tuple[str, ...]
    """Of the networks, as of their files."""


GROUPS = {
    "mnist": Group("mnist", mnist.NETWORKS, ("nobn", "bn", "robust")),
    "cis680": Group("mnist", cis680.NETWORKS, ("first", "second")),
    "cifar10": Group("cifar10", cifar10.NETWORKS, ("nobn", "bn", "deep")),
}


def main() -> None:
    """Evaluate each network of the group that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("group", choices=sorted(GROUPS))
    key = parser.parse_args().group
    group = GROUPS[key]
    with network_stage(EvaluateRobustness) as s:
        number = getattr(s.settings, group.data).images
        generator = new_generator(s.settings.seed, "images")
        chosen = sample_images(s.dataset(group.data).test, number, generator)
        epsilons, unit = epsilons_of(s.settings, group.data)
        measured = {}
        for name in group.names:
            network = s.load(f"{key}/{name}", group.networks)
            logging.info("%s/%s, %d images", key, name, len(chosen.labels))
            result = measure_robust_accuracy(s, network, chosen, [unit * each for each in epsilons])
            measured[name] = describe(result, epsilons) | {
                "weights_sha256": weights_digest(network.state_dict())
            }
    write_json(Path(f"metrics/robust_accuracy/{key}.json"), measured)


def epsilons_of(settings: EvaluateRobustness, data: str) -> tuple[list[float], float]:
    """List the epsilons of a data set in ascending order, and their unit in pixels in [0, 1]."""
    if data == "mnist":
        return sorted(settings.mnist.epsilons), 1.0
    return sorted(settings.cifar10.epsilons), 1 / 255


def describe(result: RobustAccuracy, epsilons: list[float]) -> dict[str, Any]:
    """Describe a result by epsilon, with intervals; warn of each finding."""
    for finding in result.findings:
        logging.warning("%s", finding)
    accuracies = (result.clean_accuracy, *result.accuracy)
    intervals = (result.clean_interval, *result.intervals)
    clean, *robust = [
        {"accuracy": accuracy, "low": low, "high": high}
        for accuracy, (low, high) in zip(accuracies, intervals, strict=True)
    ]
    return {
        "images": result.n,
        "clean": clean,
        "by_epsilon": {f"{each:g}": found for each, found in zip(epsilons, robust, strict=True)},
        "misclassified_by": dict(Counter(filter(None, result.attack))),
        "out_of_reach": result.out_of_reach,
        "findings": list(result.findings),
    }


if __name__ == "__main__":
    run_stage(main)
