"""Make images that the network takes for one class and that look like a digit of another."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from foolproof.attacks.class_images import Tuned, gaussian_start, targeted_with_tuned_beta
from foolproof.attacks.measures import choose_correct, mean_squared_distances
from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import load_dataset
from foolproof.figures.attack_nontargeted import (
    draw_beta_tuning,
    draw_targeted_grid,
    draw_targeted_tables,
)
from foolproof.figures.style import save_figures
from foolproof.networks.folding import fold_batch_norm
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.mnist import CLASSES, NETWORKS
from foolproof.networks.weights import load_network, unchanged_weights
from foolproof.params.attack_targeted import AttackTargeted
from foolproof.params.data import Compute


def main() -> None:
    """Take every pair of target class and look-alike digit, from both starts."""
    settings = load_section("attack_targeted", AttackTargeted)
    device = prepare_device(load_section("compute", Compute).threads)
    _, network = load_network(Path("models/mnist/best.safetensors"), NETWORKS, device)
    test = load_dataset(Path("data/mnist.npz"), device).test
    generator = new_generator(settings.seed)
    predicted = predict_logits(network, test.images).argmax(1)
    chosen = choose_correct(test.labels, predicted, generator).to(device)
    digits = to_pixels(test.images[chosen])
    targets = torch.arange(CLASSES, device=device).repeat_interleave(len(digits))
    look_alikes = digits.repeat(CLASSES, 1, 1, 1)
    noise = gaussian_start(
        len(targets), mean=settings.noise.mean, std=settings.noise.std, generator=generator
    ).to(device)
    betas = sorted(settings.betas, reverse=True)
    attacked = fold_batch_norm(network)
    with unchanged_weights(network) as digest:
        outcomes = {
            name: targeted_with_tuned_beta(
                attacked,
                start,
                targets,
                look_alikes,
                betas=betas,
                confidence=settings.confidence,
                steps=settings.steps,
                step_size=settings.step_size,
            )
            for name, start in (("noise", noise), ("look-alike", look_alikes))
        }

    others = mean_squared_distances(digits, to_pixels(test.images))
    others[torch.arange(len(chosen), device=device), chosen] = torch.inf
    others = others.repeat(CLASSES, 1)
    nearest_drawn = draw_distances(others, settings.comparisons, generator)
    by_start = {
        name: summarize(outcome, targets, nearest_drawn, others)
        for name, outcome in outcomes.items()
    }
    tuning = {name: tuning_of(outcome, len(betas)) for name, outcome in outcomes.items()}
    write_json(
        Path("metrics/attacks/targeted.json"),
        {
            "success_rate": min(summary["success_rate"] for summary in by_start.values()),
            "by_start": by_start,
            "comparisons": settings.comparisons,
            "betas": {
                name: {f"{beta:g}": point for beta, point in zip(betas, points, strict=True)}
                for name, points in tuning.items()
            },
            "weights_sha256": digest,
        },
    )
    shape = (CLASSES, len(digits))
    confidences = {
        name: outcome.probabilities.gather(1, targets[:, None]).view(shape).cpu().numpy()
        for name, outcome in outcomes.items()
    }
    images = {
        name: outcome.images.view(*shape, 28, 28).cpu().numpy()
        for name, outcome in outcomes.items()
    }
    labels = test.labels[chosen].tolist()
    write_arrays(
        Path("data/attacks/targeted.npz"),
        look_alikes=digits.cpu().numpy(),
        look_alike_labels=np.array(labels),
        **{f"{name}_images": made for name, made in images.items()},
        **{f"{name}_confidences": table for name, table in confidences.items()},
    )
    tables = {
        name: (confidences[name], outcome.distances.view(shape).cpu().numpy())
        for name, outcome in outcomes.items()
    }
    figures = {
        "tables": draw_targeted_tables(tables, labels),
        "beta": draw_beta_tuning(betas, tuning, len(targets)),
    } | {
        f"from_{name}": draw_targeted_grid(
            made,
            confidences[name],
            labels,
            title=f"Start: {name}. Each image with the probability of its target class",
        )
        for name, made in images.items()
    }
    save_figures(figures, Path("plots/attack_targeted"), source=source_line("mnist"))


def draw_distances(others: Tensor, number: int, generator: torch.Generator) -> Tensor:
    """Draw test digits for each cell, and give the least of their distances, (cells,).

    Args:
        others: distances of all other test digits to the look-alike, (cells, test digits).
        number: of digits drawn for a cell.
        generator: of the draws, on the CPU.
    """
    drawn = torch.randint(others.shape[1], (len(others), number), generator=generator)
    return others.gather(1, drawn.to(others.device)).amin(1)


def summarize(
    outcome: Tuned, targets: Tensor, nearest_drawn: Tensor, others: Tensor
) -> dict[str, float | int]:
    """Average over the cells.

    A cell succeeds when its image is seen as the target and is nearer to the look-alike than
    every test digit that was drawn to compare with.

    Args:
        outcome: of all cells.
        targets: the classes, (cells,).
        nearest_drawn: least distance of a drawn digit to the look-alike, (cells,).
        others: distances of all other test digits to the look-alike, (cells, test digits).
    """
    classified = outcome.probabilities.argmax(1) == targets
    confidences = outcome.probabilities.gather(1, targets[:, None])
    return {
        "cells": len(targets),
        "classified_rate": classified.double().mean().item(),
        "success_rate": (classified & (outcome.distances < nearest_drawn)).double().mean().item(),
        "mean_confidence": confidences.double().mean().item(),
        "mean_mse": outcome.distances.double().mean().item(),
        "closer_test_digits": (others < outcome.distances[:, None]).double().mean().item(),
    }


def tuning_of(outcome: Tuned, betas: int) -> list[dict[str, float | None]]:
    """Count for each beta the problems tried and solved, with the mean distance of the latter."""
    points: list[dict[str, float | None]] = []
    for position in range(betas):
        solved = outcome.solved_at == position
        points.append(
            {
                "tried": int((outcome.solved_at >= position).sum()),
                "solved": int(solved.sum()),
                "mean_mse": outcome.distances[solved].double().mean().item()
                if solved.any()
                else None,
            }
        )
    return points


if __name__ == "__main__":
    run_stage(main)
