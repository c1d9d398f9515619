"""EE6132, questions 1.1 and 1.2: training and test accuracy."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.document import Answer, Block, Figure, Paragraph, Table
from foolproof.answers.markup import code
from foolproof.answers.numbers import (
    count,
    counted,
    listed,
    percent,
    percent_interval,
    plus_minus,
    rate_interval,
)
from foolproof.answers.training import (
    OVERFIT_RISE,
    no_overfitting_text,
    optimizer_text,
    overfits,
    schedule_text,
)

NAMES = {"nobn": "without batch norm", "bn": "with batch norm"}
"""Of the networks in the text, by their names in the metrics."""

Rows = Sequence[Mapping[str, str]]


def training_answer(
    trainings: Mapping[str, Any],
    end: Mapping[str, Any],
    curves: Rows,
    layers: Sequence[Mapping[str, Any]],
    config: Mapping[str, Any],
) -> Answer:
    """Answer question 1.1.

    Args:
        trainings: metrics/mnist/{nobn,bn}.json by network.
        end: of metrics/mnist/comparison.json, accuracies at the end of training by network.
        curves: plots/compare_batchnorm_mnist.csv.
        layers: of the network without batch norm.
        config: section `train.mnist` of params.yaml.
    """
    seeds, epochs = trainings["nobn"]["test_accuracy"]["n"], trainings["nobn"]["epochs"]
    interval = "" if seeds == 1 else ", mean ± 95\u00a0% interval"
    accuracies = " and ".join(
        f"{percent_interval(trainings[key]['test_accuracy'])} {name}" for key, name in NAMES.items()
    )
    return Answer(
        number="1.1",
        question="How do training error, validation error and accuracy develop, and what accuracy "
        "does the trained network have on all test images?",
        answer=f"Test accuracy {accuracies} ({counted(seeds, 'seed')}{interval}).",
        glance=f"Test accuracy {accuracies} ({counted(seeds, 'seed')}).",
        rule="Mean over the seeds with Student's 95 % interval. A network overfits where its final "
        f"mean validation loss exceeds the minimum by more than {100 * (OVERFIT_RISE - 1):.0f} %.",
        numbers={key: trainings[key]["test_accuracy"] for key in NAMES},
        evidence=[
            Paragraph(f"{network_text(layers)} {recipe_text(config, epochs)}"),
            Figure(
                path="plots/compare_batchnorm/mnist.png",
                label="fig-curves",
                caption="Training (dashed) and validation (solid) loss, error and accuracy of the "
                f"MNIST network without and with batch norm: mean of {counted(seeds, 'seed')}, "
                "bands from min to max. Training values are means over the batches since the "
                "previous point, so they lag behind at first.",
            ),
            accuracy_table(trainings),
            Paragraph(f"{overfitting_text(curves, epochs)} {end_text(end)} {loss_text(config)}"),
        ],
    )


def network_text(layers: Sequence[Mapping[str, Any]]) -> str:
    """Name the layers of the sheet's network."""
    names = [
        code(each["name"]) for each in layers if each["kind"] in ("Conv2d", "MaxPool2d", "Linear")
    ]
    return f"The network is the sheet's: {' – '.join(names)} – softmax, with ReLU throughout."


def recipe_text(config: Mapping[str, Any], epochs: int) -> str:
    """Describe the training, and on which images it was chosen."""
    return (
        f"It is trained for {counted(epochs, 'epoch')} in batches of {config['batch_size']}, with "
        f"{optimizer_text(config)} {schedule_text(config['warmup'])} "
        f"{percent(config['validation_fraction'], 0)} of the training images form the validation "
        "set, and the epoch with the best validation accuracy is kept. The test images choose "
        "nothing: the recipe, too, was chosen on held-out training images, by "
        "`benchmarks/recipes.py`."
    )


def accuracy_table(trainings: Mapping[str, Any]) -> Table:
    """Compare the trained networks."""
    seeds = trainings["nobn"]["test_accuracy"]["n"]
    mean = f"; mean of {seeds} seeds ± 95\u00a0% interval" if seeds > 1 else ""
    return Table(
        label="tab-accuracy",
        caption=f"Accuracy and loss on all test images after training{mean}. The last three "
        "columns describe the training with the best validation accuracy.",
        header=[
            "Network",
            "Test accuracy",
            "Test loss (nats)",
            "Validation",
            "Seed",
            "Epoch kept",
        ],
        rows=[
            [
                name,
                percent_interval(result["test_accuracy"]),
                plus_minus(result["test_loss"], digits=4),
                percent(result["validation_accuracy"]),
                str(result["best_seed"]),
                f"{result['best_epoch']} of {result['epochs']}",
            ]
            for key, name in NAMES.items()
            for result in [trainings[key]]
        ],
    )


def series_of(curves: Rows, series: str) -> Rows:
    """Take the rows of a series."""
    return [row for row in curves if row["series"] == series]


def overfitting_text(curves: Rows, epochs: int) -> str:
    """Say which networks overfit: their validation loss has risen again at the end."""
    found = [name for name in NAMES.values() if overfits(series_of(curves, f"validation, {name}"))]
    if not found:
        return no_overfitting_text(epochs, "validation")
    return (
        f"The final validation loss {listed(found)} exceeds its minimum: there the network begins "
        "to overfit."
    )


def end_text(end: Mapping[str, Any]) -> str:
    """Compare training and validation accuracy at the end."""

    def each(key: str) -> str:
        return listed(
            [f"{percent_interval(end[network][key])} {NAMES[network]}" for network in NAMES]
        )

    return (
        f"At the end the mean training accuracy is {each('training_accuracy')}, the mean "
        f"validation accuracy {each('validation_accuracy')} "
        f"(n = {end['nobn']['training_accuracy']['n']})."
    )


def loss_text(config: Mapping[str, Any]) -> str:
    """Say how the loss that is minimized differs from the one that is shown."""
    if not config["label_smoothing"]:
        return "The loss is the cross-entropy."
    return (
        "The training minimizes a cross-entropy with labels smoothed by "
        f"{config['label_smoothing']}, which discourages overconfident predictions; losses are "
        "given without smoothing."
    )


# ---- Question 1.2 ----------------------------------------------------------------------------


def predictions_answer(predictions: Mapping[str, Any], confusion: Rows, images: int) -> Answer:
    """Answer question 1.2.

    Args:
        predictions: metrics/mnist/predictions.json.
        confusion: plots/show_predictions_confusion.csv, a row an image.
        images: of params.yaml, that are drawn.
    """
    accuracy, shown = predictions["test_accuracy"], min(images, len(confusion))
    return Answer(
        number="1.2",
        question="Show random test images with their true and their predicted class.",
        answer=f"@fig-predictions shows {shown}. {mistakes_text(predictions)}",
        glance=mistakes_text(predictions),
        rule="Counted over all test images, with Wilson's 95 % interval.",
        numbers={"test_accuracy": accuracy},
        evidence=[
            Figure(
                path="plots/show_predictions/predictions.png",
                label="fig-predictions",
                caption=f"{shown} random test images: true → predicted class, and the probability "
                "of the predicted one, by the network with the best validation accuracy. Bold: "
                "misclassified.",
            ),
            *mistakes_evidence(predictions, confusion, images),
        ],
    )


def mistakes_text(predictions: Mapping[str, Any]) -> str:
    """Count the misclassified test images."""
    accuracy = predictions["test_accuracy"]
    if predictions["mistakes"] == 0:
        return f"The network classifies all {count(accuracy['n'])} test images correctly."
    return f"The network classifies {rate_interval(accuracy)} test images correctly."


def mistakes_evidence(
    predictions: Mapping[str, Any], confusion: Rows, images: int
) -> Sequence[Block]:
    """Show the misclassified images and which classes are confused."""
    mistakes = predictions["mistakes"]
    best = "From here on the network is the one with the best validation accuracy."
    if mistakes == 0:
        return [Paragraph(best)]
    confidence = listed(
        [
            f"{percent_interval(found, 1)} on {name} images (n = {count(found['n'])})"
            for name, found in (
                ("correctly classified", predictions["mean_confidence_right"]),
                ("misclassified", predictions["mean_confidence_wrong"]),
            )
            if found is not None
        ]
    )
    return [
        Paragraph(
            f"{best} Random images contain few of its errors, so @fig-mistakes shows "
            f"{'all' if mistakes <= images else 'some'}. The mean confidence is {confidence}. "
            f"{confusions_text(confusion)}"
        ),
        Figure(
            path="plots/show_predictions/mistakes.png",
            label="fig-mistakes",
            caption=f"The {min(images, mistakes)} misclassified test images with the highest "
            "confidence: true → predicted class, and the probability of the predicted one.",
        ),
        confusion_matrix(confusion),
    ]


def confused(confusion: Rows) -> list[tuple[tuple[str, str], int]]:
    """Count the pairs of true and predicted class that differ, the most frequent first."""
    pairs = Counter((row["true"], row["predicted"]) for row in confusion)
    return [(pair, number) for pair, number in pairs.most_common() if pair[0] != pair[1]]


def confusions_text(confusion: Rows) -> str:
    """Name the most frequent confusions."""
    pairs = confused(confusion)
    most = pairs[0][1]
    often = [f"{true} classified as {predicted}" for (true, predicted), n in pairs if n == most]
    each = " each" if len(often) > 1 else ""
    return (
        f"The most frequent {'confusions are' if len(often) > 1 else 'confusion is'} "
        f"{listed(often)} ({counted(most, 'image')}{each}); all are in @tab-confusion."
    )


def confusion_matrix(confusion: Rows) -> Table:
    """Count the test images by true and predicted class; errors are shaded."""
    digits = sorted({row["true"] for row in confusion})
    pairs = Counter((row["true"], row["predicted"]) for row in confusion)
    most = confused(confusion)[0][1]

    def share(true: str, predicted: str) -> float | None:
        number = pairs[true, predicted]
        return None if true == predicted or not number else number / most

    return Table(
        label="tab-confusion",
        caption=f"Confusion matrix of the {count(len(confusion))} test images: rows are true, "
        "columns predicted classes. Misclassified images are shaded by their number; blank: none.",
        header=["true", *digits],
        rows=[
            [f"*{true}*", *(count(n) if (n := pairs[true, each]) else "" for each in digits)]
            for true in digits
        ],
        shades=[[share(true, each) for each in digits] for true in digits],
    )
