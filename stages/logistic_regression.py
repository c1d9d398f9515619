"""Classify the pets by logistic regression on deep features, with a linear SVM and k-NN beside."""

import logging
from pathlib import Path
from typing import Any

from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.figures.logistic_regression import draw_classes, draw_confusions, draw_settings
from foolproof.figures.style import save_figures
from foolproof.params.logistic_regression import LogisticRegression
from foolproof.params.pretrained import Pretrained
from foolproof.probes.linear import Probe, train_probes
from foolproof.probes.measures import (
    class_accuracies,
    compare,
    count_confusions,
    mean_per_class,
    most_confused,
)

log = logging.getLogger(__name__)

# The classifier that the others stand beside.
MAIN = "logistic_regression"
# Pairs of breeds that are named.
PAIRS = 8
PLOTS = Path("plots/logistic_regression")


def main() -> None:
    """Choose settings on the training images, classify the test images, and measure that."""
    settings = load_section("logistic_regression", LogisticRegression)
    arrays = read_arrays(Path("data/pets_features.npz"))
    classes = [str(name) for name in arrays["classes"]]
    # The linear classifiers converge as far as is asked of them only in double precision.
    features, labels, train = arrays["features"].astype(float), arrays["labels"], arrays["train"]
    true = labels[~train]
    probes = train_probes(features[train], labels[train], classes, **settings.model_dump())
    predicted = {name: probe.predict(features[~train]) for name, probe in probes.items()}
    confusions = {
        name: count_confusions(true, guesses, len(classes)) for name, guesses in predicted.items()
    }
    accuracies = {name: mean_per_class(counts) for name, counts in confusions.items()}
    for name, probe in probes.items():
        log.info("%s: setting %g, %.1f %%", name, probe.setting, 100 * accuracies[name]["value"])
    by_class = {name: class_accuracies(counts) for name, counts in confusions.items()}
    rows: list[dict[str, Any]] = [
        {"class": breed, "images": int(images), **{name: by_class[name][i] for name in by_class}}
        for i, (breed, images) in enumerate(zip(classes, confusions[MAIN].sum(1), strict=True))
    ]
    confused = most_confused(confusions[MAIN], classes, PAIRS)
    write_json(
        Path("metrics/pets/classifiers.json"),
        {
            "classifier": "logistic regression",
            "C": probes[MAIN].setting,
            "mean_per_class_accuracy": accuracies[MAIN],
            "classes": len(classes),
            "training_images": int(train.sum()),
            "test_images": len(true),
            "folds": probes[MAIN].validation.shape[1],
            "classifiers": {
                name: {
                    "mean_per_class_accuracy": accuracies[name],
                    **describe(probe),
                }
                for name, probe in probes.items()
            },
            f"{MAIN}_against": {
                name: compare(predicted[MAIN] == true, guesses == true)
                for name, guesses in predicted.items()
                if name != MAIN
            },
            "per_class": {row.pop("class"): row for row in map(dict, rows)},
            "most_confused": confused,
        },
    )
    write_csv(Path("plots/logistic_regression_per_class.csv"), rows)
    write_csv(
        Path("plots/logistic_regression_confusion.csv"),
        [
            {"true": classes[label], "predicted": classes[guess]}
            for label, guess in zip(true, predicted[MAIN], strict=True)
        ],
    )
    network = load_section("pretrained", Pretrained).network
    figures = {
        "confusion": draw_confusions(confusions[MAIN], classes, confused),
        "classes": draw_classes(rows, {name: each["value"] for name, each in accuracies.items()}),
        "regularization": draw_settings(
            {
                name: {
                    "settings": probe.settings,
                    "training": probe.training,
                    "validation": probe.validation,
                    "chosen": probe.setting,
                    "test": accuracies[name],
                }
                for name, probe in probes.items()
            }
        ),
    }
    save_figures(figures, PLOTS, source=source_line("pets", network))


def describe(probe: Probe) -> dict[str, Any]:
    """Tell the setting and, for all settings tried, what cross-validation found."""
    return {
        "setting": probe.setting,
        "settings": probe.settings,
        "training_accuracies": probe.training.mean(1).tolist(),
        "validation_accuracies": probe.validation.mean(1).tolist(),
    }


if __name__ == "__main__":
    run_stage(main)
