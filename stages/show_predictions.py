"""Classify the test images: random ones, the most confident mistakes, the confusion matrix."""

from pathlib import Path

import torch
from torch import Tensor

from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.datasets import Split, load_dataset
from foolproof.figures.show_predictions import draw_confusion, draw_predictions
from foolproof.figures.style import save_figure
from foolproof.networks.inference import predict_logits
from foolproof.networks.mnist import CLASSES, NETWORKS
from foolproof.networks.weights import load_network
from foolproof.params.data import Compute
from foolproof.params.show_predictions import ShowPredictions


def main() -> None:
    """Classify with the best network."""
    settings = load_section("show_predictions", ShowPredictions)
    device = prepare_device(load_section("compute", Compute).threads)
    test = load_dataset(Path("data/mnist.npz"), device).test
    _, network = load_network(Path("models/mnist/best.safetensors"), NETWORKS, device)
    probabilities = predict_logits(network, test.images).softmax(1)
    confidences, predicted = probabilities.max(1)
    wrong = predicted != test.labels

    random = torch.randperm(len(test.labels), generator=new_generator(settings.seed))[
        : settings.images
    ]
    by_confidence = confidences.where(wrong, -1.0).argsort(descending=True, stable=True)
    sheets = {
        "predictions": (random, "Random test images"),
        "mistakes": (
            by_confidence[: min(settings.images, int(wrong.sum()))],
            "The most confident mistakes",
        ),
    }
    plots = Path("plots/show_predictions")
    source = source_line("mnist")
    for name, (rows, title) in sheets.items():
        shown = Split(*(tensor[rows].cpu() for tensor in test))
        figure = draw_predictions(
            shown.images[:, 0].numpy(),
            shown.labels.numpy(),
            predicted[rows].cpu().numpy(),
            confidences[rows].cpu().numpy(),
            title=title,
        )
        save_figure(figure, plots / f"{name}.png", source=source)

    pairs = (test.labels * CLASSES + predicted).cpu()
    counts = torch.bincount(pairs, minlength=CLASSES**2).view(CLASSES, CLASSES).numpy()
    names = [str(digit) for digit in range(CLASSES)]
    save_figure(draw_confusion(counts, names), plots / "confusion.png", source=source)
    write_csv(
        Path("plots/show_predictions_confusion.csv"),
        [{"true": int(pair) // CLASSES, "predicted": int(pair) % CLASSES} for pair in pairs],
    )
    write_json(
        Path("metrics/mnist/predictions.json"),
        {
            "test_accuracy": (~wrong).double().mean().item(),
            "mistakes": int(wrong.sum()),
            "mean_confidence_right": mean_confidence(confidences[~wrong]),
            "mean_confidence_wrong": mean_confidence(confidences[wrong]),
        },
    )


def mean_confidence(confidences: Tensor) -> float | None:
    """Average probabilities; None where there are none."""
    return confidences.double().mean().item() if len(confidences) else None


if __name__ == "__main__":
    run_stage(main)
