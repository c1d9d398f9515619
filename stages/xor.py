"""Train perceptrons on XOR from random starts, with tanh or linear hidden units."""

from collections import Counter
from collections.abc import Mapping
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from foolproof.compute.stage import stage
from foolproof.core.files import write_csv, write_json
from foolproof.core.stage import run_stage
from foolproof.figures.style import save_figures
from foolproof.figures.xor import (
    HIDDEN_RANGE,
    INPUT_RANGE,
    OUTCOME_NAMES,
    Planes,
    draw_failures,
    draw_losses,
    draw_planes,
)
from foolproof.params.xor import Xor
from foolproof.toys.xor import (
    POINTS,
    Training,
    draw_starts,
    hidden_units,
    identity,
    log_spaced_steps,
    plane,
    probability_maps,
    train_xor,
    unpack,
)
from foolproof.toys.xor_outcomes import (
    COLLAPSED,
    FAILURES,
    LEVELS,
    OUTCOMES,
    SUCCESS,
    Outcomes,
    classify,
    compare_scales,
    count_failures,
    describe_failures,
    describe_linear,
    describe_network,
    min_hessian_eigenvalue,
    success_rate,
    summarize_steps,
)

SOURCE = "Computed on the four points of XOR; no other data"
NETWORKS = {"tanh": "tanh hidden units", "linear": "no hidden activation"}
MAP_POINTS = 101
CURVE_POINTS = 200


def main() -> str:
    """Train, classify the outcomes, draw them, and write the metrics."""
    # Networks this small are slower on a GPU: all tensors stay on the CPU.
    with stage(Xor) as s:
        stds = list(dict.fromkeys([s.settings.std, *s.settings.other_stds]))
        trainings = train(s.settings, stds)
        tanh, linear = (
            classify(
                training,
                confidence=s.settings.confidence,
                level_tolerance=s.settings.level_tolerance,
                flat_gradient=s.settings.flat_gradient,
            )
            for training in trainings.values()
        )
        by_std = dict(zip(stds, tanh, strict=True))
        shown = int((tanh[0] == SUCCESS).argmax())
        network = describe_network(trainings["tanh"].parameters[0, shown])
        write_json(
            Path("metrics/toys/xor.json"),
            describe(trainings, by_std, linear, s.settings)
            | {"shown": {"seed": shown, "success": bool(tanh[0, shown] == SUCCESS)} | network},
        )
        figures = {
            "loss": draw_all_losses(trainings, {"tanh": tanh[0], "linear": linear}),
            "xor": draw_learning(trainings["tanh"], s.settings.steps, shown, tanh[0, shown]),
            "failures": draw_all_failures(trainings["tanh"], by_std),
        }
        save_figures(figures, Path("plots/xor"), source=SOURCE)
    return f"{int((tanh[0] == SUCCESS).sum())} of {s.settings.seeds} starts learn XOR"


def train(settings: Xor, stds: list[float]) -> dict[str, Training]:
    """Train tanh networks (stds, seeds) and linear networks (seeds) from the same starts."""
    draws = draw_starts(settings.seeds)
    return {
        "tanh": train_xor(
            torch.stack([std * draws for std in stds]),
            steps=settings.steps,
            learning_rate=settings.learning_rate,
            snapshots=[0, *(step for step in settings.snapshots if step < settings.steps)],
        ),
        "linear": train_xor(
            settings.std * draws,
            steps=settings.steps,
            learning_rate=settings.learning_rate,
            activation=identity,
        ),
    }


def describe(
    trainings: Mapping[str, Training],
    by_std: Mapping[float, Outcomes],
    linear: Outcomes,
    settings: Xor,
) -> dict[str, Any]:
    """Measure success, failures and the linear networks."""
    tanh, outcomes = trainings["tanh"], by_std[settings.std]
    all_outcomes = np.stack(list(by_std.values()))
    return {
        "seeds": settings.seeds,
        "log2": log(2),
        "success_rate": success_rate(outcomes),
        "success_rate_by_std": {f"{std:g}": success_rate(each) for std, each in by_std.items()},
        "scales": compare_scales(by_std),
        "failures": count_failures(outcomes),
        "failures_by_std": {f"{std:g}": count_failures(each) for std, each in by_std.items()},
        "steps_to_success": summarize_steps(tanh.confidence[:, 0], outcomes, settings.confidence),
        "failed_networks": describe_failures(tanh, all_outcomes, settings.confidence),
        "success_rate_linear": success_rate(linear),
        "best_loss_linear": trainings["linear"].losses[-1].min().item(),
        "linear": describe_linear(trainings["linear"]),
    }


def draw_all_losses(trainings: Mapping[str, Training], outcomes: Mapping[str, Outcomes]) -> Figure:
    """Draw the losses of the starts with the first std, and write their means by outcome."""
    steps = log_spaced_steps(len(trainings["tanh"].losses) - 1, CURVE_POINTS)
    losses = {
        "tanh": trainings["tanh"].losses[steps, 0].numpy(),
        "linear": trainings["linear"].losses[steps].numpy(),
    }
    write_csv(
        Path("plots/xor_loss.csv"),
        [
            {
                "step": int(step),
                "series": f"{NETWORKS[name]}, {OUTCOME_NAMES[outcome]}",
                "loss": float(loss),
            }
            for name, curves in losses.items()
            for outcome in OUTCOMES
            if (outcomes[name] == outcome).any()
            for step, loss in zip(steps, curves[:, outcomes[name] == outcome].mean(1), strict=True)
        ],
    )
    return draw_losses(
        steps,
        {NETWORKS[name]: curves for name, curves in losses.items()},
        {NETWORKS[name]: names for name, names in outcomes.items()},
        {COLLAPSED[count]: level for count, level in LEVELS.items()},
    )


def draw_learning(tanh: Training, steps: int, shown: int, outcome: str) -> Figure:
    """Draw the hidden plane and the input plane of one start during training."""
    parameters = {**dict(sorted(tanh.snapshots.items())), steps: tanh.parameters}
    return draw_planes(
        [planes(f"step {step:,}", values[0, shown]) for step, values in parameters.items()],
        title=f"A perceptron learns XOR (random start {shown}: {OUTCOME_NAMES[outcome]})",
    )


def draw_all_failures(tanh: Training, by_std: Mapping[float, Outcomes]) -> Figure:
    """Draw the outcomes by std, the end points of failed networks, and an example of each."""
    outcomes = np.stack(list(by_std.values()))
    norms = tanh.gradients.norm(dim=-1).numpy()
    eigenvalues = min_hessian_eigenvalue(tanh.parameters).numpy()
    ends, examples = {}, []
    for reason in FAILURES:
        failed = outcomes == reason
        if failed.any():
            ends[reason] = eigenvalues[failed], norms[failed]
            row, seed = np.argwhere(failed)[0]
            title = f"{OUTCOME_NAMES[reason]}\nstd {list(by_std)[row]:g}, start {seed}"
            examples.append(planes(title, tanh.parameters[row, seed]))
    counts = {f"{std:g}": Counter(by_std[std].tolist()) for std in sorted(by_std)}
    return draw_failures(counts, ends, examples)


def planes(title: str, parameters: Tensor) -> Planes:
    """Compute the hidden and the input plane of one network (9,)."""
    hidden_map, input_map = probability_maps(
        parameters, plane(HIDDEN_RANGE, MAP_POINTS), plane(INPUT_RANGE, MAP_POINTS)
    )
    network = unpack(parameters)
    return Planes(
        title,
        hidden=hidden_units(parameters, POINTS, torch.tanh).numpy(),
        line=torch.cat([network.output_weight, network.output_bias[None]]).numpy(),
        hidden_map=hidden_map.numpy(),
        input_map=input_map.numpy(),
    )


if __name__ == "__main__":
    run_stage(main)
