"""Find small noise that takes an image to each class, and add it to other images."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from foolproof.attacks.measures import choose_correct
from foolproof.attacks.noise import additive_noise
from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import Split, load_dataset
from foolproof.figures.attack_noise import draw_noises, draw_transfer
from foolproof.figures.style import save_figures
from foolproof.networks.folding import fold_batch_norm
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.mnist import CLASSES, NETWORKS
from foolproof.networks.weights import load_network, unchanged_weights
from foolproof.optimize.loop import OptimizationResult
from foolproof.params.attack_noise import AttackNoise
from foolproof.params.data import Compute

PLOTS = Path("plots/attack_noise")


def main() -> None:
    """Attack an image for each target class; then add each noise to one digit of each class."""
    settings = load_section("attack_noise", AttackNoise)
    device = prepare_device(load_section("compute", Compute).threads)
    _, network = load_network(Path("models/mnist/best.safetensors"), NETWORKS, device)
    test = load_dataset(Path("data/mnist.npz"), device).test
    generator = new_generator(settings.seed)
    predicted = predict_logits(network, test.images).argmax(1)
    originals = choose_originals(test, predicted, generator)
    fixed = test.take(choose_correct(test.labels, predicted, generator).to(device))
    images = to_pixels(originals.images)
    targets = torch.arange(CLASSES, device=device)

    with unchanged_weights(network) as digest:
        trace = additive_noise(
            fold_batch_norm(network),
            images,
            targets,
            confidence=settings.confidence,
            steps=settings.steps,
            step_size=settings.step_size,
        )
        noise = trace.inputs
        sums = add_each(noise, fixed)
        probabilities = probabilities_of(network, sums)
        control = probabilities_of(network, add_each(shuffled(noise, generator), fixed))
    write_json(
        Path("metrics/attacks/noise.json"),
        {**summarize(trace, targets, fixed, probabilities, control), "weights_sha256": digest},
    )
    write_arrays(
        Path("data/attacks/noise.npz"),
        images=images.cpu().numpy(),
        labels=originals.labels.cpu().numpy(),
        noise=noise.cpu().numpy(),
        fixed_images=fixed.images.cpu().numpy(),
        fixed_labels=fixed.labels.cpu().numpy(),
        probabilities=probabilities.cpu().numpy(),
    )
    write_csv(Path("plots/attack_noise_transfer.csv"), transfer_rows(probabilities, fixed.labels))
    figures = {
        "noise": draw_noises(
            images[:, 0].cpu().numpy(),
            noise[:, 0].cpu().numpy(),
            originals.labels.cpu().numpy(),
            trace.logits.softmax(1).cpu().numpy(),
        ),
        "transfer": draw_transfer(
            sums[:, :, 0].cpu().numpy(),
            fixed.labels.cpu().numpy(),
            probabilities.cpu().numpy(),
        ),
    }
    save_figures(figures, PLOTS, source=source_line("mnist"))


def summarize(
    trace: OptimizationResult, targets: Tensor, fixed: Split, probabilities: Tensor, control: Tensor
) -> dict[str, float | int]:
    """Measure the noises on their own images and on the fixed ones.

    Args:
        trace: of the attack.
        targets: of the noises, (N,).
        fixed: the M other images.
        probabilities: at each noise on each of them, (N, M, classes).
        control: the same with the pixels of each noise shuffled.
    """
    seen = probabilities.argmax(2)
    other = fixed.labels != targets[:, None]
    transferred = (seen == targets[:, None]) & other
    sizes = trace.inputs.flatten(1)
    return {
        "success_rate": trace.success.double().mean().item(),
        "min_confidence": trace.logits.softmax(1).gather(1, targets[:, None]).min().item(),
        "transfer_rate": transferred[other].double().mean().item(),
        "error_rate": (seen != fixed.labels).double().mean().item(),
        "error_rate_shuffled_noise": (control.argmax(2) != fixed.labels).double().mean().item(),
        "mean_l2": sizes.norm(dim=1).double().mean().item(),
        "mean_linf": sizes.abs().amax(1).double().mean().item(),
        "median_steps": trace.steps.double().median().item(),
        "max_steps": int(trace.steps.max()),
    }


def transfer_rows(probabilities: Tensor, labels: Tensor) -> list[dict[str, Any]]:
    """List what each fixed image (labels (M,)) is seen as with each noise, for a CSV file."""
    seen = probabilities.argmax(2)
    return [
        {
            "noise_for": target,
            "true": int(labels[column]),
            "predicted": int(seen[target, column]),
            "confidence": probabilities[target, column].max().item(),
        }
        for target in range(CLASSES)
        for column in range(len(labels))
    ]


def choose_originals(test: Split, predicted: Tensor, generator: torch.Generator) -> Split:
    """Choose for each target class, at random, a correctly classified image of another class."""
    right = predicted == test.labels
    rows = []
    for target in range(CLASSES):
        candidates = torch.nonzero(right & (test.labels != target))[:, 0]
        rows.append(candidates[torch.randint(len(candidates), (), generator=generator)])
    return test.take(torch.stack(rows))


def add_each(noise: Tensor, fixed: Split) -> Tensor:
    """Add each noise to each image: valid pixels (noises, images, C, H, W)."""
    return (to_pixels(fixed.images) + noise[:, None]).clamp(0, 1)


def probabilities_of(network: torch.nn.Module, sums: Tensor) -> Tensor:
    """Compute the probabilities (noises, images, classes) of images (noises, images, C, H, W)."""
    logits = predict_logits(network, sums.flatten(0, 1))
    return logits.softmax(1).view(*sums.shape[:2], -1)


def shuffled(noise: Tensor, generator: torch.Generator) -> Tensor:
    """Shuffle the pixels of each noise: as strong as before, and without its pattern."""
    pixels = noise.flatten(1)
    order = torch.stack([torch.randperm(pixels.shape[1], generator=generator) for _ in pixels])
    return pixels.gather(1, order.to(noise.device)).view_as(noise)


if __name__ == "__main__":
    run_stage(main)
