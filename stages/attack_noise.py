"""Additive perturbations towards each class, and their transfer to other images."""

from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.attacks.minimal import ddn
from foolproof.attacks.noise import additive_noise
from foolproof.attacks.noise_transfer import (
    add_to_each,
    compare_with_minimal,
    predict_grid,
    shuffle_pixels,
    summarize,
    summarize_transfer,
)
from foolproof.attacks.selection import choose_one_per_class, choose_one_per_target
from foolproof.compute.seeds import new_generator
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import Split
from foolproof.figures.attack_noise import draw_noises, draw_transfer, transfer_rows
from foolproof.figures.style import save_figures
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.mnist import CLASSES, NETWORKS
from foolproof.optimize.loop import OptimizationResult
from foolproof.params.attack_noise import AttackNoise
from foolproof.trained.stage import network_stage
from foolproof.trained.watched_classifier import watched_classifier


def main() -> str:
    """Attack an image for each target class; then add each noise to one digit of each class."""
    with network_stage(AttackNoise) as s:
        settings, network, test = (
            s.settings,
            s.load("mnist/best", NETWORKS),
            s.dataset("mnist").test,
        )
        generator = new_generator(settings.seed)
        predicted = predict_logits(network, test.images).argmax(1)
        chosen = choose_one_per_target(test.labels, predicted, CLASSES, generator)
        fixed = test.take(choose_one_per_class(test.labels, predicted, generator).to(s.device))
        images, labels = to_pixels(test.images[chosen]), test.labels[chosen]
        targets = torch.arange(CLASSES, device=s.device)
        model = watched_classifier(s, network, (1, 28, 28))
        common: dict[str, Any] = {"confidence": settings.confidence, "steps": settings.steps}
        result = additive_noise(model, images, targets, step_size=settings.step_size, **common)
        minimal = ddn(model, images, labels, targets=targets, **common)
        noise, fixed_pixels = result.inputs, to_pixels(fixed.images)
        sums = add_to_each(noise, fixed_pixels)
        predictions = predict_grid(network, sums)
        shuffled = add_to_each(shuffle_pixels(noise, generator), fixed_pixels)
        control = predict_grid(network, shuffled)
    metrics = {
        **summarize(result, images, targets),
        **summarize_transfer(targets, fixed.labels, predictions.argmax(2), control.argmax(2)),
        "minimal": compare_with_minimal(result, images, minimal),
        "weights_sha256": s.weights_sha256,
    }
    write_json(Path("metrics/attacks/noise.json"), metrics)
    write_and_draw(result, images, labels.cpu().numpy(), minimal.x_adv, fixed, sums, predictions)
    success, transfer = (rate_in_words(metrics[f"{key}_rate"]) for key in ("success", "transfer"))
    return f"success {success}; transfer {transfer}"


def write_and_draw(
    result: OptimizationResult,
    images: Tensor,
    labels: NDArray[Any],
    minimal: Tensor,
    fixed: Split,
    sums: Tensor,
    predictions: Tensor,
) -> None:
    """Write and draw noise, minimal results, and the sums of each noise and each fixed image."""
    noise, probabilities = result.inputs.cpu().numpy(), predictions.cpu().numpy()
    fixed_labels = fixed.labels.cpu().numpy()
    write_arrays(
        Path("data/attacks/noise.npz"),
        images=images.cpu().numpy(),
        labels=labels,
        noise=noise,
        minimal=minimal.cpu().numpy(),
        fixed_images=fixed.images.cpu().numpy(),
        fixed_labels=fixed_labels,
        probabilities=probabilities,
    )
    rows = transfer_rows(probabilities, fixed_labels)
    write_csv(Path("plots/attack_noise_transfer.csv"), rows)
    after = result.logits.softmax(1).cpu().numpy()
    figures = {
        "noise": draw_noises(
            images[:, 0].cpu().numpy(), noise[:, 0], minimal[:, 0].cpu().numpy(), labels, after
        ),
        "transfer": draw_transfer(sums[:, :, 0].cpu().numpy(), fixed_labels, probabilities),
    }
    save_figures(figures, Path("plots/attack_noise"), source=source_line("mnist"))


if __name__ == "__main__":
    run_stage(main)
