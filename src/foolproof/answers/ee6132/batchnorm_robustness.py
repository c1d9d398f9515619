"""EE6132, beyond the sheet: robust accuracy without and with batch norm, over the seeds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from foolproof.answers.document import Answer, Block, Bullets, Figure, Paragraph, Table
from foolproof.answers.ee6132.training import NAMES
from foolproof.answers.markup import plain
from foolproof.answers.numbers import (
    counted,
    listed,
    plus_minus,
    points_interval,
    scientific,
    side_of,
    signed_points,
)

Comparison = Mapping[str, Any]
"""metrics/mnist/robustness_comparison.json."""


def robustness_answer(comparison: Comparison, settings: Mapping[str, Any], number: str) -> Answer:
    """Answer how batch norm changes the robust accuracy.

    Args:
        comparison: metrics/mnist/robustness_comparison.json.
        settings: section `compare_robustness` of params.yaml.
        number: of the section.
    """
    seeds, images = len(comparison["seeds"]), counted(comparison["images"], "test image")
    return Answer(
        number=number,
        question="Beyond the sheet: does batch norm change the robust accuracy?",
        answer=verdict(comparison, effect),
        glance=verdict(comparison, side_text),
        rule="At each ε by the 95 % interval of the difference, paired by seed.",
        numbers={f"epsilon_{key}": comparison["by_epsilon"][key] for key in epsilons(comparison)},
        evidence=[
            Paragraph(
                f"The networks of all seeds are attacked on the same {images}, drawn at random, "
                "within the same L-infinity balls and with the same attacks as in the next "
                f"section: Auto-PGD with {settings['steps']} steps for each loss and target, and a "
                f"random search with {settings['queries']} queries. Galloway et al. (2019) report "
                "that batch norm reduces the robustness to small perturbations on five data sets."
            ),
            accuracy_table(comparison),
            Figure(
                path="plots/draw_robustness_comparison/mnist.png",
                label="fig-batchnorm-robustness",
                caption="Robust accuracy of the MNIST network without and with batch norm against "
                f"ε (left; thick: mean of {counted(seeds, 'seed')}, thin: each seed), and its "
                "difference (right; bars: 95\u00a0% intervals, dots: each seed).",
                width=86,
            ),
            *doubts(comparison),
        ],
    )


def epsilons(comparison: Comparison) -> list[str]:
    """List the epsilons, ascending from 0."""
    return sorted(comparison["by_epsilon"], key=float)


def verdict(comparison: Comparison, effect: Callable[[Comparison, str], str]) -> str:
    """Say at which epsilons the robust accuracy is higher or lower."""
    seeds = counted(len(comparison["seeds"]), "paired seed")
    if len(comparison["seeds"]) == 1:
        return f"Not assessed: {seeds} gives no interval."
    found = [effect(comparison, each) for each in epsilons(comparison) if float(each) > 0]
    return f"With batch norm the robust accuracy is {listed(found)}, over {seeds}."


def effect(comparison: Comparison, epsilon: str) -> str:
    """Say on which side the difference at an epsilon is, and how large it is."""
    difference = comparison["by_epsilon"][epsilon]["difference"]
    return f"{side_text(comparison, epsilon)} ({points_interval(difference)})"


def side_text(comparison: Comparison, epsilon: str) -> str:
    """Say on which side the difference at an epsilon is."""
    side = {"above": "higher", "below": "lower"}.get(
        side_of(comparison["by_epsilon"][epsilon]["difference"]), "not significantly different"
    )
    return f"{side} at ε = {epsilon}"


def accuracy_table(comparison: Comparison) -> Table:
    """List accuracies and differences by epsilon."""
    return Table(
        label="tab-batchnorm-robustness",
        caption=f"Accuracy on {counted(comparison['images'], 'test image')} in per cent, worst "
        f"case over all attacks: mean of {counted(len(comparison['seeds']), 'seed')} ± 95\u00a0% "
        "interval (Student's, for these images). The difference is paired by seed, in percentage "
        "points. McNemar's exact test compares the two networks of a seed; the largest p-value of "
        "the seeds is shown.",
        header=["ε", *NAMES.values(), "difference", "max _p_"],
        rows=[
            [
                epsilon,
                *(plus_minus(found["accuracy"][key], scale=100, digits=1) for key in NAMES),
                signed_points(found["difference"]),
                scientific(max(test["p_value"] for test in found["mcnemar"])),
            ]
            for epsilon in epsilons(comparison)
            for found in [comparison["by_epsilon"][epsilon]]
        ],
    )


def doubts(comparison: Comparison) -> Sequence[Block]:
    """List the signs of gradient masking, or say that there are none."""
    if not comparison["findings"]:
        return [Paragraph("The checks for gradient masking found no sign of it in any network.")]
    return [
        Paragraph("Reasons to doubt these numbers:"),
        Bullets(
            [
                f"{NAMES[each['network']]}, seed {each['seed']}: {plain(each['finding'])}"
                for each in comparison["findings"]
            ]
        ),
    ]
