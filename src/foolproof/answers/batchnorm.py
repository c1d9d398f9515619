"""Sentences on paired comparisons of a network with and without batch norm.

The statistics are those of `foolproof.training.comparison`.
"""

from collections.abc import Mapping
from typing import Any

from foolproof.answers.numbers import count, counted, points_interval, side_of


def gain_text(difference: Mapping[str, Any]) -> str:
    """Write an Interval of differences of accuracies: "+0.04 ± 0.07 points (n = 5)"."""
    return f"{points_interval(difference, 2)} (n = {difference['n']})"


def gain_verdict(difference: Mapping[str, Any]) -> str:
    """Say the effect on the test accuracy, by the paired difference over the seeds."""
    found = gain_text(difference)
    return {
        "above": f"Batch norm improves the test accuracy: {found}, paired over the seeds.",
        "below": f"Batch norm lowers the test accuracy: {found}, paired over the seeds.",
        "straddles": "Batch norm has no significant effect on the test accuracy: "
        f"{found}, paired over the seeds.",
        "unknown": "A single seed gives no interval, so the effect of batch norm on the test "
        f"accuracy is not assessed: {found}.",
    }[side_of(difference)]


def loss_verdict(comparison: Mapping[str, Any]) -> str:
    """Say the effect on the training loss, by the epochs after which it is significant."""
    differences, lower, higher = (comparison[key] for key in ("differences", "lower", "higher"))
    epochs, seeds = len(differences), differences[0]["n"]
    if seeds == 1:
        return "A single seed gives no interval of the training losses."
    for number, direction in ((lower, "lower"), (higher, "higher")):
        if number == epochs:
            return (
                f"With batch norm the training loss is {direction} after every epoch "
                f"({epochs} of {epochs}, n = {seeds})."
            )
    return (
        f"With batch norm the training loss is significantly lower after {lower} and higher after "
        f"{higher} of {counted(epochs, 'epoch')} (n = {seeds})."
    )


def mcnemar_text(same_images: Mapping[str, Any]) -> str:
    """Report McNemar's tests on the same test images, one for each seed."""
    better, worse, n = (same_images["significant"][key] for key in ("better", "worse", "n"))
    pairs = "; ".join(
        f"{count(each['only_first'])} and {count(each['only_second'])}"
        for each in same_images["by_seed"]
    )
    return (
        f"McNemar's exact test on the same test images, of {counted(n, 'pair')} of networks, is "
        f"significant (_p_ < 0.05) in favour of batch norm for {better} and against it for {worse} "
        "(images that only the network without, only that with batch norm classifies correctly: "
        f"{pairs})."
    )
