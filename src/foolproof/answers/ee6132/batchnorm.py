"""EE6132, question 1.6: effect of batch norm on accuracy and training time."""

from collections.abc import Mapping
from typing import Any

from foolproof.answers.batchnorm import gain_text, gain_verdict, loss_verdict, mcnemar_text
from foolproof.answers.document import Answer, Paragraph, Table
from foolproof.answers.numbers import (
    counted,
    fixed,
    percent,
    percent_interval,
    plus_minus,
    points_interval,
    ratio_interval,
    side_of,
    value_cell,
)


def batchnorm_answer(
    comparison: Mapping[str, Any],
    timing: Mapping[str, Any],
    trainings: Mapping[str, Any],
    target_accuracy: float,
) -> Answer:
    """Answer question 1.6.

    Args:
        comparison: metrics/mnist/comparison.json.
        timing: metrics/timing/batchnorm_mnist.json.
        trainings: metrics/mnist/{nobn,bn}.json by network.
        target_accuracy: of params.yaml.
    """
    gain, needed = comparison["test_accuracy_difference"], comparison["epochs_to_target"]
    seeds, slowdown = gain["n"], timing["ratio"]
    return Answer(
        number="1.6",
        question="Add batch normalization. Does it improve the test accuracy, and what does it do "
        "to the time of training?",
        answer=f"{gain_verdict(gain)} {time_verdict(slowdown)}",
        glance=glance(gain, slowdown),
        rule="An effect is stated where the 95 % interval of the paired difference excludes 0, or "
        "that of the paired ratio excludes 1.",
        numbers={
            "test_accuracy_difference": gain,
            "time_ratio": slowdown,
            "epochs_ratio": needed["ratio"],
        },
        evidence=[
            Paragraph(
                "Batch norm standardizes each channel over the batch $B$ and all positions, and "
                "then applies a learned scale and shift, "
                "$y = gamma (x - mu_B) / sqrt(sigma_B^2 + epsilon) + beta$, so that the scale of "
                "a layer's input does not depend on the weights of earlier layers. It follows the "
                "convolution and precedes the non-linearity; in evaluation, running averages "
                "replace $mu_B$ and $sigma_B^2$."
            ),
            Table(
                label="tab-batchnorm",
                caption=f"Without and with batch norm, mean ± 95 % interval over "
                f"{counted(seeds, 'seed')}, paired by seed. After a warm-up "
                f"{counted(slowdown['n'], 'pair')} of epochs are timed in alternating order, so "
                "that a drift of the machine affects both; ratios are geometric means with 95 % "
                "intervals.",
                header=["", "without", "with", "difference or ratio"],
                rows=[
                    [
                        "Test accuracy",
                        *(percent_interval(trainings[n]["test_accuracy"]) for n in ("nobn", "bn")),
                        gain_text(gain),
                    ],
                    [
                        "Seconds an epoch, mean",
                        *(mean_seconds(timing, network) for network in ("nobn", "bn")),
                        f"× {ratio_interval(slowdown, name='')}",
                    ],
                    [
                        f"Epochs to {percent(target_accuracy, 1)} validation accuracy",
                        *(epochs_cell(needed[network]) for network in ("nobn", "bn")),
                        f"× {ratio_interval(needed['ratio'], name='')}" if needed["ratio"] else "–",
                    ],
                ],
            ),
            Paragraph(
                f"{epochs_verdict(needed, seeds)} {mcnemar_text(comparison['same_images'])} "
                f"{loss_verdict(comparison['training_loss'])}"
            ),
        ],
    )


def glance(gain: Mapping[str, Any], slowdown: Mapping[str, Any]) -> str:
    """Say both effects in a line."""
    neither = {"straddles": "not significantly different", "unknown": "not assessed"}
    accuracy = {"above": "higher", "below": "lower", **neither}[side_of(gain)]
    time = {"above": "slower", "below": "faster", **neither}[side_of(slowdown, 1)]
    return (
        f"Accuracy {accuracy} ({points_interval(gain, 2)}), time of an epoch {time} "
        f"(× {value_cell(slowdown)})."
    )


def time_verdict(slowdown: Mapping[str, Any]) -> str:
    """Say whether batch norm costs time, by the ratio of the times of an epoch."""
    text = ratio_interval(slowdown)
    return {
        "above": f"It makes an epoch slower: time ratio {text}.",
        "below": f"It makes an epoch faster: time ratio {text}.",
        "straddles": f"It has no significant effect on the time of an epoch: time ratio {text}.",
        "unknown": "One pair of timed epochs gives no interval, so an effect on the time is not "
        "assessed.",
    }[side_of(slowdown, 1)]


def epochs_verdict(needed: Mapping[str, Any], seeds: int) -> str:
    """Compare the epochs to the target, over the seeds with which both networks reach it."""
    never = {network: needed[network]["never"] for network in ("nobn", "bn")}
    reached = (
        f"The target accuracy is reached by {seeds - never['nobn']} of {seeds} networks without "
        f"and by {seeds - never['bn']} of {seeds} with batch norm."
    )
    ratio = needed["ratio"]
    if ratio is None:
        return reached
    found = f"with batch norm: ratio {ratio_interval(ratio)}, paired over the seeds."
    verdict = {
        "above": f"The target accuracy takes more epochs {found}",
        "below": f"The target accuracy takes fewer epochs {found}",
        "straddles": f"The epochs to the target accuracy do not differ significantly {found}",
        "unknown": "One pair of networks gives no interval of the epochs to the target accuracy.",
    }[side_of(ratio, 1)]
    return f"{reached} {verdict}" if any(never.values()) else verdict


def epochs_cell(needed: Mapping[str, Any]) -> str:
    """Write the mean of the epochs to the target, and how many trainings never reach it."""
    if needed["reached"] is None:
        return "never"
    missed = f" ({counted(needed['never'], 'training')} never)" if needed["never"] else ""
    return plus_minus(needed["reached"]) + missed


def mean_seconds(timing: Mapping[str, Any], network: str) -> str:
    """Write the mean seconds of an epoch."""
    seconds = timing["seconds_per_epoch"][network]
    return fixed(sum(seconds) / len(seconds), 1)
