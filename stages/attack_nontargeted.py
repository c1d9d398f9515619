"""Make images for classes out of noise, by gradient ascent on the logit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from foolproof.attacks.class_images import gaussian_start, nontargeted
from foolproof.attacks.measures import mean_squared_distances
from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import load_dataset
from foolproof.figures.attack_nontargeted import draw_class_images, draw_cost_curves
from foolproof.figures.style import save_figures
from foolproof.networks.folding import fold_batch_norm
from foolproof.networks.inference import to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import load_network, unchanged_weights
from foolproof.params.attack_nontargeted import AttackNontargeted
from foolproof.params.data import Compute

PLOTS = Path("plots/attack_nontargeted")
CURVE_POINTS = 100


class Stage(NamedTuple):
    """What the images are after some steps."""

    steps: int
    """Taken from the start."""

    images: Tensor
    """(N, 1, 28, 28), pixels in [0, 1]."""

    probabilities: Tensor
    """Of all classes, (N, classes)."""


def main() -> None:
    """Make several images for each class, and look at them after each of the numbers of steps."""
    settings = load_section("attack_nontargeted", AttackNontargeted)
    device = prepare_device(load_section("compute", Compute).threads)
    _, network = load_network(Path("models/mnist/best.safetensors"), NETWORKS, device)
    classes = torch.tensor(settings.classes, device=device)
    targets = classes.repeat(settings.starts_per_class)
    images = gaussian_start(
        len(targets),
        mean=settings.noise.mean,
        std=settings.noise.std,
        generator=new_generator(settings.seed),
    ).to(device)

    with unchanged_weights(network) as digest:
        stages, costs = climb(fold_batch_norm(network), images, targets, settings)
    images = stages[-1].images
    by_steps = {str(stage.steps): summarize(stage.probabilities, targets) for stage in stages}
    dataset = load_dataset(Path("data/mnist.npz"), device)
    digits = to_pixels(dataset.train.images)
    unseen = to_pixels(dataset.test.images[: len(images)])
    nearest = {
        "class_images": mean_squared_distances(images, digits).amin(1),
        "test_digits": mean_squared_distances(unseen, digits).amin(1),
    }
    write_json(
        Path("metrics/attacks/nontargeted.json"),
        {
            **by_steps[str(stages[-1].steps)],
            "by_steps": by_steps,
            "images": len(targets),
            "cost_first": costs[0].double().mean().item(),
            "cost_last": costs[-1].double().mean().item(),
            "rising_steps": (costs.diff(dim=0) > 0).double().mean().item(),
            "nearest_digit_mse": {name: d.double().mean().item() for name, d in nearest.items()},
            "weights_sha256": digest,
        },
    )
    write_arrays(
        Path("data/attacks/nontargeted.npz"),
        targets=targets.cpu().numpy(),
        steps=np.array([stage.steps for stage in stages]),
        images=torch.stack([stage.images for stage in stages]).cpu().numpy(),
        probabilities=torch.stack([stage.probabilities for stage in stages]).cpu().numpy(),
    )
    by_class = costs.view(len(costs), settings.starts_per_class, len(classes)).cpu()
    write_csv(
        Path("plots/attack_nontargeted_cost.csv"),
        cost_rows(by_class.double().mean(1), settings.classes),
    )
    shown = {
        f"{stage.steps} steps": (
            stage.images[: len(classes), 0].cpu().numpy(),
            stage.probabilities[: len(classes)].cpu().numpy(),
        )
        for stage in stages
    }
    figures = {
        "class_images": draw_class_images(shown, settings.classes),
        "cost": draw_cost_curves(by_class.numpy(), settings.classes),
    }
    save_figures(figures, PLOTS, source=source_line("mnist"))


def climb(
    network: nn.Module, images: Tensor, targets: Tensor, settings: AttackNontargeted
) -> tuple[list[Stage], Tensor]:
    """Climb from the start images, and look at them after each of the numbers of steps.

    Returns:
        What was seen, and the logits of the targets before each step and at the end,
        (steps + 1, N).
    """
    stages: list[Stage] = []
    histories = []
    taken = 0
    for steps in sorted(settings.steps):
        trace = nontargeted(
            network, images, targets, steps=steps - taken, step_size=settings.step_size
        )
        images, taken = trace.inputs, steps
        histories.append(trace.history[:-1])
        stages.append(Stage(steps, images, trace.logits.softmax(1)))
    return stages, torch.cat([*histories, trace.history[-1:]])


def summarize(probabilities: Tensor, targets: Tensor) -> dict[str, float]:
    """Measure from the probabilities of all classes (N, classes) how often the target is seen."""
    in_target = probabilities.gather(1, targets[:, None])[:, 0]
    return {
        "success_rate": (probabilities.argmax(1) == targets).double().mean().item(),
        "mean_confidence": in_target.double().mean().item(),
        "min_confidence": in_target.min().item(),
    }


def cost_rows(costs: Tensor, classes: Sequence[int]) -> list[dict[str, Any]]:
    """List about `CURVE_POINTS` points of each class's curve, a column of `costs`."""
    shown = range(0, len(costs), max(1, len(costs) // CURVE_POINTS))
    return [
        {"step": step, "series": f"class {digit}", "logit": costs[step, column].item()}
        for column, digit in enumerate(classes)
        for step in shown
    ]


if __name__ == "__main__":
    run_stage(main)
