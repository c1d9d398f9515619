"""CS5787, problem 3.1 and 3.2: the sheet's network for CIFAR-10, without and with batch norm."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from foolproof.answers.batchnorm import gain_text, gain_verdict, loss_verdict, mcnemar_text
from foolproof.answers.document import Answer, Code, Figure, Paragraph, Table
from foolproof.answers.layers import layers_table
from foolproof.answers.numbers import (
    count,
    counted,
    listed,
    percent,
    percent_interval,
    plus_minus,
    side_of,
)
from foolproof.answers.training import accuracy_text, training_text

NAMES = {
    "nobn": "without batch norm",
    "bn": "with batch norm",
    "deep": "deep network",
}

MEASURES = {
    "smoothness": ("smoother", "rougher"),
    "colour": ("more coloured", "greyer"),
    "orientation": ("more oriented", "less oriented"),
}
"""Of filters, with the words for a higher and a lower value."""

Record = Mapping[str, Any]


class Trainings(NamedTuple):
    """What belongs to the trainings, each by network."""

    results: Mapping[str, Record]
    """metrics/cifar10/<network>.json."""

    networks: Mapping[str, Record]
    """metrics/networks.json, by "cifar10_<network>"."""

    layers: Mapping[str, Sequence[Record]]
    """metrics/networks/layers.json, likewise."""

    timings: Mapping[str, Record]
    """metrics/timing/cifar10_<network>.json."""


def network_answer(trainings: Trainings, filters: Record, record: Record, config: Record) -> Answer:
    """Answer question 3.1.

    Args:
        trainings: of all networks.
        filters: metrics/cifar10/filters.json.
        record: of CIFAR-10.
        config: train.cifar10 of params.yaml.
    """
    result = trainings.results["nobn"]
    found = accuracy_text(result)
    return Answer(
        number="3.1",
        question="Train the sheet's network: 64 filters of 11×11, pooling, twice 128 of 3×3, the "
        "average of each map, softmax. Show the filters and the training loss by epoch. What is "
        "the test accuracy? How were the weights initialized? Discuss design and "
        "hyper-parameters.",
        answer=f"{found} of the test images are classified correctly, without batch norm.",
        glance=f"{found} test accuracy without batch norm.",
        rule="The accuracy is the mean over the seeds with Student's 95 % interval.",
        numbers={"test_accuracy": result["test_accuracy"]},
        evidence=[
            Paragraph(data_text(record)),
            Paragraph(f"*Architecture* (@tab-sheet). {architecture_text(trainings)}"),
            layers_table(
                trainings.layers["cifar10_nobn"],
                caption="The sheet's network without batch norm, layer by layer. Neurons: outputs "
                "of convolutions and fully connected layers. Receptive field: side in pixels.",
                label="tab-sheet",
            ),
            Paragraph(
                "*Initialization.* PyTorch's default: weights and biases of each layer are uniform "
                "in $plus.minus 1 slash sqrt(n)$ with $n$ inputs a neuron, which is the scheme of "
                "He et al. (2015) with $a = sqrt(5)$. "
                f"{'Seed' if len(config['seeds']) == 1 else 'Seeds'} "
                f"{listed([str(seed) for seed in config['seeds']])}. Batch norm begins with scale "
                "1 and shift 0."
            ),
            Paragraph(
                "*Hyper-parameters.* "
                f"{training_text(config, result['epochs'], trainings.timings['nobn']['machine'])} "
                f"{augmentation_text(config['augmentation'])} The settings were chosen on held-out "
                "training images by `benchmarks/recipes.py`; test images chose nothing."
            ),
            Figure(
                path="plots/draw_curves/cifar10.png",
                label="fig-cifar",
                caption="Training and test curves of the three networks. Lines: mean over the "
                "seeds; bands: from min to max. Training values are means over the batches of an "
                "epoch, with augmented images; losses are without label smoothing.",
            ),
            _results_table(trainings),
            Figure(
                path="plots/show_filters/nobn.png",
                label="fig-nobn",
                caption=f"The {filters['nobn']['filters']} filters of the first layer without "
                f"batch norm, seed {config['seeds'][0]}, each min-max normalized.",
            ),
            Paragraph(
                f"*The filters* (@fig-nobn): {filters_text(filters['nobn'])} "
                f"{smoothness_text(filters['nobn'])}"
            ),
            Code(function="networks.cifar10:cs5787_cnn"),
            Code(function="training.loop:_step"),
            Code(function="figures.show_filters:min_max_normalize"),
        ],
    )


def data_text(record: Record) -> str:
    """Say what is trained on, and how near the data are to the official files."""
    images = f"*Data.* All {count(record['items'])} images"
    last = "The weights after the last epoch are kept."
    if record["stand_in"]:
        return f"{images} of the stand-in: one part trains, the other tests. {last}"
    exact = (
        "equal to the official files"
        if record["exact"]
        else "not equal bit for bit to the official files (see the last part)"
    )
    return f"{images}, {exact}: the whole training set trains, the test set tests. {last}"


def architecture_text(trainings: Trainings) -> str:
    """Describe the sheet's network."""
    layers, network = trainings.layers["cifar10_nobn"], trainings.networks["cifar10_nobn"]
    first = next(layer for layer in layers if layer["name"] == "conv1")
    share = first["parameters"] / network["parameters"]
    return (
        f"{count(network['parameters'])} parameters, of which {percent(share, 0)} belong to the "
        "first layer. It has no padding, so that its filters see whole patches only; the other two "
        "keep the side of their input. Max-pooling precedes the ReLU: the two commute, and the "
        "ReLU has a quarter of the work. Global average pooling leaves one number a map, "
        "independent of position."
    )


def augmentation_text(settings: Record) -> str:
    """Describe the augmentation."""
    parts = []
    if settings["shift"]:
        parts.append(
            f"shifted at random by up to {counted(settings['shift'], 'pixel')} along both axes "
            "(with reflected borders)"
        )
    mirrored = {
        "none": [],
        "random": ["mirrored with probability 1/2"],
        "alternating": ["mirrored in every other epoch (at random in the first)"],
    }
    parts += mirrored[settings["mirror"]]
    return f"In each epoch each image is {listed(parts)}." if parts else "There is no augmentation."


def filters_text(found: Record) -> str:
    """Count the kinds of filters."""
    return (
        f"{found['grey']} of the {found['filters']} are nearly grey, {found['coloured']} mostly "
        f"colour, {found['oriented']} oriented like edges or gratings; {found['noisy']} are no "
        f"smoother than noise and {found['faint']} have hardly any weight."
    )


def smoothness_text(found: Record) -> str:
    """Compare the smoothness of filters with that of random ones."""
    return (
        "The median share of a filter's energy in waves of at least four pixels is "
        f"{percent(found['smoothness'], 0)}, that of random filters "
        f"{percent(found['random']['smoothness'], 0)}."
    )


def _results_table(trainings: Trainings) -> Table:
    return Table(
        label="tab-cifar",
        caption="All three networks after training: mean over the seeds ± 95 % interval (one seed "
        "has none). Training images are not augmented here.",
        header=[
            "Network",
            "Parameters",
            "Epochs",
            "Seeds",
            "Training accuracy",
            "Test accuracy",
            "Test loss (nats)",
        ],
        rows=[
            [
                NAMES[name],
                count(trainings.networks[f"cifar10_{name}"]["parameters"]),
                str(result["epochs"]),
                str(len(result["seeds"])),
                percent_interval(result["training_accuracy"]),
                percent_interval(result["test_accuracy"]),
                plus_minus(result["test_loss"], digits=3),
            ]
            for name, result in trainings.results.items()
        ],
    )


def batchnorm_answer(trainings: Trainings, comparison: Record, filters: Record) -> Answer:
    """Answer question 3.2.

    Args:
        trainings: of all networks.
        comparison: metrics/cifar10/comparison.json.
        filters: metrics/cifar10/filters.json.
    """
    gain, errors = comparison["test_accuracy_difference"], errors_text(trainings.results)
    losses = comparison["training_loss"]["differences"]
    added = trainings.networks["cifar10_bn"]["parameters_norm"]
    return Answer(
        number="3.2",
        question="Put batch norm between the layers. Compare the training loss by epoch. What is "
        "the test error? Show the filters.",
        answer=f"{errors} {gain_verdict(gain)} {loss_verdict(comparison['training_loss'])}",
        glance=f"{errors} Difference of the accuracies: {gain_text(gain)}.",
        rule="An effect is stated where the 95 % interval of the paired difference excludes 0; of "
        "the losses, after each epoch.",
        numbers={
            "test_error": trainings.results["bn"]["test_error"],
            "test_accuracy_difference": gain,
            "training_loss_differences": losses,
        },
        evidence=[
            Paragraph(
                "*Training loss* (@fig-bands). Batch norm follows each convolution and precedes "
                "its ReLU; seeds, order of the images, augmentation and all settings are the same. "
                f"It adds {count(added)} parameters. The mean training loss of an epoch with "
                f"batch norm minus that without is {plus_minus(losses[0], digits=3)} nats in the "
                f"first epoch and {plus_minus(losses[-1], digits=3)} in the last "
                f"(n = {losses[0]['n']}). {mcnemar_text(comparison['same_images'])}"
            ),
            Figure(
                path="plots/compare_batchnorm/cifar10.png",
                label="fig-bands",
                caption="The sheet's CIFAR-10 network without and with batch norm. Lines: mean "
                f"over {counted(losses[0]['n'], 'seed')}; bands: from min to max.",
            ),
            Paragraph(
                "*Why it can help.* Batch norm standardizes each channel over the batch and all "
                "positions, so that a layer's output does not depend on the scale of its weights, "
                "and a change of one layer shifts the input of the next less (Ioffe and Szegedy "
                "2015). The loss becomes smoother as a function of the weights, which tolerates "
                "larger steps (Santurkar et al. 2018). The statistics of a batch are also noise, "
                "which regularizes. These reasons are from the literature; which one acts here "
                "was not measured, and both networks have the same learning rate."
            ),
            Figure(
                path="plots/show_filters/bn.png",
                label="fig-bn",
                caption=f"The {filters['bn']['filters']} filters of the first layer with batch "
                "norm, first seed, each min-max normalized.",
            ),
            Paragraph(
                f"*The filters* (@fig-bn): {filters_text(filters['bn'])} "
                f"{superiority_text(filters['bn_above_nobn'])}"
            ),
            Paragraph(
                "*Code.* The network is `cs5787_cnn(batch_norm=True)` of question 3.1, trained by "
                "the same loop."
            ),
            Code(function="training.comparison:compare_training_losses"),
        ],
    )


def errors_text(results: Mapping[str, Record]) -> str:
    """Give the test errors with and without batch norm."""
    bn, nobn = (percent_interval(results[name]["test_error"]) for name in ("bn", "nobn"))
    return (
        f"{bn} test error with batch norm, {nobn} without (n = {results['bn']['test_error']['n']})."
    )


def superiority_text(found: Record) -> str:
    """Compare filters with and without batch norm, by all pairs of a filter of each."""
    shares = listed(
        [
            f"{more} in {percent_interval(found[measure], 0)}"
            for measure, (more, _) in MEASURES.items()
        ]
    )
    pairs = (
        "Of all pairs of a filter with and one without batch norm, the one with it is "
        f"{shares} (n = {counted(found['smoothness']['n'], 'seed')}; 50 % is no difference)."
    )
    sides = {measure: side_of(found[measure], 0.5) for measure in MEASURES}
    if "unknown" in sides.values():
        return f"{pairs} One seed gives no interval."
    words = [
        MEASURES[measure][0 if side == "above" else 1]
        for measure, side in sides.items()
        if side in ("above", "below")
    ]
    if not words:
        return f"{pairs} None of these differs significantly from 50 %."
    return f"{pairs} So filters with batch norm are {listed(words)}."
