"""Robust accuracy of the MNIST networks: `fp.robust_accuracy` against AutoAttack (standard).

Run as `python benchmarks/robust_accuracy.py [--networks nobn bn robust] [--images N]
[--epsilons ...] [--threads N]`, once data/mnist.npz and models/mnist/<network>.safetensors exist.

Both evaluate the same classifier, with folded batch norm, on the first test images, with equal
threads, one after the other in one process; in turn the other one goes first. AutoAttack runs once
for each epsilon. Ours runs once for each epsilon too, which is compared with it, and once for the
whole curve. Printed are accuracies, their difference in points, and seconds.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from pyautoattack import AutoAttack
from torch import Tensor

from foolproof.attacks.robust_accuracy import RobustAccuracy, robust_accuracy
from foolproof.classifiers.classifier import Classifier, classifier, predict
from foolproof.compute.device import prepare_device
from foolproof.core.params import load_section
from foolproof.data.datasets import load_dataset
from foolproof.networks.inference import to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import load_network
from foolproof.params.data import Compute
from foolproof.trained.folding import fold_batch_norm

DATA = Path("data/mnist.npz")


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Call a function; returns its result and the seconds that it took."""
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def accuracy_of_autoattack(model: Classifier, x: Tensor, y: Tensor, eps: float) -> float:
    """Measure the robust accuracy by AutoAttack (standard)."""
    attack = AutoAttack(
        model, norm="Linf", eps=eps, seed=0, version="standard", device=str(x.device)
    )
    images, _ = attack.run_standard_evaluation(x, y, batch_size=250)
    return (predict(model, images).argmax(1) == y).double().mean().item()


def compare(name: str, model: Classifier, x: Tensor, y: Tensor, epsilons: list[float]) -> None:
    """Print accuracies and seconds at each epsilon, and those of the whole curve."""
    theirs_total = 0.0
    for number, eps in enumerate(epsilons):

        def ours(eps: float = eps) -> RobustAccuracy:
            return robust_accuracy(model, x, y, eps=eps)

        def theirs(eps: float = eps) -> float:
            return accuracy_of_autoattack(model, x, y, eps)

        contestants: list[Callable[[], Any]] = [ours, theirs]
        order = contestants[:: -1 if number % 2 else 1]
        made = {each: timed(each) for each in order}
        (result, our_seconds), (their_accuracy, their_seconds) = made[ours], made[theirs]
        theirs_total += their_seconds
        difference = 100 * (result.accuracy[0] - their_accuracy)
        print(
            f"{name:5} eps {eps:g}: ours {result.accuracy[0]:.2%} in {our_seconds:.1f} s, "
            f"AutoAttack {their_accuracy:.2%} in {their_seconds:.1f} s; {difference:+.2f} points, "
            f"{their_seconds / our_seconds:.1f} x as fast",
            flush=True,
        )
        for finding in result.findings:
            print(f"      {finding}")
    curve, seconds = timed(lambda: robust_accuracy(model, x, y, eps=epsilons))
    listed = ", ".join(f"{each:.2%}" for each in curve.accuracy)
    print(
        f"{name:5} curve: {listed} in {seconds:.1f} s, AutoAttack {theirs_total:.1f} s; "
        f"{theirs_total / seconds:.1f} x as fast",
        flush=True,
    )


def main() -> None:
    """Compare on each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", choices=sorted(NETWORKS), default=["nobn", "bn"])
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--epsilons", type=float, nargs="+", default=[0.1, 0.2, 0.3])
    parser.add_argument("--threads", type=int, default=load_section("compute", Compute).threads)
    arguments = parser.parse_args()
    models = [Path(f"models/mnist/{name}.safetensors") for name in arguments.networks]
    for path in (DATA, *models):
        if not path.is_file():
            parser.error(f"{path}: no such file; `dvc repro` makes it")
    device = prepare_device(arguments.threads)
    test = load_dataset(DATA, device).test
    pixels = to_pixels(test.images[: arguments.images]).contiguous()
    labels = test.labels[: arguments.images]
    print(f"{len(labels)} images, {torch.get_num_threads()} threads")
    for path in models:
        network = fold_batch_norm(load_network(path, NETWORKS, device)[1])
        model = classifier(network, input_shape=tuple(pixels.shape[1:]))
        compare(path.stem, model, pixels, labels, arguments.epsilons)


if __name__ == "__main__":
    main()
