"""L2 norm and time of minimal perturbations: our DDN against DDN and Carlini-Wagner of foolbox.

Run as `python benchmarks/minimal.py [--pairs N] [--steps N]`, once the stage `attack_minimal` has
run. All attacks get the same photos, targets and number of steps; Carlini-Wagner divides them among
five steps of the binary search for its constant. Success at 8 bits is that of the rounded result.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import foolbox
import torch
from torch import Tensor

from foolproof.attacks.minimal import ddn
from foolproof.classifiers.classifier import classifier
from foolproof.data.arrays import read_arrays
from foolproof.data.levels import from_8_bit, to_8_bit
from foolproof.params.attack_minimal import AttackMinimal
from foolproof.pretrained.stage import photo_stage


def foolbox_images(attack: Any, network: Any, images: Tensor, targets: Tensor) -> Tensor:
    """Run a targeted attack of foolbox, photo by photo."""
    model = foolbox.PyTorchModel(network, bounds=(0, 1), device=images.device)
    made = []
    for image, target in zip(images[:, None], targets[:, None], strict=True):
        criterion = foolbox.criteria.TargetedMisclassification(target)
        (_, clipped, success) = attack(model, image, criterion, epsilons=None)
        made.append(clipped if success.all() else image)
    return torch.cat(made)


def main() -> None:
    """Compare median norms, success and time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    with photo_stage(AttackMinimal) as s:
        network, crop = s.pretrained.network, s.pretrained.crop
        model = classifier(network, input_shape=(3, crop, crop))
    saved = read_arrays(Path("data/attacks/minimal.npz"))
    pairs = torch.linspace(0, len(saved["photos"]) - 1, arguments.pairs).long().numpy()
    images = from_8_bit(torch.from_numpy(saved["originals"][saved["photos"][pairs]]), (0, 1))
    labels = torch.from_numpy(saved["labels"][saved["photos"][pairs]])
    targets = torch.from_numpy(saved["targets"][pairs])

    def ours(*, eight_bit: bool) -> Callable[[], Tensor]:
        options: dict[str, Any] = {"targets": targets, "steps": arguments.steps}
        return lambda: ddn(model, images, labels, eight_bit=eight_bit, **options).x_adv

    attacks = foolbox.attacks
    contestants: dict[str, Callable[[], Tensor]] = {
        "ours": ours(eight_bit=False),
        "ours, rounded to 8 bits": ours(eight_bit=True),
        "foolbox DDN": lambda: foolbox_images(
            attacks.DDNAttack(steps=arguments.steps), network, images, targets
        ),
        "foolbox Carlini-Wagner": lambda: foolbox_images(
            attacks.L2CarliniWagnerAttack(binary_search_steps=5, steps=arguments.steps // 5),
            network,
            images,
            targets,
        ),
    }
    print(f"{arguments.pairs} pairs, {arguments.steps} steps")
    for contestant, run in contestants.items():
        start = time.perf_counter()
        made = run()
        seconds = time.perf_counter() - start
        rounded = from_8_bit(to_8_bit(made), (0, 1))
        with torch.no_grad():
            reached = network(made).argmax(1) == targets
            reached_8_bit = network(rounded).argmax(1) == targets
        norms = (made - images).flatten(1).norm(dim=1)[reached]
        median = norms.median().item() if len(norms) else float("nan")
        print(
            f"  {contestant:24} success {reached.sum()} of {len(reached)}, at 8 bits "
            f"{reached_8_bit.sum()}, "
            f"median L2 {median:.3f}, {seconds:.1f} s"
        )


if __name__ == "__main__":
    main()
