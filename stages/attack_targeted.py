"""Class-maximizing images that stay near a reference image of another class."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from foolproof.attacks.distances import distances_within_class
from foolproof.attacks.selection import choose_one_per_class
from foolproof.attacks.targeted import (
    TunedResult,
    compare_distances,
    min_of_drawn,
    summarize,
    summarize_tuning,
    targeted_with_tuned_beta,
)
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.seeds import new_generator
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.figures.attack_targeted import (
    draw_beta_tuning,
    draw_targeted_grid,
    draw_targeted_tables,
)
from foolproof.figures.style import save_figures
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.mnist import CLASSES, NETWORKS
from foolproof.optimize.starts import gaussian_start
from foolproof.params.attack_targeted import AttackTargeted
from foolproof.trained.stage import network_stage
from foolproof.trained.watched_classifier import watched_classifier


def main() -> str:
    """Attack every pair of target class and reference digit, from noise and from the reference."""
    with network_stage(AttackTargeted) as s:
        settings, network, test = (
            s.settings,
            s.load("mnist/best", NETWORKS),
            s.dataset("mnist").test,
        )
        generator = new_generator(settings.seed)
        predicted = predict_logits(network, test.images).argmax(1)
        chosen = choose_one_per_class(test.labels, predicted, generator).to(s.device)
        pixels = to_pixels(test.images)
        references = pixels[chosen].repeat(CLASSES, 1, 1, 1)
        targets = torch.arange(CLASSES, device=s.device).repeat_interleave(len(chosen))
        model = watched_classifier(s, network, (1, 28, 28))
        results = attack(model, targets, references, settings, generator)
    others = distances_within_class(pixels, test.labels, chosen).repeat(CLASSES, 1)
    labels = test.labels[chosen]
    betas = sorted(settings.betas, reverse=True)
    attacks = targets != labels.repeat(CLASSES)  # not towards the reference's own class
    attacked = {name: result.take(attacks) for name, result in results.items()}
    tuning = {name: summarize_tuning(result, len(betas)) for name, result in attacked.items()}
    metrics = measure(
        attacked,
        targets[attacks],
        chosen.repeat(CLASSES)[attacks],
        min_of_drawn(others, settings.comparisons, generator)[attacks],
        others[attacks],
    )
    by_beta = {
        name: dict(zip(map("{:g}".format, betas), points, strict=True))
        for name, points in tuning.items()
    }
    record = {"comparisons": settings.comparisons, "weights_sha256": s.weights_sha256}
    write_json(Path("metrics/attacks/targeted.json"), {**metrics, "betas": by_beta, **record})
    figures = write_and_draw(results, pixels[chosen], labels.tolist())
    figures["beta"] = draw_beta_tuning(betas, tuning, int(attacks.sum()))
    save_figures(figures, Path("plots/attack_targeted"), source=source_line("mnist"))
    return f"success {rate_in_words(metrics['success_rate'])}"


def measure(
    attacked: Mapping[str, TunedResult],
    targets: Tensor,
    references: Tensor,
    nearest_drawn: Tensor,
    others: Tensor,
) -> dict[str, Any]:
    """Measure the attacks from both starts, see `summarize`, and compare their distances."""
    by_start = {
        name: summarize(result, targets, references, nearest_drawn, others)
        for name, result in attacked.items()
    }
    rates = [summary["success_rate"] for summary in by_start.values()]
    first, second = attacked
    return {
        "success_rate": min(rates, key=lambda rate: float(rate["value"])),
        "by_start": by_start,
        "mse_difference": {
            "first": first,
            "second": second,
            "difference": compare_distances(attacked[first], attacked[second], references),
        },
    }


def attack(
    model: Classifier,
    targets: Tensor,
    references: Tensor,
    settings: AttackTargeted,
    generator: torch.Generator,
) -> dict[str, TunedResult]:
    """Attack from noise and from the references (N, 1, 28, 28), with a tuned beta for each pair."""
    noise = gaussian_start(
        len(targets), mean=settings.noise.mean, std=settings.noise.std, generator=generator
    ).to(targets.device)
    return {
        name: targeted_with_tuned_beta(
            model,
            start,
            targets,
            references,
            betas=sorted(settings.betas, reverse=True),
            confidence=settings.confidence,
            steps=settings.steps,
            step_size=settings.step_size,
            progress=f"targeted, from {name}",
        )
        for name, start in (("noise", noise), ("reference", references))
    }


def write_and_draw(
    results: Mapping[str, TunedResult], references: Tensor, labels: Sequence[int]
) -> dict[str, Figure]:
    """Write the images and confidences by target and reference, and draw them."""
    shape = (CLASSES, len(labels))
    targets = torch.arange(CLASSES).repeat_interleave(len(labels))
    images, confidences, distances = {}, {}, {}
    for name, result in results.items():
        of_targets = result.probabilities.cpu().gather(1, targets[:, None])
        images[name] = result.images.view(*shape, 28, 28).cpu().numpy()
        confidences[name] = of_targets.view(shape).numpy()
        distances[name] = result.distances.view(shape).cpu().numpy()
    write_arrays(
        Path("data/attacks/targeted.npz"),
        references=references.cpu().numpy(),
        reference_labels=np.array(labels),
        **{f"from_{name}_images": each for name, each in images.items()},
        **{f"from_{name}_confidences": table for name, table in confidences.items()},
    )
    tables = {name: (confidences[name], distances[name]) for name in results}
    return {"tables": draw_targeted_tables(tables, labels)} | {
        f"from_{name}": draw_targeted_grid(
            images[name],
            confidences[name],
            labels,
            title=f"Start: {name}. Each image with the probability of its target class",
        )
        for name in results
    }


if __name__ == "__main__":
    run_stage(main)
