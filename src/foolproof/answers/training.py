"""Sentences on trainings: settings, optimizers, overfitting, test accuracy."""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.numbers import counted, fixed, percent, percent_interval, rate_interval

OVERFIT_RISE = 1.05
"""Ratio of the final loss on held-out images to its minimum above which a network overfits."""


def overfits(curve: Sequence[Mapping[str, str]]) -> bool:
    """Say whether the loss of a curve, rows of a CSV file, ends above its minimum."""
    losses = [float(row["loss"]) for row in curve]
    return losses[-1] > OVERFIT_RISE * min(losses)


def no_overfitting_text(epochs: int, images: str) -> str:
    """Say that neither of two networks overfits, by its loss on the `images` named."""
    return (
        f"Neither network overfits within {counted(epochs, 'epoch')}: the final {images} loss is "
        f"at most {fixed(100 * (OVERFIT_RISE - 1), 0)}\u00a0% above its minimum."
    )


def accuracy_text(result: Mapping[str, Any]) -> str:
    """Write a test accuracy: the mean over seeds, or of one seed the rate over the images."""
    seeds = result["test_accuracy"]["n"]
    if seeds == 1:
        return rate_interval(result["first_seed_test_accuracy"])
    return f"{percent_interval(result['test_accuracy'])} (n = {seeds} seeds)"


def training_text(config: Mapping[str, Any], epochs: int, machine: Mapping[str, Any]) -> str:
    """Describe a training on all training images.

    Args:
        config: its section of params.yaml.
        epochs: that were trained.
        machine: of its record in metrics/timing.
    """
    return " ".join(
        [
            f"{counted(epochs, 'epoch').capitalize()} on all training images, in batches of "
            f"{config['batch_size']}, with {optimizer_text(config)}",
            schedule_text(config["warmup"]),
            _regularization_text(config),
            _precision_text(machine["precision"]),
        ]
    )


def optimizer_text(config: Mapping[str, Any]) -> str:
    """Name the optimizer and its learning rates: a noun, and sentences that follow it."""
    momentum = config["momentum"]
    one_rate = f"The maximum learning rate is {config['learning_rate']}."
    if config["optimizer"] == "adam":
        return f"Adam ($beta_1 = {momentum}$). {one_rate}"
    if config["optimizer"] == "sgd":
        return f"{_sgd_text(momentum)}. {one_rate}"
    sgd = config["sgd"]
    return (
        f"Muon (Jordan et al. 2024), momentum {momentum}, for the filters of the convolutions and "
        f"{_sgd_text(sgd['momentum'])} for the rest. The maximum learning rate is "
        f"{config['learning_rate']} of Muon, {sgd['learning_rate']} of the biases and "
        f"{sgd['head_learning_rate']} of the fully connected weights. The bias of the first layer "
        f"is trained for {counted(sgd['first_bias_epochs'], 'epoch')}."
    )


def _sgd_text(momentum: float) -> str:
    return (
        f"stochastic gradient descent with Nesterov momentum {momentum}"
        if momentum
        else "stochastic gradient descent without momentum"
    )


def schedule_text(warmup: float) -> str:
    """Describe the learning rates over the steps, in a sentence."""
    if warmup:
        return (
            f"Learning rates rise linearly to the maximum over the first {percent(warmup, 0)} of "
            "the steps and then fall linearly to zero."
        )
    return "Learning rates fall linearly to zero, from the first step on."


def _regularization_text(config: Mapping[str, Any]) -> str:
    decay, smoothing = config["weight_decay"], config["label_smoothing"]
    if not decay and not smoothing:
        return "There is neither weight decay nor label smoothing."
    return f"Weight decay is {decay}, label smoothing {smoothing}."


def _precision_text(precision: str) -> str:
    if precision == "float32":
        return "Everything is computed in float32."
    return f"Forward and backward passes are computed in {precision}, evaluations in float32."
