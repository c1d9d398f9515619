"""CIS680, part 3: the convolutional network and its two trainings."""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.document import Answer, Figure, Paragraph, Part, Table
from foolproof.answers.layers import kernel_side, layers_table
from foolproof.answers.markup import code
from foolproof.answers.numbers import (
    count,
    counted,
    fixed,
    listed,
    percent,
    percent_interval,
    plus_minus,
    rate_cell,
    rate_interval,
)
from foolproof.answers.training import no_overfitting_text, overfits, training_text

Record = Mapping[str, Any]
Rows = Sequence[Mapping[str, str]]
"""Of plots/draw_curves_cis680.csv."""

REQUIRED_ACCURACY = 0.99
"""On the test images, by the sheet."""

NAMES = {"first": "first training", "second": "second training"}


def network_part(
    counts: Record,
    layers: Sequence[Record],
    trainings: Mapping[str, Record],
    curves: Rows,
    config: Record,
    machine: Record,
) -> Part:
    """Answer part 3.

    Args:
        counts: of metrics/networks.json.
        layers: of metrics/networks/layers.json.
        trainings: metrics/cis680/{first,second}.json by name.
        curves: plots/draw_curves_cis680.csv.
        config: section `train.cis680` of params.yaml.
        machine: that of the first training.
    """
    return Part(
        title="Part 3. The convolutional network",
        content=[
            architecture_answer(counts, layers),
            training_answer(
                trainings, curves, training_text(config, epochs_of(trainings), machine)
            ),
        ],
    )


def epochs_of(trainings: Mapping[str, Record]) -> int:
    """Give the epochs of a training, the same for both."""
    epochs: int = trainings["first"]["epochs"]
    return epochs


# ---- The network -----------------------------------------------------------------------------


def architecture_answer(counts: Record, layers: Sequence[Record]) -> Answer:
    """Answer question 3.1."""
    convolutions = [each for each in layers if each["kind"] == "Conv2d"]
    connected = [each for each in layers if each["kind"] == "Linear"]
    last = convolutions[-1]
    product = (
        f"{kernel_side(last)}^2 dot {last['input_shape'][0]} dot {last['output_shape'][0]} = "
        f'"{count(last["parameters"])}"'
    )
    answer = (
        f"{count(counts['parameters'])} parameters and {count(counts['neurons'])} neurons in "
        f"{counted(len(convolutions), 'convolution')} and "
        f"{counted(len(connected), 'fully connected layer')}."
    )
    return Answer(
        number="3.1",
        question="Build the network of the sheet's table.",
        answer=answer,
        rule="Counted from the network.",
        evidence=[
            Paragraph(
                f"Pixels are numbers in [0, 1]; {code('normalize')} maps them to [−1, 1]. "
                f'"Same" padding of $(k - 1) slash 2 = {(kernel_side(convolutions[0]) - 1) // 2}$ '
                "pixels keeps the side, and each pooling halves it, rounding down. A convolution "
                f"has $k^2 c c'$ parameters, for example {code(last['name'])} has ${product}$. "
                "Layers before a batch norm have no bias, which subtracting the mean would cancel; "
                "the shift of batch norm replaces it "
                f"({count(counts['parameters_norm'])} scales and shifts in all). The convolutions "
                f"hold {percent(counts['parameters_conv'] / counts['parameters'], 0)} of the "
                "parameters. The softmax is part of the loss. @tab-layers lists all layers."
            ),
            layers_table(
                layers,
                caption="The network of CIS680, layer by layer, for one image; the receptive field "
                "is in input pixels along one side, padding included.",
                label="tab-layers",
            ),
        ],
    )


# ---- Its trainings ---------------------------------------------------------------------------


def training_answer(trainings: Mapping[str, Record], curves: Rows, training: str) -> Answer:
    """Answer question 3.2.

    Args:
        trainings: by name.
        curves: of the trainings.
        training: their settings in words.
    """
    rates = {name: result["first_seed_test_accuracy"] for name, result in trainings.items()}
    first, second = (rate_interval(rates[name]) for name in NAMES)
    required = percent(REQUIRED_ACCURACY, 0)
    return Answer(
        number="3.2",
        question="Train it on MNIST with the cross-entropy. Show the curves of training and test; "
        f"the accuracy on the test images should be {required}.",
        answer=f"{first} of the test images are classified correctly after the first training, "
        f"{second} after the second. {accuracy_verdict(rates)}",
        glance=f"{listed([percent(rates[name]['value']) for name in NAMES])} of "
        f"{count(rates['first']['n'])} test images. {accuracy_verdict(rates)}",
        rule=f"A training reaches {required} if at least that share of the test images is "
        "classified correctly.",
        numbers={"test_accuracy": rates},
        evidence=[
            Paragraph(
                f"{training} The two trainings differ only in the seed of the initial weights and "
                "of the order of the images. The second is for question 4.3, and shows the "
                "variation between seeds. Test images choose nothing: the weights after the last "
                "epoch are kept, and the recipe was chosen on held-out training images, by "
                f"{code('benchmarks/recipes.py')}."
            ),
            Figure(
                path="plots/draw_curves/cis680.png",
                label="fig-curves",
                caption="Training (dashed) and test (solid) curves of both trainings of the CIS680 "
                "network: loss, error and accuracy. Training values are means over the batches "
                "since the previous point, with batch statistics in batch norm.",
            ),
            accuracy_table(trainings),
            Paragraph(" ".join([overfit_verdict(trainings, curves), *reached_texts(curves)])),
        ],
    )


def accuracy_verdict(rates: Mapping[str, Record]) -> str:
    """Say which trainings reach the required accuracy."""
    required = percent(REQUIRED_ACCURACY, 0)
    reached = [name for name in NAMES if rates[name]["value"] >= REQUIRED_ACCURACY]
    if len(reached) == len(NAMES):
        return f"Both trainings reach the {required} that the sheet requires."
    if reached:
        return f"Only the {NAMES[reached[0]]} reaches the {required} that the sheet requires."
    return f"Neither training reaches the {required} that the sheet requires."


def overfit_verdict(trainings: Mapping[str, Record], curves: Rows) -> str:
    """Say whether the test loss rises at the end."""
    overfitting = [text for name, text in NAMES.items() if overfits(curve_of(curves, name))]
    if overfitting:
        return (
            f"The final test loss of the {listed(overfitting)} exceeds its minimum: there the "
            "network begins to overfit."
        )
    return no_overfitting_text(epochs_of(trainings), "test")


def reached_texts(curves: Rows) -> list[str]:
    """Say after how many epochs each training first reaches the required test accuracy."""
    texts = []
    for name, text in NAMES.items():
        for row in curve_of(curves, name):
            if float(row["accuracy"]) >= REQUIRED_ACCURACY:
                texts.append(
                    f"In the {text} the test accuracy first reaches "
                    f"{percent(REQUIRED_ACCURACY, 0)} after {fixed(float(row['epoch']), 1)} epochs."
                )
                break
    return texts


def curve_of(curves: Rows, training: str) -> Rows:
    """Select the test curve of a training."""
    return [row for row in curves if row["series"] == f"test, {training} training"]


def accuracy_table(trainings: Mapping[str, Record]) -> Table:
    """List accuracy and loss of both trainings."""
    images = count(trainings["first"]["first_seed_test_accuracy"]["n"])
    return Table(
        label="tab-accuracy",
        caption="The CIS680 network after both trainings, in evaluation mode; the test accuracy in "
        f"per cent with Wilson's 95\u00a0% interval over {images} images.",
        header=[
            "Network",
            "Seed",
            "Training accuracy",
            "Test accuracy (%)",
            "Training loss (nats)",
            "Test loss (nats)",
        ],
        rows=[
            [
                text,
                str(trainings[name]["seeds"][0]),
                percent_interval(trainings[name]["training_accuracy"]),
                rate_cell(trainings[name]["first_seed_test_accuracy"], 2),
                plus_minus(trainings[name]["training_loss"], digits=4),
                plus_minus(trainings[name]["test_loss"], digits=4),
            ]
            for name, text in NAMES.items()
        ],
    )
