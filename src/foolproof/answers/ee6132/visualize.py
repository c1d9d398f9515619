"""EE6132, questions 2.1 to 2.3: filters and activations."""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.document import Answer, Bullets, Figure, Paragraph, Table
from foolproof.answers.ee6132.structure import of_kind
from foolproof.answers.layers import kernel_side
from foolproof.answers.markup import code
from foolproof.answers.numbers import (
    Side,
    counted,
    listed,
    moves_by,
    percent,
    percent_interval,
    plus_minus,
    rate_interval,
    side_of,
)

MEANINGS = {
    "constant": ("mean", "sums or blurs"),
    "gradient": ("linear gradient", "edges of some direction"),
    "detail": ("residual", "lines, corners, spots"),
}
"""Of the parts of a filter's energy: name, and what it responds to."""

DIRECTIONS = (
    "the right",
    "the upper right",
    "the top",
    "the upper left",
    "the left",
    "the lower left",
    "the bottom",
    "the lower right",
)
"""In steps of 45 degrees, counterclockwise."""

FREQUENCY: Mapping[Side, str] = {"above": "finer", "below": "coarser"}
SELECTIVITY: Mapping[Side, str] = {"above": "more", "below": "less"}


def filters_answer(activations: Mapping[str, Any]) -> Answer:
    """Answer question 2.1.

    Args:
        activations: metrics/mnist/activations.json.
    """
    filters = activations["filters"]
    shallow, _ = ends(filters["layers"])
    return Answer(
        number="2.1",
        question="Show the filters of the first convolution. Are there patterns in them?",
        answer=edges_verdict(filters),
        rule="The share of the linear gradient in a filter's energy, mean over the filters, is "
        "compared with that of random weights by its 95 % interval.",
        numbers={
            "gradient_share": filters["layers"][shallow]["gradient"],
            "random_weights": filters["random"]["gradient"],
            "edge_filters": activations["named_filters"]["gradient"],
        },
        evidence=[
            Figure(
                path="plots/visualize/filters_conv1.png",
                label="fig-filters",
                caption="The numbered filters of the first convolution "
                f"(`{shallow}`, 3 × 3 weights); positive weights are red, negative ones blue.",
            ),
            Paragraph(
                "A filter that is positive on one side and negative on the other responds to an "
                "edge across that direction, one with a stripe to a stroke, one of a single sign "
                "to ink as such. For numbers, the energy $sum k^2$ of each kernel is divided into "
                "three orthogonal parts: its mean, the plane that fits it best (linear gradient), "
                f"and the residual (@tab-energy). {parts_text(filters)}"
            ),
            energy_table(filters),
            Bullets(named_filters(activations["named_filters"])),
        ],
    )


def named_filters(named: Mapping[str, Any]) -> list[str]:
    """Name the filters that have more than half of their energy in one part."""
    return [
        f"More than half of the energy is {phrase}: {rate_interval(named[part]['rate'])} filters, "
        f"against {percent(named[part]['random'], 1)} of random ones"
        + (
            f"; by their number {listed([str(each) for each in found])}. {clearest(named, part)}"
            if (found := named[part]["filters"])
            else "."
        )
        for part, phrase in (
            ("gradient", "a linear gradient (edges)"),
            ("constant", "the mean (ink as such)"),
            ("detail", "the residual (lines, corners, spots)"),
        )
    ]


def clearest(named: Mapping[str, Any], part: str) -> str:
    """Describe the filter with the largest share in a part."""
    first = named[part]["filters"][0]
    if part == "gradient":
        direction = DIRECTIONS[round(named["direction"] / 45) % 8]
        return f"The clearest, filter {first}, rises towards {direction}."
    if part == "constant":
        sign = "positive: it responds to ink" if named["sign"] > 0 else "negative: ink silences it"
        return f"The clearest, filter {first}, is {sign}."
    return f"The clearest is filter {first}."


def ends(layers: Mapping[str, Any]) -> tuple[str, str]:
    """Name the first and the last convolution."""
    names = sorted(name for name in layers if name != "input")
    return names[0], names[-1]


def edges_verdict(filters: Mapping[str, Any]) -> str:
    """Say whether the first filters respond to edges more than random weights."""
    shallow, _ = ends(filters["layers"])
    share, chance = filters["layers"][shallow]["gradient"], filters["random"]["gradient"]
    found = (
        f"linear gradients hold {percent_interval(share, 0)} of a filter's energy "
        f"({percent(chance, 0)} in random weights)."
    )
    return {
        "above": f"Yes, edges: {found}",
        "below": f"Not edges: {found}",
        "straddles": f"No more edges than by chance: {found}",
        "unknown": f"One filter gives no interval: {found}",
    }[side_of(share, chance)]


def parts_text(filters: Mapping[str, Any]) -> str:
    """Name the parts of the energy that differ from those of random weights."""
    shallow, _ = ends(filters["layers"])

    def on(side: Side) -> str:
        return listed(
            [
                f"_{MEANINGS[part][0]}_"
                for part, chance in filters["random"].items()
                if side_of(filters["layers"][shallow][part], chance) == side
            ]
        )

    larger, smaller = on("above"), on("below")
    if not larger and not smaller:
        return "No part differs significantly from that of random weights."
    sentences = [f"Larger than in random weights: {larger}."] if larger else []
    return " ".join([*sentences, f"Smaller: {smaller}."] if smaller else sentences)


def energy_table(filters: Mapping[str, Any]) -> Table:
    """List the parts of the energy by layer."""
    layers = sorted(filters["layers"])
    numbers = listed([str(filters["layers"][each]["constant"]["n"]) for each in layers])
    return Table(
        label="tab-energy",
        caption="Parts of the energy of a filter: mean ± 95\u00a0% interval over the filters "
        f"({numbers}), and the expected shares of independent random weights.",
        header=["Part", "responds to", *map(code, layers), "random weights"],
        rows=[
            [
                *MEANINGS[part],
                *(percent_interval(filters["layers"][each][part], 1) for each in layers),
                percent(chance, 1),
            ]
            for part, chance in filters["random"].items()
        ],
        texts=2,
    )


def filter_change(filters: Mapping[str, Any], part: str) -> str:
    """Say how a part's share changes between the layers."""
    return moves_by(filters["change"][part], scale=100, digits=1, unit="points", of="filters")


def higher_filters_answer(
    activations: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]
) -> Answer:
    """Answer question 2.2.

    Args:
        activations: metrics/mnist/activations.json.
        layers: of the network.
    """
    filters = activations["filters"]
    shallow, deep = ends(filters["layers"])
    convolutions = of_kind(layers, "Conv2d")
    first, last = convolutions[0], convolutions[-1]
    kernels, side = last["input_shape"][0], kernel_side(last)
    numbers = [filters["layers"][each]["constant"]["n"] for each in (shallow, deep)]
    stack = f"each of its filters is a stack of {kernels} kernels, one for each map of `{shallow}`"
    change = f"the share of linear gradients {filter_change(filters, 'gradient')}"
    return Answer(
        number="2.2",
        question="Show the filters of a higher layer and compare them with those of the first.",
        answer=f"`{deep}` combines features instead of pixels: {stack}. From `{shallow}` to "
        f"`{deep}` {change}.",
        glance=f"From `{shallow}` to `{deep}` {change}; the kernels combine features.",
        rule="A change is stated where Welch's 95 % interval of the difference excludes 0.",
        numbers=filters["change"],
        evidence=[
            Figure(
                path="plots/visualize/filters_conv2.png",
                label="fig-conv2",
                caption=f"The filters of the second convolution (`{deep}`): row $i$, column $j$ is "
                f"the {side} × {side} kernel of filter $i$ for map $j$ of `{shallow}`. Positive "
                "weights are red, negative ones blue.",
                width=56,
                beside=f"The kernels of `{shallow}` act on the image and can be read as images. "
                f"Those of `{deep}` (@fig-conv2) act on maps that are features already: what a "
                "filter detects lies in the maps that it combines and in their signs, so single "
                "kernels show little. The share of the mean "
                f"{filter_change(filters, 'constant')}, that of the residual "
                f"{filter_change(filters, 'detail')} (@tab-energy; "
                f"{listed([counted(each, 'filter') for each in numbers])}). The receptive field "
                f"grows from {first['receptive_field']} to {last['receptive_field']} pixels along "
                "a side.",
            ),
        ],
    )


# ---- Question 2.3 ----------------------------------------------------------------------------


def activations_answer(activations: Mapping[str, Any], images: int) -> Answer:
    """Answer question 2.3.

    Args:
        activations: metrics/mnist/activations.json.
        images: of params.yaml, whose maps are drawn.
    """
    shallow, deep = ends(activations["maps"])
    return Answer(
        number="2.3",
        question="Show the activations of the convolutional layers for an image. What changes with "
        "depth?",
        answer=f"{depth_verdict(activations)}: the mean spatial frequency goes "
        f"{levels(activations, 'frequency', 3)} cycles per pixel, the share of variance that the "
        f"class explains {levels(activations, 'class_selectivity', 2)}.",
        glance=f"{depth_verdict(activations)}.",
        rule="A change is stated where the 95 % interval of the difference excludes 0: paired by "
        "image, or Welch's over the channels.",
        numbers=activations["change"],
        evidence=[
            Paragraph(
                f"The maps of `{shallow}` (@fig-shallow) still show the digit: strokes, their "
                f"edges on one side or the other, the background. Those of `{deep}` (@fig-deep) "
                "mark the place of some combination of strokes. Measured on "
                f"{counted(activations['images'], 'test image')} (@fig-depth):"
            ),
            Bullets(changes(activations)),
            *(
                Figure(
                    path=f"plots/visualize/activations_{layer}.png",
                    label=label,
                    caption=f"Activations of the {name} convolution (`{layer}`), after the ReLU, "
                    f"for {counted(images, 'test image')}: all channels on one scale.",
                )
                for layer, name, label in (
                    (shallow, "first", "fig-shallow"),
                    (deep, "second", "fig-deep"),
                )
            ),
            Figure(
                path="plots/visualize/depth.png",
                label="fig-depth",
                caption=f"Statistics of the input, `{shallow}` and `{deep}`: means over "
                f"{counted(activations['images'], 'test image')} or over the channels; lines are "
                "95\u00a0% intervals.",
                width=92,
            ),
        ],
    )


def depth_verdict(activations: Mapping[str, Any]) -> str:
    """Say what changes with depth, by the intervals of the differences."""
    shallow, deep = ends(activations["maps"])
    change = activations["change"]
    if "unknown" in (side_of(change["frequency"]), side_of(change["class_selectivity"])):
        return f"One image or channel gives no interval of the change from `{shallow}` to `{deep}`"
    frequency = FREQUENCY.get(
        side_of(change["frequency"]), "neither coarser nor finer significantly"
    )
    selectivity = SELECTIVITY.get(
        side_of(change["class_selectivity"]), "neither more nor less significantly"
    )
    return (
        f"From `{shallow}` to `{deep}` the maps become {frequency}, and {selectivity} selective "
        "for the class"
    )


def levels(activations: Mapping[str, Any], key: str, digits: int) -> str:
    """Write a statistic of the first and the last convolution."""
    shallow, deep = (activations["maps"][each][key] for each in ends(activations["maps"]))
    return f"from {plus_minus(shallow, digits=digits)} to {plus_minus(deep, digits=digits)}"


def changes(activations: Mapping[str, Any]) -> list[str]:
    """List what changes with depth, and what it means."""
    change, maps = activations["change"], activations["maps"]
    shallow, deep = ends(maps)

    def meaning(key: str, side: Side, text: str) -> str:
        return f": {text}." if side_of(change[key]) == side else "."

    def dead(layer: str) -> str:
        rate = maps[layer]["dead_channels"]
        return (
            f"{rate['count']} of {rate['n']} in `{layer}` (95\u00a0% interval up to "
            f"{percent(rate['high'], 0)})"
        )

    return [
        f"The share of exact zeros {moves_by(change['sparsity'])} "
        f"({levels(activations, 'sparsity', 2)}; paired by image)"
        + meaning("sparsity", "above", "deeper features are activated more sparsely"),
        f"The mean spatial frequency "
        f"{moves_by(change['frequency'], digits=3, unit='cycles per input pixel')} (paired by "
        "image)"
        + meaning(
            "frequency",
            "below",
            "the maps lose fine detail, as pooling and a larger receptive field suggest",
        ),
        "The share of a channel's variance that the class explains "
        f"{moves_by(change['class_selectivity'], of='channels')} (Welch's interval over "
        f"{maps[shallow]['class_selectivity']['n']} and {maps[deep]['class_selectivity']['n']} "
        "channels)"
        + meaning("class_selectivity", "above", "single channels depend more on the class"),
        f"Dead channels: {dead(shallow)} and {dead(deep)}.",
    ]
