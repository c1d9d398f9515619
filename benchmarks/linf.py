"""Speed of targeted L-infinity PGD: ours, torchattacks and foolbox, at equal results.

Run as `python benchmarks/linf.py [--images N] [--steps N] [--repeats N]`, once data/photos.npz and
data/tf_efficientnet_lite0.npz exist. Torchattacks is no dependency of the project:

    uv pip install --no-deps torchattacks

All attacks take the sign of the gradient of the cross-entropy, with the same photos, random targets
and number of steps, without random start and early stopping, in our batch size. On the original
network no pixel may differ by more than 1e-5. A batch size that is a power of two is best:
torchattacks divides by it, and rounding may change the sign of a gradient near zero. Ours is also
measured with folded batch norm, as in the stage. The attacks alternate in one process, in the
opposite order at each repeat. Medians are compared: of wall time, and of CPU time, which depends
less on other work on the machine.
"""

import argparse
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

from foolproof.attacks.correctly_classified import correctly_classified
from foolproof.attacks.linf import PgdConfig, pgd, random_pairs
from foolproof.attacks.perturbation import linf_violation
from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.params import load_section
from foolproof.optimize.loop import CHUNK_NUMBERS
from foolproof.params.attack_linf import AttackLinf
from foolproof.params.data import Compute
from foolproof.photos.photo import load_photos
from foolproof.pretrained.load import load_pretrained
from foolproof.trained.folding import fold_batch_norm

NETWORK = Path("data/tf_efficientnet_lite0.npz")
PHOTOS = Path("data/photos.npz")
OTHERS = ("torchattacks", "foolbox")
TOLERANCE = 1e-5

Attack = Callable[[Tensor, Tensor], Tensor]
"""From images and targets to adversarial images."""


def of_torchattacks(
    module: Any, network: nn.Module, *, epsilon: float, step: float, steps: int
) -> Attack:
    """Set up torchattacks' PGD towards given targets."""
    pgd = module.PGD(network, eps=epsilon, alpha=step, steps=steps, random_start=False)
    pgd.set_mode_targeted_by_label(quiet=True)
    attack: Attack = pgd
    return attack


def of_foolbox(
    module: Any, network: nn.Module, *, epsilon: float, step: float, steps: int
) -> Attack:
    """Set up foolbox' LinfPGD, which decreases the cross-entropy with given targets."""
    device = next(network.parameters()).device
    model = module.PyTorchModel(network, bounds=(0, 1), device=device)
    attack = module.attacks.LinfPGD(abs_stepsize=step, steps=steps, random_start=False)

    def run(images: Tensor, targets: Tensor) -> Tensor:
        criterion = module.criteria.TargetedMisclassification(targets)
        made: Tensor = attack.run(model, images, criterion, epsilon=epsilon)
        return made

    return run


def of_ours(network: nn.Module, *, epsilon: float, step: float, steps: int) -> Attack:
    """Set up our attack, with the cross-entropy computed as in the others."""
    config = PgdConfig(
        objective="log_probability", step="sign", step_size=step / epsilon, steps=steps
    )
    return lambda images, targets: pgd(network, images, targets, config, epsilon=epsilon).inputs


def in_batches(attack: Attack, images: Tensor, targets: Tensor) -> Tensor:
    """Attack in the batch size of our loop."""
    size = max(1, CHUNK_NUMBERS // images[0].numel())
    batches = zip(images.split(size), targets.split(size), strict=True)
    return torch.cat([attack(*batch) for batch in batches])


def main() -> None:
    """Attack random pairs of a photo and a target; print speeds, differences and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    try:
        modules = {name: import_module(name) for name in OTHERS}
    except ImportError as error:
        parser.exit(1, f"{error}; uv pip install --no-deps torchattacks\n")
    for path in (PHOTOS, NETWORK):
        if not path.is_file():
            parser.error(f"{path}: no such file; `dvc repro attack_linf` downloads it")
    settings = load_section("attack_linf", AttackLinf)
    threads = load_section("compute", Compute).threads
    device = prepare_device(threads)
    pretrained = load_pretrained(NETWORK, device)
    photos = correctly_classified(load_photos(PHOTOS), pretrained)
    indices, targets = random_pairs(
        photos.labels, len(pretrained.classes), arguments.images, new_generator(settings.seed)
    )
    images, epsilon = photos.pixels[indices], settings.epsilon / 255
    how = {"epsilon": epsilon, "step": settings.step_size * epsilon, "steps": arguments.steps}
    contestants = {
        "ours": of_ours(pretrained.network, **how),
        "ours, folded": of_ours(fold_batch_norm(pretrained.network), **how),
        "torchattacks": of_torchattacks(modules["torchattacks"], pretrained.network, **how),
        "foolbox": of_foolbox(modules["foolbox"], pretrained.network, **how),
    }
    print(
        f"{len(images)} images, {arguments.steps} steps, epsilon {settings.epsilon:g}/255, "
        f"{threads} threads"
    )
    wall: dict[str, list[float]] = {name: [] for name in contestants}
    cpu: dict[str, list[float]] = {name: [] for name in contestants}
    made: dict[str, Tensor] = {}
    for attack in contestants.values():  # warm-up: the first backward pass takes long
        attack(images[:1], targets[:1])
    for repeat in range(arguments.repeats):
        for name in list(contestants)[:: -1 if repeat % 2 else 1]:
            start = time.perf_counter(), time.process_time()
            made[name] = in_batches(contestants[name], images, targets)
            wall[name].append(time.perf_counter() - start[0])
            cpu[name].append(time.process_time() - start[1])
            print(f"  {name:12} {wall[name][-1]:7.2f} s, {cpu[name][-1]:7.2f} CPU-s")
    print(f"by the medians of {arguments.repeats}:")
    for name in contestants:
        ratios = [median(times[name]) / median(times["ours"]) for times in (wall, cpu)]
        print(
            f"  {name:12} {median(wall[name]):7.2f} s ({ratios[0]:.2f} of ours), "
            f"{median(cpu[name]):7.2f} CPU-s ({ratios[1]:.2f})"
        )
    violation = linf_violation(made["ours"], images, epsilon)
    print(f"  max violation of the constraint by ours: {violation:.1e}")
    differences = {name: (made[name] - made["ours"]).abs().max().item() for name in OTHERS}
    for name, difference in differences.items():
        print(f"  largest difference of a pixel between ours and {name}: {difference:.1e}")
    if max(differences.values()) > TOLERANCE:
        sys.exit(f"a pixel differs by more than {TOLERANCE:g}")


if __name__ == "__main__":
    main()
