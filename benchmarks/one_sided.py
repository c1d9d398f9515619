"""Speed of the one-sided attack: our loop against a fixed number of steps.

Run as `python benchmarks/one_sided.py [--images N] [--repeats N]`, once data/mnist.npz and
models/cis680/first.safetensors exist. The fixed loop follows the basic iterative method of
torchattacks, with the one-sided constraint in place of the ball: batch by batch, all steps for
every image. Both attack the same images with the same network, epsilon and batch size. The fixed
loop takes as many steps as our slowest image, the fewest that can reach every success of ours. The
success criterion is the same. The loops alternate in one process. Medians are compared: of wall
time, and of CPU time, which depends less on other work on the machine.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.attacks.one_sided import one_sided_fgsm
from foolproof.classifiers.classifier import classifier
from foolproof.compute.chunks import CHUNK
from foolproof.compute.device import prepare_device
from foolproof.core.params import load_section
from foolproof.data.datasets import load_dataset
from foolproof.networks.cis680 import NETWORKS
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.weights import load_network
from foolproof.params.attack_one_sided import AttackOneSided
from foolproof.params.data import Compute


def fixed_steps(
    network: nn.Module, pixels: Tensor, labels: Tensor, *, steps: int, step_size: float
) -> Tensor:
    """Take all steps for every image, batch by batch."""
    made = []
    for images, classes in zip(pixels.split(CHUNK), labels.split(CHUNK), strict=True):
        adversarial = images.clone()
        for _ in range(steps):
            adversarial.requires_grad = True
            loss = cross_entropy(network(adversarial), classes)
            (gradient,) = torch.autograd.grad(loss, adversarial)
            stepped = adversarial.detach() + step_size * gradient.sign()
            adversarial = torch.maximum(stepped, images).clamp(max=1).detach()
        made.append(adversarial)
    return torch.cat(made)


def success_rate(network: nn.Module, made: Tensor, labels: Tensor, confidence: float) -> float:
    """Compute the share of images whose confidence in a wrong class reaches `confidence`."""
    probabilities = predict_logits(network, made).softmax(1)
    others = probabilities.scatter(1, labels[:, None], 0)
    return (others.amax(1) >= confidence).double().mean().item()


def main() -> None:
    """Attack the first test images that are classified correctly; print speeds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    for path in (Path("data/mnist.npz"), Path("models/cis680/first.safetensors")):
        if not path.is_file():
            parser.error(f"{path}: no such file; `dvc repro train_cis680` writes it")
    settings = load_section("attack_one_sided", AttackOneSided)
    threads = load_section("compute", Compute).threads
    device = prepare_device(threads)
    _, network = load_network(path, NETWORKS, device)
    test = load_dataset(Path("data/mnist.npz"), device).test
    correct = predict_logits(network, test.images).argmax(1) == test.labels
    indices = correct.nonzero()[: arguments.images, 0]
    pixels, labels = to_pixels(test.images[indices]), test.labels[indices]

    model = classifier(network, input_shape=(1, 28, 28))

    def ours() -> Tensor:
        result = one_sided_fgsm(
            model,
            pixels,
            labels,
            confidence=settings.confidence,
            steps=settings.steps,
            step_size=settings.step_size,
        )
        steps[:] = result.steps.tolist()
        return result.x_adv

    steps: list[int] = []
    ours()
    slowest = max(steps)
    contestants: dict[str, Callable[[], Tensor]] = {
        "ours": ours,
        "fixed steps": lambda: fixed_steps(
            network, pixels, labels, steps=slowest, step_size=settings.step_size
        ),
    }
    print(f"{len(labels)} images, batches of {CHUNK}, {threads} threads")
    print(f"epsilon {settings.step_size}; {slowest} fixed steps, ours {mean(steps):.1f} on average")
    wall, cpu = ({name: list[float]() for name in contestants} for _ in range(2))
    for _ in range(arguments.repeats):
        for name, contestant in contestants.items():
            start = time.perf_counter(), time.process_time()
            made = contestant()
            wall[name].append(time.perf_counter() - start[0])
            cpu[name].append(time.process_time() - start[1])
            rate = success_rate(network, made, labels, settings.confidence)
            print(
                f"  {name:11} {len(labels) / wall[name][-1]:6.1f} images/s, "
                f"{cpu[name][-1]:6.2f} CPU-s, "
                f"{rate:.2%} reach {settings.confidence:.0%} in a wrong class"
            )
    ratios = [median(times["fixed steps"]) / median(times["ours"]) for times in (wall, cpu)]
    print(
        f"  ours is {ratios[0]:.2f} times as fast by wall time, {ratios[1]:.2f} times by CPU time, "
        f"by the medians of {arguments.repeats}"
    )


if __name__ == "__main__":
    main()
