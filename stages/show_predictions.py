"""Classify the test images: random ones, the most confident errors, the confusion matrix."""

from pathlib import Path

import torch
from torch import Tensor

from foolproof.compute.confusion import confusion_counts
from foolproof.compute.intervals import Interval, mean_with_interval, rate_with_interval
from foolproof.compute.seeds import new_generator
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.datasets import Split
from foolproof.figures.show_predictions import draw_confusion, draw_predictions
from foolproof.figures.style import save_figures
from foolproof.networks.inference import predict_logits
from foolproof.networks.mnist import CLASSES, NETWORKS
from foolproof.params.show_predictions import ShowPredictions
from foolproof.trained.stage import network_stage


def main() -> str:
    """Classify with the selected network."""
    with network_stage(ShowPredictions) as s:
        test = s.dataset("mnist").test
        probabilities = predict_logits(s.load("mnist/best", NETWORKS), test.images).softmax(1)
    draw(test, probabilities, s.settings)
    confidences, predicted = probabilities.max(1)
    correct = predicted == test.labels
    write_csv(
        Path("plots/show_predictions_confusion.csv"),
        [
            {"true": true, "predicted": guess}
            for true, guess in zip(test.labels.tolist(), predicted.tolist(), strict=True)
        ],
    )
    accuracy = rate_with_interval(int(correct.sum()), len(correct))
    write_json(
        Path("metrics/mnist/predictions.json"),
        {
            "test_accuracy": accuracy,
            "mistakes": int((~correct).sum()),
            "mean_confidence_right": interval_or_none(confidences[correct]),
            "mean_confidence_wrong": interval_or_none(confidences[~correct]),
        },
    )
    return f"{rate_in_words(accuracy)} correctly classified"


def interval_or_none(values: Tensor) -> Interval | None:
    """Average values (N,) with an interval; None for N = 0."""
    return mean_with_interval(values.tolist()) if len(values) else None


def draw(test: Split, probabilities: Tensor, settings: ShowPredictions) -> None:
    """Draw random images, the most confident errors and the confusion matrix."""
    confidences, predicted = probabilities.max(1)
    wrong = predicted != test.labels
    order = torch.randperm(len(test.labels), generator=new_generator(settings.seed))
    by_confidence = confidences.where(wrong, -1.0).argsort(descending=True, stable=True)
    errors = by_confidence[: min(settings.images, int(wrong.sum()))]
    titles = {
        "predictions": (order[: settings.images], "Random test images"),
        "mistakes": (errors, "The most confident mistakes"),
    }
    figures = {
        name: draw_predictions(
            test.images[indices, 0].cpu().numpy(),
            test.labels[indices].cpu().numpy(),
            predicted[indices].cpu().numpy(),
            confidences[indices].cpu().numpy(),
            title=title,
        )
        for name, (indices, title) in titles.items()
    }
    counts = confusion_counts(test.labels.tolist(), predicted.tolist(), CLASSES)
    figures["confusion"] = draw_confusion(counts, [str(digit) for digit in range(CLASSES)])
    save_figures(figures, Path("plots/show_predictions"), source=source_line("mnist"))


if __name__ == "__main__":
    run_stage(main)
