"""Speed of L-infinity PGD: ours, torchattacks and foolbox, at equal success.

    python benchmarks/attacks.py [--digits N] [--photos N] [--steps N] [--repeats N]

Digits are MNIST test images with the CNN `nobn`, photos are of ImageNet with EfficientNet-Lite0.
They are read from data/ if the pipeline has made them there, else from installed packages; without
the weights of the CNN a small one is trained first.

All attacks are untargeted, with the cross-entropy, the sign of the gradient, the same images, steps
and threads, and no random start. The others get all images in one call, as ours does, and in the
batch size of our loop, in which they are faster; the forward pass that tells their success is timed
too. Each repeat runs all of them, in the opposite order of the last, so that ratios are paired. The
medians of the ratios are printed, of wall time and of CPU time, which depends less on other work on
the machine. The others may not succeed more often than ours.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import foolbox
import torch
import torchattacks
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.assets.mnist import mnist_sample
from foolproof.assets.photos import PHOTOS
from foolproof.assets.timm_networks import timm_asset
from foolproof.attacks.ball import pgd
from foolproof.attacks.correctly_classified import correctly_classified
from foolproof.classifiers.classifier import classifier
from foolproof.compute.chunks import chunk_size
from foolproof.compute.device import prepare_device
from foolproof.core.params import load_section
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.networks.mnist import mnist_cnn
from foolproof.params.data import Compute
from foolproof.photos.photo import load_photos
from foolproof.pretrained.load import load_pretrained

NETWORK = "tf_efficientnet_lite0"

Attack = Callable[[Tensor, Tensor], Tensor]
"""From images and labels to adversarial images."""


class Case(NamedTuple):
    """A network in eval mode, with correctly classified images."""

    name: str
    network: nn.Module
    images: Tensor
    labels: Tensor
    eps: float


def digits(number: int) -> Case:
    """Choose test images of MNIST."""
    path = Path("data/mnist.npz")
    arrays = read_arrays(path) if path.is_file() else mnist_sample()
    tensors = {name: torch.from_numpy(values) for name, values in arrays.items()}
    network = trained_on(tensors["train_images"], tensors["train_labels"].long())
    pixels = tensors["test_images"][:, None] / 255
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0))
    images, labels = pixels[order], tensors["test_labels"].long()[order]
    correct = network(images).argmax(1) == labels
    return Case("digits", network, images[correct][:number], labels[correct][:number], 0.3)


def trained_on(images: Tensor, labels: Tensor) -> nn.Module:
    """Train a small CNN for some seconds."""
    torch.manual_seed(0)
    network = mnist_cnn(batch_norm=False, hidden=(50,))
    optimizer = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(3):
        for batch in torch.randperm(len(images))[:12_000].split(64):
            optimizer.zero_grad()
            cross_entropy(network(images[batch][:, None] / 255), labels[batch]).backward()
            optimizer.step()
    return network.eval().requires_grad_(False)


def photos(number: int) -> Case:
    """Choose correctly classified photos."""
    assets = {"photos": PHOTOS, NETWORK: timm_asset(NETWORK)}
    with TemporaryDirectory() as folder:
        paths = {}
        for name, asset in assets.items():
            paths[name] = Path(f"data/{name}.npz")
            if not paths[name].is_file():
                assert asset.embedded is not None
                paths[name] = Path(folder, f"{name}.npz")
                write_arrays(paths[name], **asset.embedded.make())
        pretrained = load_pretrained(paths[NETWORK], torch.device("cpu"))
        chosen = correctly_classified(load_photos(paths["photos"]), pretrained)
    pixels, labels = chosen.pixels[:number], chosen.labels[:number]
    return Case("photos", pretrained.network, pixels, labels, 2 / 255)


def attacks_on(case: Case, steps: int) -> dict[str, Attack]:
    """Set up the attacks on a case."""
    eps, step = case.eps, 2.5 * case.eps / steps
    model = classifier(case.network, input_shape=tuple(case.images.shape[1:]))
    theirs = torchattacks.PGD(case.network, eps, step, steps, random_start=False)
    foolbox_model = foolbox.PyTorchModel(case.network, bounds=(0, 1), device="cpu")
    linf = foolbox.attacks.LinfPGD(abs_stepsize=step, steps=steps, random_start=False)

    def ours(early_stop: bool) -> Attack:
        return lambda x, y: pgd(model, x, y, eps=eps, steps=steps, early_stop=early_stop).x_adv

    def by_foolbox(x: Tensor, y: Tensor) -> Tensor:
        made: Tensor = linf.run(foolbox_model, x, y, epsilon=eps)
        return made

    def in_batches(attack: Attack) -> Attack:
        size = chunk_size(case.images)
        return lambda x, y: torch.cat(
            [attack(*batch) for batch in zip(x.split(size), y.split(size), strict=True)]
        )

    return {
        "ours": ours(early_stop=True),
        "ours, all steps": ours(early_stop=False),
        "torchattacks": theirs,
        "foolbox": by_foolbox,
        "torchattacks, our batches": in_batches(theirs),
        "foolbox, our batches": in_batches(by_foolbox),
    }


def compare(case: Case, steps: int, repeats: int) -> list[str]:
    """Time all attacks on a case; print speeds and success, and return what is wrong."""
    attacks = attacks_on(case, steps)
    print(f"{len(case.images)} {case.name}, {steps} steps, epsilon {case.eps:.4g}")
    wall: dict[str, list[float]] = {name: [] for name in attacks}
    cpu: dict[str, list[float]] = {name: [] for name in attacks}
    made: dict[str, Tensor] = {}
    for attack in attacks.values():  # warm-up: the first backward pass takes long
        attack(case.images[:1], case.labels[:1])
    for repeat in range(repeats):
        for name in list(attacks)[:: -1 if repeat % 2 else 1]:
            start = time.perf_counter(), time.process_time()
            made[name] = attacks[name](case.images, case.labels)
            if not name.startswith("ours"):
                success_of(case, made[name])
            wall[name].append(time.perf_counter() - start[0])
            cpu[name].append(time.process_time() - start[1])
    success = {name: success_of(case, adversarial) for name, adversarial in made.items()}
    for name in attacks:
        ratios = [
            median(other / own for other, own in zip(times[name], times[ours], strict=True))
            for ours in ("ours", "ours, all steps")
            for times in (wall, cpu)
        ]
        print(
            f"  {name:25} {median(wall[name]):7.2f} s, {median(cpu[name]):7.2f} CPU-s; times ours "
            f"{ratios[0]:.2f} ({ratios[1]:.2f} CPU), times ours with all steps {ratios[2]:.2f} "
            f"({ratios[3]:.2f} CPU); {success[name]} of {len(case.images)} misclassified"
        )
    faults = []
    for name in attacks:
        differing = (made[name] - made["ours, all steps"]).flatten(1).any(1)
        if not name.startswith("ours"):
            print(f"  {name}: {int(differing.sum())} images differ from ours with all steps")
        if success[name] > min(success["ours"], success["ours, all steps"]):
            faults.append(f"{case.name}: {name} succeeds more often")
    return faults


@torch.no_grad()
def success_of(case: Case, adversarial: Tensor) -> int:
    """Count the misclassified images."""
    logits = torch.cat([case.network(each) for each in adversarial.split(chunk_size(adversarial))])
    return int((logits.argmax(1) != case.labels).sum())


def main() -> None:
    """Compare the attacks on digits and photos."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digits", type=int, default=1000)
    parser.add_argument("--photos", type=int, default=16)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    threads = load_section("compute", Compute).threads
    prepare_device(threads)
    print(f"{threads} threads, torch {torch.__version__}")
    faults = []
    for make, number in ((digits, arguments.digits), (photos, arguments.photos)):
        if number:
            faults += compare(make(number), arguments.steps, arguments.repeats)
    if faults:
        sys.exit("; ".join(faults))


if __name__ == "__main__":
    main()
