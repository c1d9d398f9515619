"""CS5787, problem 3.3: a deeper network for CIFAR-10."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from foolproof.answers.cs5787.cifar10 import Record, Trainings, augmentation_text
from foolproof.answers.document import Answer, Block, Bullets, Code, Paragraph, Table
from foolproof.answers.layers import KINDS
from foolproof.answers.markup import code
from foolproof.answers.numbers import (
    count,
    counted,
    listed,
    p_value,
    percent_interval,
    points_interval,
    shape,
    side_of,
    signed_points,
)
from foolproof.answers.training import accuracy_text, training_text
from foolproof.compute.intervals import Interval, mean_with_interval
from foolproof.compute.paired import paired_difference

STARTS = ("Conv2d", "MaxOverMap", "Linear")
"""Kinds of layers that begin a block."""

OMITTED = ("Normalize", "Flatten")
"""Kinds of layers without weights that begin or end no block."""

INGREDIENTS: Mapping[str, Mapping[str, str | float]] = {
    "mirrored at random": {"mirror": "random"},
    "not mirrored": {"mirror": "none"},
    "not shifted": {"shift": 0},
    "without label smoothing": {"label_smoothing": 0},
    "ReLU for GELU": {"activation": "relu"},
    "first bias untrained": {"first_bias_epochs": 0},
    "PyTorch's Muon": {"filters": "torch_muon"},
    "SGD for Muon, best of three rates": {"filters": "sgd", "momentum": 0.85, "learning_rate": 1.5},
}
"""Changes of the recipe, as in benchmarks/recipes/ingredients.yaml."""


def deep_answer(
    trainings: Trainings,
    comparison: Record,
    views: Record,
    config: Record,
    benchmark: Sequence[Mapping[str, str]],
) -> Answer:
    """Answer question 3.3.

    Args:
        trainings: of all networks.
        comparison: metrics/cifar10/deep_comparison.json.
        views: metrics/cifar10/deep_views.json.
        config: train.deep of params.yaml.
        benchmark: rows of benchmarks/recipes/deep.csv.
    """
    result, gain = trainings.results["deep"], comparison["difference"]
    one, six = accuracy_text(result), accuracy_text(views)
    return Answer(
        number="3.3",
        question="Do better with another architecture. Describe it and why it is so. What is the "
        "accuracy?",
        answer=f"{one} of the test images are classified correctly by the deep network, {six} by "
        f"the mean over six views of each image. {gain_verdict(gain)} "
        f"({points_interval(gain, 2)}, n = {count(gain['n'])} test images).",
        glance=f"{one} test accuracy, {six} with six views.",
        rule="One network is more accurate than another where the 95 % interval of the difference, "
        "paired by test image, excludes 0.",
        numbers={
            "difference_to_bn": gain,
            "six_views_difference": views["first_seed_comparison"]["difference"],
        },
        evidence=[
            Paragraph(f"*Architecture* (@tab-deep), and its reasons. {size_text(trainings)}"),
            Bullets(reasons(trainings.layers["cifar10_deep"])),
            blocks_table(trainings.layers["cifar10_deep"]),
            Paragraph(
                "*Training.* "
                f"{training_text(config, result['epochs'], trainings.timings['deep']['machine'])} "
                f"{augmentation_text(config['augmentation'])} The design is a small version of "
                "Jordan's (2024), which is made for short trainings."
            ),
            *ingredients_blocks(ingredients(benchmark, config)),
            Paragraph(
                f"*Comparison.* Difference to the sheet's network with batch norm: "
                f"{on_images(comparison)}. *Six views.* At test time the logits are also averaged "
                "over six views: the image and its shifts by one pixel along a diagonal, each also "
                f"mirrored. {views_verdict(views)}"
            ),
            Code(function="networks.cifar10:deep_cnn"),
            Code(function="networks.cifar10:whitening_filters"),
            Code(function="training.muon:orthogonalize"),
        ],
    )


def gain_verdict(gain: Record) -> str:
    """Compare the deep network with the sheet's."""
    other = "the sheet's network with batch norm"
    return {
        "above": f"It is more accurate than {other}",
        "below": f"It is less accurate than {other}",
        "straddles": f"Its accuracy does not differ significantly from that of {other}",
        "unknown": f"A single test image gives no interval of the difference to {other}",
    }[side_of(gain)]


def views_verdict(views: Record) -> str:
    """Say what six views gain."""
    found = views["first_seed_comparison"]
    verdict = {
        "above": "This gains accuracy",
        "below": "This costs accuracy",
        "straddles": "This has no significant effect on the accuracy",
        "unknown": "A single test image gives no interval of its effect",
    }[side_of(found["difference"])]
    return f"{verdict} (first seed: {on_images(found)})."


def on_images(found: Record) -> str:
    """Write the difference of two networks on the same test images."""
    return (
        f"{points_interval(found['difference'], 2)}, paired over n = "
        f"{count(found['difference']['n'])} test images; McNemar's exact test: "
        f"{p_value(found['p_value'])}"
    )


def size_text(trainings: Trainings) -> str:
    """Give the numbers of convolutions and parameters."""
    layers = trainings.layers["cifar10_deep"]
    convolutions = sum(layer["kind"] == "Conv2d" for layer in layers)
    parameters = trainings.networks["cifar10_deep"]["parameters"]
    return f"{counted(convolutions, 'convolution')} and {count(parameters)} parameters."


def reasons(layers: Sequence[Record]) -> list[str]:
    """List the differences from the sheet's network."""
    first = next(layer for layer in layers if layer["kind"] == "Conv2d")
    maps = [
        each for each in layers if len(each["output_shape"]) == 3 and each["output_shape"][-1] > 1
    ]
    return [
        "_Small filters._ Two 3×3 layers have the receptive field of one 5×5 layer, with fewer "
        "weights and a non-linearity, GELU, between them. An 11×11 filter has to learn the "
        "position of an edge within the filter. A cell of the last map before global pooling has a "
        f"receptive field of {maps[-1]['receptive_field']} pixels, of the "
        f"{layers[0]['input_shape'][-1]} along a side.",
        f"_A frozen patch-whitening layer._ The {first['output_shape'][0]} filters of 2×2 are the "
        "whitening transform of patches of training images (PCA whitening) and its negatives. "
        "Neighbouring pixels are highly correlated, so that otherwise a few directions dominate "
        "the gradient. Only the bias of this layer is trained.",
        "_Batch norm_ without a scale after each other convolution.",
        "_Identity (Dirac) initialization_ of the 3×3 layers: the first filters copy their input.",
        "_Global max-pooling_ at the end: a feature counts wherever it is, whatever its area.",
        "_Muon_ orthogonalizes the step of each layer's filters, as a matrix, so that no few "
        "directions dominate it (Jordan et al. 2024).",
        "_Augmentation and label smoothing_ against overfitting (Szegedy et al. 2016).",
    ]


def blocks_table(layers: Sequence[Record]) -> Table:
    """List the network by blocks: a layer with weights, and what follows it."""
    blocks: list[list[Record]] = []
    for layer in layers:
        if layer["kind"] in OMITTED:
            continue
        if layer["kind"] in STARTS:
            blocks.append([])
        blocks[-1].append(layer)
    return Table(
        label="tab-deep",
        caption="The deep network by blocks: each convolution with what follows it. Parameters "
        "count frozen ones. Field: side of the receptive field in pixels, at the block's end.",
        header=["Block", "Layers", "Input", "Output", "Parameters", "Field"],
        texts=2,
        rows=[
            [
                code(block[0]["name"]),
                ", ".join(KINDS.get(str(layer["kind"]), str(layer["kind"])) for layer in block),
                shape(block[0]["input_shape"]),
                shape(block[-1]["output_shape"]),
                count(sum(layer["parameters"] for layer in block)),
                str(block[-1]["receptive_field"] or "all"),
            ]
            for block in blocks
        ],
    )


class Ingredient(NamedTuple):
    """A changed recipe on held-out images."""

    accuracy: Interval
    difference: Interval
    """To the recipe itself, paired by seed."""


def ingredients(rows: Sequence[Mapping[str, str]], config: Record) -> dict[str, Ingredient]:
    """Compare the recipe without an ingredient to the recipe, on held-out images.

    Args:
        rows: a training each: settings, `seed`, and the `accuracy` on held-out images.
        config: train.deep of params.yaml.

    Returns:
        By the names of `INGREDIENTS`; those without a seed in common with the recipe are left out.
    """
    recipe = recipe_of(config)
    reference = accuracies(rows, recipe)
    found = {}
    for name, change in INGREDIENTS.items():
        changed = accuracies(rows, {**recipe, **change})
        if seeds := sorted(changed.keys() & reference.keys()):
            values = [changed[seed] for seed in seeds]
            found[name] = Ingredient(
                mean_with_interval(values),
                paired_difference(values, [reference[seed] for seed in seeds]),
            )
    return found


def recipe_of(config: Record) -> dict[str, str | float]:
    """Name the settings of train.deep as benchmarks/recipes/deep.csv does."""
    return {
        "epochs": config["epochs"],
        "batch_size": config["batch_size"],
        "filters": config["optimizer"],
        "learning_rate": config["learning_rate"],
        "momentum": config["momentum"],
        "sgd_learning_rate": config["sgd"]["learning_rate"],
        "head_learning_rate": config["sgd"]["head_learning_rate"],
        "first_bias_epochs": config["sgd"]["first_bias_epochs"],
        "label_smoothing": config["label_smoothing"],
        "mirror": config["augmentation"]["mirror"],
        "shift": config["augmentation"]["shift"],
        "activation": "gelu",
        "jpeg_quality": 100,
        "smallest": 5e-4,
    }


def accuracies(
    rows: Sequence[Mapping[str, str]], recipe: Mapping[str, str | float]
) -> dict[str, float]:
    """Select the accuracies of a recipe, by seed; trainings that diverged are left out."""

    def same(text: str, value: str | float) -> bool:
        return text == value if isinstance(value, str) else float(text) == value

    return {
        row["seed"]: float(row["accuracy"])
        for row in rows
        if all(same(row[key], value) for key, value in recipe.items()) and row["accuracy"] != "nan"
    }


def ingredients_blocks(found: Mapping[str, Ingredient]) -> list[Block]:
    """Tabulate what the ingredients are worth, where that was measured for this recipe."""
    if not found:
        return [Paragraph("What each ingredient is worth was not measured for these settings.")]
    worse = [name for name, each in found.items() if side_of(each.difference) == "below"]
    verdict = (
        f"The accuracy is significantly lower in {len(worse)} of {len(found)} rows: "
        f"{listed(worse)}."
        if worse
        else f"None of the {len(found)} rows is significantly lower, with so few seeds."
    )
    return [
        Paragraph(
            "*What the ingredients are worth* (@tab-ingredients), by trainings on nine tenths of "
            "the training images of CIFAR-10 and accuracy on the other tenth "
            f"(`benchmarks/deep_recipe.py`). {verdict} Each row is tested for "
            "itself. The other reasons are from the literature."
        ),
        Table(
            label="tab-ingredients",
            caption="The recipe of the deep network without an ingredient, or with another in its "
            "place: accuracy on held-out training images, and difference to the recipe, paired by "
            "seed, ± 95 % interval (one seed has none).",
            header=["Change", "Seeds", "Accuracy", "Difference in points"],
            rows=[
                [
                    name,
                    str(each.accuracy["n"]),
                    percent_interval(each.accuracy, 1),
                    signed_points(each.difference),
                ]
                for name, each in found.items()
            ],
        ),
    ]
