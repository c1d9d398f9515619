"""HUJI 67103, theoretical question 1: receptive fields."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from foolproof.answers.document import Answer, Figure, Paragraph, Table
from foolproof.answers.numbers import count, listed, percent, shape

PLOTS = "plots/receptive_fields"

Layers = Sequence[Mapping[str, int]]


def fields_answer(fields: Mapping[str, Any]) -> Answer:
    """Answer question 1.1, by metrics/toys/receptive_fields.json."""
    chains = fields["chains"]
    return Answer(
        number="1.1",
        question="What is the receptive field of a neuron in the last layer, for four chains of "
        "convolutions?",
        answer=fields_verdict(chains),
        rule="The receptive field of each chain is computed by the formula.",
        numbers={name: chain["receptive_field"] for name, chain in chains.items()},
        evidence=[
            Paragraph(
                "*Derivation.* A chain without non-linearities is one convolution: "
                "$(I * f_1) * f_2 = I * (f_1 * f_2)$. (Non-linearities change values, not the "
                "support.) For a delta function $I$ the output is the composed kernel, and its "
                "support is the receptive field. The composition of two kernels with sides $a$ and "
                "$b$ has side $a + b - 1$. A stride $s$ before a kernel is a zero-interpolation: "
                "$s - 1$ zeros between neighbouring weights, so that its side becomes "
                "$(k - 1) s + 1$. With the product of all strides before, "
                "$ r = 1 + sum_(l = 1)^L (k_l - 1) product_(m = 1)^(l - 1) s_m. $The stride of "
                "the last layer does not enter: it is the distance between the receptive fields of "
                "the last layer, not their size (@tab-fields, @fig-fields)."
            ),
            Table(
                label="tab-fields",
                caption="Side of the receptive field in pixels. The project's tests compare the "
                "formula to the support of the composed kernel and to that of the gradient of one "
                "output cell.",
                header=["Chain", "Layers", "Side"],
                rows=[
                    [
                        f"({name})",
                        layers_text(chain["layers"]),
                        f"{sum_text(chain['layers'])} = {chain['receptive_field']}",
                    ]
                    for name, chain in chains.items()
                ],
                texts=3,
            ),
            Figure(
                path=f"{PLOTS}/receptive_fields.png",
                label="fig-fields",
                caption="Composed kernels of the four chains, with all weights 1: the number of "
                "paths from each pixel to the neuron. A single layer weighs all pixels equally, "
                "the other chains weigh the centre most.",
            ),
        ],
    )


def fields_verdict(chains: Mapping[str, Any]) -> str:
    """Give the receptive field of each chain."""
    return (
        listed([f"({name}) {squared(chain['receptive_field'])}" for name, chain in chains.items()])
        + " pixels."
    )


def squared(side: int) -> str:
    """Write 3 × 3."""
    return shape((side, side))


def layers_text(layers: Layers) -> str:
    """Write "5 × 5 with stride 2, 3 × 3"."""
    return ", ".join(
        squared(layer["kernel"])
        + (f" with stride\u00a0{layer['stride']}" if layer["stride"] > 1 else "")
        for layer in layers
    )


def sum_text(layers: Layers) -> str:
    """Write "1 + (5 − 1) · 1 + (3 − 1) · 2"."""
    strides = [prod(each["stride"] for each in layers[:index]) for index in range(len(layers))]
    terms = [f"({each['kernel']} − 1) · {jump}" for each, jump in zip(layers, strides, strict=True)]
    return " + ".join(["1", *terms])


def costs_answer(fields: Mapping[str, Any]) -> Answer:
    """Answer question 1.2."""
    chains = fields["chains"]
    plain, factored = chains["i"], chains["iii"]
    return Answer(
        number="1.2",
        question="How many filter weights and how many multiplications do chains (i) and (iii) "
        "need?",
        answer=f"(i): {costs_text(plain)}; (iii): {costs_text(factored)}, where a multiplication "
        "is counted for each output pixel, the whole map being computed.",
        glance=f"(i): {costs_text(plain)} per output pixel; (iii): {costs_text(factored)}.",
        rule="Weights and multiplications are counted from the layers.",
        numbers={
            name: {key: chains[name][key] for key in ("weights", "multiplications")}
            for name in ("i", "iii")
        },
        evidence=[
            Paragraph(conventions_text(plain, factored)),
            Table(
                label="tab-costs",
                caption="Weights, and multiplications for one pixel of the output.",
                header=[
                    "Chain",
                    "Layers",
                    "Weights",
                    "Multiplications, whole map",
                    "Multiplications, single pixel",
                ],
                rows=[
                    [
                        f"({name})",
                        layers_text(chain["layers"]),
                        count(chain["weights"]),
                        count(chain["multiplications"]["in_a_map"]),
                        count(chain["multiplications"]["of_one_cell"]),
                    ]
                    for name, chain in chains.items()
                ],
                texts=2,
            ),
            Paragraph(factored_text(plain, factored)),
        ],
    )


def costs_text(chain: Mapping[str, Any]) -> str:
    """Give the weights and multiplications of a chain."""
    multiplications = count(chain["multiplications"]["in_a_map"])
    return f"{count(chain['weights'])} weights and {multiplications} multiplications"


def conventions_text(plain: Mapping[str, Any], factored: Mapping[str, Any]) -> str:
    """Say what is counted."""
    first, last = (squared(factored["layers"][index]["kernel"]) for index in (0, -1))
    alone = {
        key: count(chain["multiplications"]["of_one_cell"])
        for key, chain in (("i", plain), ("iii", factored))
    }
    return (
        "*Conventions.* One input and one output channel, no biases, borders neglected. On a large "
        "image each cell of every map is computed once and shared, so an output pixel of (iii) "
        f"costs one {first} and one {last} filter. For a _single_ output pixel nothing is shared: "
        f"of the first map {last} cells are computed, and (iii) costs {alone['iii']} "
        f"multiplications against {alone['i']} of (i) (@tab-costs)."
    )


def factored_text(plain: Mapping[str, Any], factored: Mapping[str, Any]) -> str:
    """Compare the two chains."""
    same = plain["receptive_field"] == factored["receptive_field"]
    weights, multiplications = (
        percent(share, 0)
        for share in (
            factored["weights"] / plain["weights"],
            factored["multiplications"]["in_a_map"] / plain["multiplications"]["in_a_map"],
        )
    )
    return (
        f"So the chain (iii) has {'the same' if same else 'another'} receptive field with "
        f"{weights} of the weights and, over a whole map, {multiplications} of the "
        "multiplications. The cost is expressiveness: the composed kernel has the form "
        f"$f_1 * f_2$, with at most {factored['weights'] - 1} degrees of freedom (the scale of "
        "$f_1$ against $f_2$ is redundant), and a "
        f"{squared(plain['layers'][0]['kernel'])} kernel has {count(plain['weights'])}. The gain "
        "is a non-linearity between the two."
    )


def strides_answer(fields: Mapping[str, Any]) -> Answer:
    """Answer question 1.3."""
    two, many = fields["two_layers"], fields["many_layers"]
    step = many["kernel"] - 1
    return Answer(
        number="1.3",
        question="How does the receptive field grow with the stride?",
        answer="Linearly in the stride of one layer, $r = k_1 + (k_2 - 1) s$, and exponentially in "
        "the number of layers when all have a stride above 1.",
        glance="Linearly in one stride; exponentially in the number of layers with strides > 1.",
        rule="Both follow from the formula of question 1.1.",
        numbers={"two_layers": two["receptive_fields"], "many_layers": many["receptive_fields"]},
        evidence=[
            Paragraph(
                "In the formula each stride is a factor of all later terms. For two layers the "
                "only such term is $(k_2 - 1) s$: a stride larger by 1 widens each of the "
                f"$k_2 - 1$ gaps between the inputs of the second layer by one pixel. "
                f"{two_layers_text(two)} For $L$ layers of {squared(many['kernel'])} with the same "
                "stride it is a geometric series, "
                f"$ r = 1 + {step} (1 + s + dots.c + s^(L - 1)) = cases("
                f'1 + {step} L & "for" s = 1, '
                f'1 + {step} (s^L - 1) / (s - 1) quad & "for" s > 1.) $'
            ),
            Figure(
                path=f"{PLOTS}/strides.png",
                label="fig-strides",
                caption=f"Receptive field of {squared(many['kernel'])} convolutions with the same "
                "stride _s_. On the logarithmic scale exponential growth is a straight line.",
                width=52,
                beside="Two qualifications. The side is measured from the first pixel to the last: "
                "where a stride exceeds the kernel, the support has gaps. And a larger field costs "
                "resolution: every stride divides the number of cells along a side of the map by "
                f"$s$. {many_layers_text(many)}",
            ),
        ],
    )


def two_layers_text(two: Mapping[str, Any]) -> str:
    """List the sides of two layers by the stride of the first."""
    first, last = (squared(kernel) for kernel in two["kernels"])
    strides, sides = zip(*two["receptive_fields"].items(), strict=True)
    return (
        f"So {first} with a stride of {listed(strides)}, then {last}, gives "
        f"{listed([*map(str, sides)])} pixels."
    )


def many_layers_text(many: Mapping[str, Any]) -> str:
    """Give the sides at the maximum number of layers."""
    sides = {stride: found[-1] for stride, found in many["receptive_fields"].items()}
    layers = len(next(iter(many["receptive_fields"].values())))
    shown = listed([f"{count(side)} (_s_ = {stride})" for stride, side in sides.items()])
    return f"With {layers} layers the sides are {shown} pixels (@fig-strides)."
