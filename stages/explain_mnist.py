"""Explain the digits of `occlude` by five methods, and score the maps on random test images."""

from pathlib import Path

import torch

from foolproof.attacks.selection import choose, correct_or_all
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.data.datasets import Split
from foolproof.explain.stage import explain_images
from foolproof.figures.explain import TITLES, draw_curves, draw_maps
from foolproof.figures.style import save_figures
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import load_network
from foolproof.params.explain import ExplainMnist
from foolproof.trained.stage import network_stage
from foolproof.trained.watched_classifier import watched_classifier

CONTROLS = ("random", "intensity")


def main(file: str) -> str:
    """Explain the true class of digits that the network of a file classifies right."""
    with network_stage(ExplainMnist, "explain.mnist") as s:
        network = s.watch(load_network(Path(file), NETWORKS, s.device)[1])
        model = watched_classifier(s, network, (1, 28, 28))
        shown = occluded_digits(s.device)
        scored = choose_per_class(model, s.dataset("mnist").test, s.settings)
        pixels = to_pixels(scored.images)
        found = explain_images(
            model,
            (to_pixels(shown.images), shown.labels),
            (pixels, scored.labels),
            s.settings,
            controls={"intensity": pixels[:, 0]},
        )
    record = {"shown": len(shown.labels), "weights_sha256": s.weights_sha256}
    described = found.describe()
    write_json(Path("metrics/explain/mnist.json"), described | record)
    write_csv(Path("plots/explain_mnist_scores.csv"), found.comparison.rows(TITLES))
    figures = {
        "maps": draw_maps(
            to_pixels(shown.images)[:, 0].cpu().numpy(),
            found.maps,
            titles=[f"digit {label}" for label in shown.labels.tolist()],
            title="Explanation maps of the true class",
        ),
        "curves": draw_curves(
            found.comparison.curves,
            found.controls,
            images=len(scored.labels),
            title="MNIST test images",
        ),
    }
    save_figures(figures, Path("plots/explain/mnist"), source=source_line("mnist"))
    best = {kind: each["method"] for kind, each in described["best"].items()}
    return f"best by deletion: {best['deletion']}; by insertion: {best['insertion']}"


def occluded_digits(device: torch.device) -> Split:
    """Load the digits of `occlude`, all classified correctly."""
    arrays = read_arrays(Path("data/occlusion/mnist.npz"))
    images, labels = (torch.from_numpy(arrays[key]).to(device) for key in ("images", "labels"))
    return Split(images, labels)


def choose_per_class(model: Classifier, test: Split, settings: ExplainMnist) -> Split:
    """Choose random test images of each class that the classifier classifies correctly, if any."""
    correct = correct_or_all(test.labels, predict_logits(model, test.images).argmax(1))
    generator = new_generator(settings.seed)
    chosen = [
        choose(correct & (test.labels == label), settings.images_per_class, generator)
        for label in range(model.classes)
    ]
    return test.take(torch.cat(chosen))


if __name__ == "__main__":
    run_stage(main, file=None)
