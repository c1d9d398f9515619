"""Class-maximizing images: gradient ascent on the logit of a class, from noise."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from foolproof.attacks.distances import nearest_distances
from foolproof.attacks.nontargeted import Snapshot, compare_nearest, summarize, with_snapshots
from foolproof.compute.seeds import new_generator
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import sample_images
from foolproof.figures.attack_nontargeted import cost_rows, draw_class_images, draw_cost_curves
from foolproof.figures.style import save_figures
from foolproof.networks.inference import to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.optimize.starts import gaussian_start
from foolproof.params.attack_nontargeted import AttackNontargeted
from foolproof.trained.stage import network_stage
from foolproof.trained.watched_classifier import watched_classifier


def main() -> str:
    """Optimize several images for each class, and keep them after each number of steps."""
    with network_stage(AttackNontargeted) as s:
        settings, network, dataset = s.settings, s.load("mnist/best", NETWORKS), s.dataset("mnist")
        targets = torch.tensor(settings.classes, device=s.device).repeat(settings.starts_per_class)
        start = gaussian_start(
            len(targets),
            mean=settings.noise.mean,
            std=settings.noise.std,
            generator=new_generator(settings.seed),
        ).to(s.device)
        model = watched_classifier(s, network, (1, 28, 28))
        snapshots, logits = with_snapshots(
            model, start, targets, steps=settings.steps, step_size=settings.step_size
        )
    digits = to_pixels(dataset.train.images)
    drawn = sample_images(dataset.test, len(start), new_generator(settings.seed, "images"))
    test_digits = to_pixels(drawn.images)
    nearest = compare_nearest(
        nearest_distances(snapshots[-1].images, digits), nearest_distances(test_digits, digits)
    )
    summary = summarize(snapshots, logits, targets)
    write_json(
        Path("metrics/attacks/nontargeted.json"),
        {
            **summary,
            "nearest_digit_mse": nearest,
            "weights_sha256": s.weights_sha256,
        },
    )
    write_and_draw(snapshots, logits, targets, settings)
    return f"{rate_in_words(summary['success_rate'])} classified as their class"


def write_and_draw(
    snapshots: Sequence[Snapshot], logits: Tensor, targets: Tensor, settings: AttackNontargeted
) -> None:
    """Write the images and the cost along the ascent, and draw both."""
    images = torch.stack([snapshot.images for snapshot in snapshots]).cpu().numpy()
    probabilities = torch.stack([snapshot.probabilities for snapshot in snapshots]).cpu().numpy()
    write_arrays(
        Path("data/attacks/nontargeted.npz"),
        targets=targets.cpu().numpy(),
        steps=np.array([snapshot.steps for snapshot in snapshots]),
        images=images,
        probabilities=probabilities,
    )
    classes = settings.classes
    costs = logits.view(len(logits), settings.starts_per_class, len(classes)).cpu()
    rows = cost_rows(costs.double().mean(1).numpy(), classes)
    write_csv(Path("plots/attack_nontargeted_cost.csv"), rows)
    first = slice(len(classes))  # one start of each class
    shown = {
        f"{snapshot.steps} steps": (each[first, 0], predicted[first])
        for snapshot, each, predicted in zip(snapshots, images, probabilities, strict=True)
    }
    figures = {
        "class_images": draw_class_images(shown, classes),
        "cost": draw_cost_curves(costs.numpy(), classes),
    }
    save_figures(figures, Path("plots/attack_nontargeted"), source=source_line("mnist"))


if __name__ == "__main__":
    run_stage(main)
