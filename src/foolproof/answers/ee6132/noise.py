"""EE6132, questions 3.6 and 3.7: additive noise."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from foolproof.answers.document import Answer, Figure, Paragraph, Table
from foolproof.answers.numbers import (
    count,
    difference_text,
    fixed,
    is_above,
    k_of_n,
    majority,
    mean_text,
    percent,
    plus_minus,
    rate_interval,
    rate_text,
    ratio_interval,
    side_of,
)

Noise = Mapping[str, Any]
"""metrics/attacks/noise.json."""

Rows = Sequence[Mapping[str, str]]

GREY = 255
ERROR, TRANSFER = 0.45, 1.0
"""Shades of sums that are misclassified, and of those classified as the target of the noise."""


def noise_answer(noise: Noise, settings: Mapping[str, Any], pixels: int) -> Answer:
    """Answer question 3.6.

    Args:
        noise: metrics/attacks/noise.json.
        settings: section `attack_noise` of params.yaml.
        pixels: of an image.
    """
    success = noise["success_rate"]
    return Answer(
        number="3.6",
        question="Keep the image fixed and optimize noise that is added to it. Show image, noise "
        "and sum for every target class.",
        answer=f"For {rate_interval(success)} target classes an image of another digit plus noise "
        "is classified as the target with a probability of at least "
        f"{percent(settings['confidence'], 0)} (@fig-noise). {size_verdict(noise['minimal'])}",
        glance=f"The attack succeeds for {rate_interval(success)} target classes.",
        rule="Counted with Wilson's 95 % interval; the norm is compared by the 95 % interval of "
        "the paired ratio of L2 norms.",
        numbers={"success_rate": success, "l2_ratio": noise["minimal"]["l2_ratio"]},
        evidence=[
            Paragraph(
                "$ C = z_t (X + N), quad N <- N + alpha thin nabla_N C, quad N_0 = 0, quad "
                f"alpha = {settings['step_size']}, $"
                f"for at most {count(settings['steps'])} steps, with $X + N$ clipped to valid "
                "pixels. The ascent stops as soon as the target has the required probability. The "
                f"median number of steps is {fixed(noise['median_steps'], 0)}, the max "
                f"{noise['max_steps']} (n = {success['n']})."
            ),
            Paragraph(f"{norm_text(noise, pixels)} {minimal_text(noise['minimal'])}"),
            Figure(
                path="plots/attack_noise/noise.png",
                label="fig-noise",
                caption="For each target class a column: an image of another digit, the noise with "
                "its L2 norm, their sum with predicted class and probability; below, the minimal "
                "attack (DDN) on the same image for the same target and probability. Red: "
                "brighter, blue: darker.",
            ),
        ],
    )


def size_verdict(minimal: Mapping[str, Any]) -> str:
    """Compare the norm of the noise with that of the minimal attack."""
    ratio = minimal["l2_ratio"]
    if ratio is None:
        return "The minimal attack has no success to compare its norm with."
    size = {
        "above": "larger than necessary",
        "below": "smaller than that of DDN",
        "straddles": "of no significantly different norm",
        "unknown": "compared in one pair only",
    }[side_of(ratio, 1)]
    return f"The noise is {size}: {ratio_interval(ratio)} times the L2 norm of a minimal attack."


def norm_text(noise: Noise, pixels: int) -> str:
    """Say how large the noise is."""
    rms = GREY * noise["l2"]["mean"] / sqrt(pixels)
    strokes = (
        "Some pixels change by more than half of the full range, as strokes do. "
        if is_above(noise["linf"], 0.5)
        else ""
    )
    return (
        "After the clip the noise changes the image by a mean L2 norm of "
        f"{mean_text(noise['l2'])}, a root mean square of {fixed(rms, 0)} grey levels a pixel. The "
        f"mean L-infinity norm is {plus_minus(noise['linf'], scale=GREY, digits=0)} of 255 grey "
        f"levels. {strokes}The background of MNIST is exactly black, where every change shows."
    )


def minimal_text(minimal: Mapping[str, Any]) -> str:
    """Say what the minimal attack reaches."""
    norms = (
        f", with a mean L2 norm of {mean_text(minimal['l2'])} and a mean L-infinity norm of "
        f"{plus_minus(minimal['linf'], scale=GREY, digits=0)} grey levels"
        if minimal["l2"]
        else ""
    )
    ratio = minimal["linf_ratio"]
    pairs = (
        " In pairs of the same image and target the L-infinity norm of the noise is "
        f"{ratio_interval(ratio)} times that of DDN."
        if ratio
        else ""
    )
    return (
        "The minimal attack for comparison is DDN (Rony et al. 2019), which searches the smallest "
        "L2 norm, with the same probability as criterion and at most as many steps. It succeeds "
        f"for {rate_interval(minimal['success_rate'])} classes{norms}.{pairs}"
    )


# ---- Question 3.7 ----------------------------------------------------------------------------


def transfer_answer(noise: Noise, transfer: Rows) -> Answer:
    """Answer question 3.7.

    Args:
        noise: metrics/attacks/noise.json.
        transfer: plots/attack_noise_transfer.csv.
    """
    errors = rate_text(noise["error_rate"], "noise")
    shuffled = rate_text(noise["error_rate_shuffled_noise"], "noise")
    return Answer(
        number="3.7",
        question="Add each noise to the same ten test images, one of each class. What does the "
        "network predict?",
        answer=f"A wrong class for {errors} sums of another true class than the target. "
        f"{transfer_verdict(noise)}",
        glance=f"A wrong class for {k_of_n(noise['error_rate'])} sums; with shuffled noise for "
        f"{k_of_n(noise['error_rate_shuffled_noise'])}.",
        rule="The 95 % interval of the error rate, over the noises, is compared with one half, and "
        "that of the paired difference from shuffled noise with 0.",
        numbers={each: noise[each] for each in ("error_rate", "excess_error", "excess_transfer")},
        evidence=[
            Paragraph(
                "Sums whose true class is the target of the noise are left out. Sums with one "
                "noise depend on each other, so all intervals are over the noises. With the pixels "
                f"of each noise shuffled (equal norms, no pattern) {shuffled} sums are "
                "misclassified. The paired difference is "
                f"{difference_text(noise['excess_error'])}. As the target of the noise "
                f"{rate_text(noise['transfer_rate'], 'noise')} sums are classified, "
                f"{difference_text(noise['excess_transfer'])} more than with shuffled pixels. "
                f"{pattern_text(noise)}"
            ),
            transfer_table(transfer),
        ],
    )


def transfer_verdict(noise: Noise) -> str:
    """Say whether the noises transfer, beyond the errors by noise of equal norms."""
    if not is_above(noise["excess_error"]):
        return "A transfer is not shown: shuffled noise does not cause significantly fewer errors."
    if majority(noise["error_rate"]) == "above":
        return "The noises transfer: most other images are misclassified, too."
    return "The noises transfer in part: shuffled noise causes significantly fewer errors."


def pattern_text(noise: Noise) -> str:
    """Say what transfers."""
    if is_above(noise["excess_transfer"]):
        return (
            "So the pattern transfers, and not only the norm: the direction increases the logit of "
            "the target for other images, too."
        )
    if is_above(noise["excess_error"]):
        return (
            "So the pattern causes errors on other images, but not significantly more often the "
            "class of its target."
        )
    return (
        "The attack stops just beyond the decision boundary near one image; from another image the "
        "direction to the target differs."
    )


def transfer_table(transfer: Rows) -> Table:
    """List the predicted class of each sum; errors are bold and shaded."""
    by_noise: dict[str, list[Mapping[str, str]]] = {}
    for row in transfer:
        by_noise.setdefault(row["target"], []).append(row)
    found = list(by_noise.items())
    return Table(
        label="tab-transfer",
        caption="Predicted class of the sum of each noise (row, by its target) and each of the "
        "same test images (column, by true class). Bold and shaded: misclassified; dark: as the "
        "target of the noise; italic: the target is the true class, no attack.",
        header=["target", *(f"true {row['true']}" for row in found[0][1])],
        rows=[[f"*{target}*", *map(transfer_cell, rows)] for target, rows in found],
        shades=[[transfer_shade(row) for row in rows] for _, rows in found],
    )


def transfer_cell(row: Mapping[str, str]) -> str:
    """Write the predicted class of a sum."""
    if row["true"] == row["target"]:
        return f"_{row['predicted']}_"
    return row["predicted"] if row["predicted"] == row["true"] else f"*{row['predicted']}*"


def transfer_shade(row: Mapping[str, str]) -> float | None:
    """Choose the shade of a sum."""
    if row["predicted"] == row["true"] or row["true"] == row["target"]:
        return None
    return TRANSFER if row["predicted"] == row["target"] else ERROR
