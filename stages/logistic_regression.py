"""Classify the pets by logistic regression on deep features; a linear SVM and k-NN to compare."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from foolproof.compute.words import share_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.figures.logistic_regression import (
    Curve,
    draw_classes,
    draw_confusions,
    draw_hyperparameters,
)
from foolproof.figures.style import save_figures
from foolproof.params.logistic_regression import LogisticRegression
from foolproof.params.pretrained import Pretrained
from foolproof.probes.evaluation import (
    Evaluation,
    compare_classifiers,
    evaluate,
    most_confused,
)
from foolproof.probes.logistic_regression import Probe, train_probes

log = logging.getLogger(__name__)

# The classifier that the others are compared to.
MAIN = "logistic_regression"
# The number of confused pairs of breeds that are listed.
PAIRS = 8


def main() -> str:
    """Tune on the training images, evaluate on the test images, and draw."""
    settings = load_section("logistic_regression", LogisticRegression)
    arrays = read_arrays(Path("data/pets_features.npz"))
    classes = [str(name) for name in arrays["classes"]]
    # The linear classifiers converge to TOLERANCE only in double precision.
    features, labels, train = arrays["features"].astype(float), arrays["labels"], arrays["train"]
    probes = train_probes(
        features[train],
        labels[train],
        classes,
        folds=settings.folds,
        seed=settings.seed,
        C_values=settings.C_values,
        neighbours=settings.neighbours,
        max_iter=settings.max_iter,
    )
    true = labels[~train]
    results = {
        name: evaluate(true, probe.predict(features[~train]), len(classes))
        for name, probe in probes.items()
    }
    rows = class_rows(classes, results)
    confused = most_confused(results[MAIN].confusions, classes, PAIRS)
    metrics = describe(probes, results, true) | {
        "classes": len(classes),
        "training_images": int(train.sum()),
        "per_class": dict(zip(classes, results[MAIN].class_rates, strict=True)),
        "most_confused": confused,
    }
    write_json(Path("metrics/pets/classifiers.json"), metrics)
    write_csv(Path("plots/logistic_regression_per_class.csv"), rows)
    pairs = [
        {"true": classes[label], "predicted": classes[predicted]}
        for label, predicted in zip(true, results[MAIN].predicted, strict=True)
    ]
    write_csv(Path("plots/logistic_regression_confusion.csv"), pairs)
    draw(probes, results, rows, confused)
    return f"mean-per-class accuracy {share_in_words(metrics['mean_per_class_accuracy'])}"


def class_rows(classes: Sequence[str], results: Mapping[str, Evaluation]) -> list[dict[str, Any]]:
    """List each class with its number of test images and its accuracy by every classifier."""
    images = results[MAIN].confusions.sum(1).tolist()
    return [
        {"class": breed, "images": count}
        | {name: result.class_accuracies[index] for name, result in results.items()}
        for index, (breed, count) in enumerate(zip(classes, images, strict=True))
    ]


def describe(
    probes: Mapping[str, Probe], results: Mapping[str, Evaluation], true: NDArray[Any]
) -> dict[str, Any]:
    """Report the classifiers' hyperparameters and accuracies, and compare them to the main one."""
    for name, probe in probes.items():
        accuracy = 100 * results[name].accuracy["value"]
        log.info("%s: hyperparameter %g, %.1f %%", name, probe.chosen, accuracy)
    return {
        "classifier": "logistic regression",
        "C": probes[MAIN].chosen,
        "mean_per_class_accuracy": results[MAIN].accuracy,
        "test_images": len(true),
        "folds": probes[MAIN].validation.shape[1],
        "classifiers": {
            name: {
                "mean_per_class_accuracy": results[name].accuracy,
                "chosen": probe.chosen,
                "grid": probe.grid,
                "training_accuracies": probe.training.mean(1).tolist(),
                "validation_accuracies": probe.validation.mean(1).tolist(),
                "converged": probe.converged,
            }
            for name, probe in probes.items()
        },
        f"{MAIN}_against": {
            name: compare_classifiers(true, results[MAIN].predicted, result.predicted)
            for name, result in results.items()
            if name != MAIN
        },
    }


def draw(
    probes: Mapping[str, Probe],
    results: Mapping[str, Evaluation],
    rows: Sequence[Mapping[str, Any]],
    confused: Sequence[Mapping[str, Any]],
) -> None:
    """Draw confusions, accuracies by class, and the choice of the hyperparameters."""
    classes = [row["class"] for row in rows]
    curves = {
        name: Curve(
            probe.grid,
            probe.training,
            probe.validation,
            chosen=probe.chosen,
            test=results[name].accuracy["value"],
            low=results[name].accuracy["low"],
            high=results[name].accuracy["high"],
        )
        for name, probe in probes.items()
    }
    figures = {
        "confusion": draw_confusions(results[MAIN].confusions, classes, confused),
        "classes": draw_classes(rows, {name: curve.test for name, curve in curves.items()}),
        "regularization": draw_hyperparameters(curves),
    }
    source = source_line("pets", load_section("pretrained", Pretrained).network)
    save_figures(figures, Path("plots/logistic_regression"), source=source)


if __name__ == "__main__":
    run_stage(main)
