"""Classify the test images: random ones, the most confident mistakes, the confusion matrix."""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from foolproof.datasets import Split, load_dataset
from foolproof.figures.predictions import draw_confusion, draw_predictions
from foolproof.figures.style import save_figure
from foolproof.files import write_csv, write_json
from foolproof.models.inference import predict_logits
from foolproof.models.mnist import CLASSES, NETWORKS
from foolproof.models.weights import load_network
from foolproof.params.analysis import ShowPredictions
from foolproof.params.base import load_section
from foolproof.params.data import Compute
from foolproof.provenance import source_line
from foolproof.runtime import prepare_device, seeded
from foolproof.stage import run_stage


def main() -> None:
    """Classify with the best network of the data set that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    dataset = parser.parse_args().dataset
    settings = load_section("show_predictions", ShowPredictions)
    device = prepare_device(load_section("compute", Compute).threads)
    test = load_dataset(Path("data", f"{dataset}.npz"), device).test
    _, network = load_network(Path("models", dataset, "best.safetensors"), NETWORKS, device)
    probabilities = predict_logits(network, test.images).softmax(1)
    confidences, predicted = probabilities.max(1)
    wrong = predicted != test.labels

    random = torch.randperm(len(test.labels), generator=seeded(settings.seed))[: settings.images]
    by_confidence = confidences.where(wrong, -1.0).argsort(descending=True, stable=True)
    sheets = {
        "predictions": (random, "Random test images"),
        "mistakes": (
            by_confidence[: min(settings.images, int(wrong.sum()))],
            "The most confident mistakes",
        ),
    }
    plots = Path("plots", dataset)
    source = source_line(dataset)
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
        plots / "confusion.csv",
        [{"true": int(pair) // CLASSES, "predicted": int(pair) % CLASSES} for pair in pairs],
    )
    write_json(
        Path("metrics", dataset, "predictions.json"),
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
