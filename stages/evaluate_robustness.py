"""Measure the robust accuracy of a group of networks on random test images, and compare them."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import nn

from foolproof.attacks.robust_accuracy import RobustAccuracy
from foolproof.attacks.stage import measure_robust_accuracy
from foolproof.compute.intervals import Rate, rate_with_interval
from foolproof.compute.paired import rate_difference
from foolproof.compute.seeds import new_generator
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
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


def main(key: str) -> str:
    """Evaluate each network of a group."""
    group = GROUPS[key]
    with network_stage(EvaluateRobustness) as s:
        number = getattr(s.settings, group.data).images
        generator = new_generator(s.settings.seed, "images")
        chosen = sample_images(s.dataset(group.data).test, number, generator)
        epsilons, unit = epsilons_of(s.settings, group.data)
        measured, falls = {}, {}
        for name in group.names:
            network = s.load(f"{key}/{name}", group.networks)
            logging.info("%s/%s, %d images", key, name, len(chosen.labels))
            result = measure_robust_accuracy(s, network, chosen, [unit * each for each in epsilons])
            falls[name] = result.falls.cpu().numpy()
            measured[name] = describe(result, epsilons) | {
                "weights_sha256": weights_digest(network.state_dict())
            }
    write_arrays(Path(f"data/robust_accuracy/{key}.npz"), epsilons=np.array(epsilons), **falls)
    compared = {"networks": measured, "comparisons": compare(falls, epsilons)}
    write_json(Path(f"metrics/robust_accuracy/{key}.json"), compared)
    return "; ".join(
        f"{name} at {epsilons[0]:g}: {rate_in_words(found['by_epsilon'][f'{epsilons[0]:g}'])}"
        for name, found in measured.items()
    )


def epsilons_of(settings: EvaluateRobustness, data: str) -> tuple[list[float], float]:
    """List the epsilons of a data set in ascending order, and their unit in pixels in [0, 1]."""
    if data == "mnist":
        return sorted(settings.mnist.epsilons), 1.0
    return sorted(settings.cifar10.epsilons), 1 / 255


def describe(result: RobustAccuracy, epsilons: list[float]) -> dict[str, Any]:
    """Describe a result by epsilon, with intervals; warn of each finding."""
    for finding in result.findings:
        logging.warning("%s", finding)

    def surviving(index: int) -> Rate:
        return rate_with_interval(int((result.falls > index).sum()), result.n)

    return {
        "images": result.n,
        "clean": surviving(0),
        "by_epsilon": {f"{each:g}": surviving(at) for at, each in enumerate(epsilons, 1)},
        "misclassified_by": dict(Counter(filter(None, result.attack))),
        "out_of_reach": result.out_of_reach,
        "findings": list(result.findings),
    }


def compare(falls: Mapping[str, NDArray[np.int64]], epsilons: list[float]) -> list[dict[str, Any]]:
    """Compare each pair of networks on the same images: the later one's accuracy minus the other's.

    Args:
        falls: index of the smallest radius at which each image is misclassified, (N,) by network,
            as in `RobustAccuracy`.
        epsilons: in ascending order.
    """
    radii = ["0", *(f"{each:g}" for each in epsilons)]
    return [
        {
            "network": second,
            "against": first,
            "by_epsilon": {
                radius: rate_difference(falls[second] > index, falls[first] > index)
                for index, radius in enumerate(radii)
            },
        }
        for first, second in combinations(falls, 2)
    ]


if __name__ == "__main__":
    run_stage(main, key=sorted(GROUPS))
