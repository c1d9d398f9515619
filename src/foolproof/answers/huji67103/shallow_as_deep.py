"""HUJI 67103, theoretical question 2: a shallow network as a deep one."""

from collections.abc import Mapping
from typing import Any

from foolproof.answers.document import Answer, Derivation, Figure, Paragraph, Table
from foolproof.answers.numbers import (
    count,
    counted,
    is_above,
    percent,
    percent_interval,
    scientific,
)


def deep_answer(deep: Mapping[str, Any]) -> Answer:
    """Answer question 2, by metrics/toys/shallow_as_deep.json."""
    return Answer(
        number="2",
        question="Describe any shallow network by a deep one with $O(n)$ neurons, without assuming "
        "that the coefficients $alpha_j$ are positive.",
        answer=deep_verdict(deep),
        rule="The construction is verified where no random network exceeds the tolerance and all "
        "have the number of neurons of the formula.",
        numbers={key: deep[key] for key in ("networks", "wrong_networks", "max_difference")},
        evidence=[
            Derivation("shallow_as_deep"),
            Paragraph(verification_text(deep)),
            sizes_table(deep),
            Figure(
                path="plots/shallow_as_deep/shallow_as_deep.png",
                label="fig-deep",
                caption="A small network with one input. Left: the deep network with two sums "
                "equals the shallow one. Middle: its sums after each term (thin) and at the end "
                "(thick); they never decrease. Right: with a single sum, clamped at zero by the "
                "ReLUs, the output is too high.",
            ),
        ],
    )


def miscounted(deep: Mapping[str, Any]) -> int:
    """Count the sizes of network with another number of neurons than the formula's."""
    return sum(size["deep_neurons"] != size["neurons_by_formula"] for size in deep["sizes"])


def deep_verdict(deep: Mapping[str, Any]) -> str:
    """Give the construction's size, and whether the random networks confirm it."""
    size = "$n$ layers with $2 d + 3$ neurons each"
    wrong, other = deep["wrong_networks"], miscounted(deep)
    if wrong == 0 and other == 0:
        return (
            f"A deep network of {size}, $n (2 d + 3) = O(n)$ in all, computes the same function. "
            f"This is verified on all {count(deep['networks'])} random networks."
        )
    return (
        f"A construction of {size} is proved below, but the computation contradicts the proof: "
        f"{wrong} of {count(deep['networks'])} random networks differ, and "
        f"{counted(other, 'size')} of network "
        f"{'has' if other == 1 else 'have'} another number of neurons."
    )


def verification_text(deep: Mapping[str, Any]) -> str:
    """Say how exact the construction is, and how wrong a single sum is."""
    shares = [size["one_sum_wrong_share"] for size in deep["sizes"]]
    means = [share["mean"] for share in shares]
    wrong = " to ".join(dict.fromkeys(percent(end, 0) for end in (min(means), max(means))))
    certain = sum(is_above(share) for share in shares)
    matters = (
        "So the assumption matters: every interval is above zero."
        if certain == len(shares)
        else f"The interval is above zero for {certain} of {counted(len(shares), 'size')}: only "
        "there the assumption matters demonstrably."
    )
    return (
        f"*Verification.* For {count(deep['networks'])} random networks the construction equals "
        "the shallow network up to a relative difference of "
        f"{scientific(deep['max_difference'])}; {deep['wrong_networks'] or 'none'} of the networks "
        f"exceeds {scientific(deep['tolerance'], 1)}, a bound far above rounding errors "
        "(@tab-deep). With a single sum and coefficients of both signs the output is wrong at "
        f"{wrong} of the inputs, a mean over the networks of each size. {matters} The error is "
        "known exactly. At each new minimum of the sum $S_k = sum_(j <= k) alpha_j h_j$ below 0 "
        "the ReLU clamps it to 0, which raises all later sums; the output is too high by "
        "$-min(0, S_1, dots, S_(n - 1))$ (@fig-deep, right)."
    )


def sizes_table(deep: Mapping[str, Any]) -> Table:
    """List the differences by the size of the network."""
    sizes = deep["sizes"]
    return Table(
        label="tab-deep",
        caption="Random networks with coefficients of both signs as deep ones, "
        f"{counted(sizes[0]['one_sum_wrong_share']['n'], 'network')} of each size and "
        f"{count(deep['points'])} random inputs each, in float64. Differences are relative to the "
        "sum of the absolute values of all terms, "
        "$abs(c) + sum_j abs(alpha_j) (abs(w_j) dot abs(x) + abs(b_j))$. “One sum” is the "
        "construction for positive coefficients: the share of inputs with a difference above "
        f"{scientific(deep['tolerance'], 1)}, mean ± 95\u00a0% interval over networks, and its "
        "maximum difference for the coefficients $abs(alpha_j)$.",
        header=[
            "$n$",
            "$d$",
            "Neurons",
            "Max. difference",
            "One sum: wrong",
            "One sum, all $alpha_j > 0$: max. difference",
        ],
        rows=[
            [
                str(size["neurons"]),
                str(size["inputs"]),
                count(size["deep_neurons"]),
                scientific(size["max_difference"]),
                percent_interval(size["one_sum_wrong_share"], 1),
                scientific(size["one_sum_positive_difference"]),
            ]
            for size in sizes
        ],
        texts=0,
    )
