"""Make images for classes out of noise, by gradient ascent on the logit."""

from pathlib import Path

import torch

from foolproof.attacks.class_images import gaussian_start, nontargeted
from foolproof.attacks.measures import mean_squared_distances
from foolproof.datasets import load_dataset
from foolproof.figures.class_images import draw_class_images, draw_cost_curves
from foolproof.figures.style import save_figure
from foolproof.files import write_arrays, write_csv, write_json
from foolproof.models.folding import fold_batch_norm
from foolproof.models.inference import to_pixels
from foolproof.models.mnist import NETWORKS
from foolproof.models.weights import load_network, unchanged_weights
from foolproof.params.attacks import AttackNontargeted
from foolproof.params.base import load_section
from foolproof.params.data import Compute
from foolproof.provenance import source_line
from foolproof.runtime import prepare_device, seeded
from foolproof.stage import run_stage

CURVE_POINTS = 100


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
        generator=seeded(settings.seed),
    ).to(device)

    stages, histories, done = [], [], 0
    attacked = fold_batch_norm(network)
    with unchanged_weights(network) as digest:
        for steps in sorted(settings.steps):
            trace = nontargeted(
                attacked, images, targets, steps=steps - done, step_size=settings.step_size
            )
            images, done = trace.inputs, steps
            histories.append(trace.history[:-1])
            stages.append((steps, images, trace.logits.softmax(1)))
    costs = torch.cat([*histories, trace.history[-1:]])

    by_steps = {}
    for steps, _, probabilities in stages:
        in_target = probabilities.gather(1, targets[:, None])[:, 0]
        by_steps[str(steps)] = {
            "success_rate": (probabilities.argmax(1) == targets).double().mean().item(),
            "mean_confidence": in_target.double().mean().item(),
            "min_confidence": in_target.min().item(),
        }
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
            **by_steps[str(done)],
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
        steps=torch.tensor([steps for steps, _, _ in stages]).numpy(),
        images=torch.stack([images for _, images, _ in stages]).cpu().numpy(),
        probabilities=torch.stack([p for _, _, p in stages]).cpu().numpy(),
    )

    by_class = costs.view(len(costs), settings.starts_per_class, len(classes)).cpu()
    mean_costs = by_class.double().mean(1)
    shown = range(0, len(costs), max(1, len(costs) // CURVE_POINTS))
    write_csv(
        Path("plots/attacks/cost.csv"),
        [
            {"step": step, "series": f"class {digit}", "logit": mean_costs[step, column].item()}
            for column, digit in enumerate(settings.classes)
            for step in shown
        ],
    )
    source = source_line("mnist")
    figure = draw_class_images(
        {
            f"{steps} steps": (
                made[: len(classes), 0].cpu().numpy(),
                p[: len(classes)].cpu().numpy(),
            )
            for steps, made, p in stages
        },
        settings.classes,
    )
    save_figure(figure, Path("plots/attacks/class_images.png"), source=source)
    figure = draw_cost_curves(by_class.numpy(), settings.classes)
    save_figure(figure, Path("plots/attacks/cost.png"), source=source)


if __name__ == "__main__":
    run_stage(main)
