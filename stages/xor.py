"""Learn XOR from many random starts, with and without hidden activation, and say what failed."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.compute.device import prepare_device
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.figures.style import save_figure
from foolproof.figures.xor import (
    HIDDEN_RANGE,
    INPUT_RANGE,
    OUTCOME_NAMES,
    Planes,
    draw_failures,
    draw_losses,
    draw_planes,
)
from foolproof.params.data import Compute
from foolproof.params.xor import Xor
from foolproof.toys.xor import (
    POINTS,
    Training,
    collapsed_weights,
    draw_starts,
    hidden_units,
    identity,
    output_logits,
    plane,
    probability_maps,
    steps_to_solve,
    train_xor,
    unpack,
)
from foolproof.toys.xor_outcomes import (
    LEVELS,
    MERGED,
    OUTCOMES,
    SOLVED,
    classify,
    describe_stuck,
    smallest_curvature,
)

PLOTS = Path("plots/xor")
SOURCE = "Computed on the four points of XOR; no other data"
NETWORKS = {"tanh": "tanh hidden units", "linear": "no hidden activation"}
MAP_POINTS = 101
CURVE_POINTS = 200

Names = NDArray[np.str_]


def main() -> None:
    """Train, sort the starts by what they came to, draw them, and write down the numbers."""
    settings = load_section("xor", Xor)
    # Networks this small are slower on a GPU: all tensors stay on the CPU.
    prepare_device(load_section("compute", Compute).threads)
    stds = list(dict.fromkeys([settings.std, *settings.other_stds]))
    draws = draw_starts(settings.seeds)
    train = partial(train_xor, steps=settings.steps, learning_rate=settings.learning_rate)
    tanh = train(
        torch.stack([std * draws for std in stds]),
        snapshots=[0, *(step for step in settings.snapshots if step < settings.steps)],
    )
    linear = train(settings.std * draws, activation=identity)
    tanh_outcomes, linear_outcomes = (
        classify(
            training,
            confidence=settings.confidence,
            level_tolerance=settings.level_tolerance,
            flat_gradient=settings.flat_gradient,
        )
        for training in (tanh, linear)
    )
    main_outcomes = tanh_outcomes[0]
    shown = int((main_outcomes == SOLVED).argmax())
    by_std = dict(zip(stds, tanh_outcomes, strict=True))
    steps = steps_to_solve(tanh.confidence[:, 0], settings.confidence)
    write_json(
        Path("metrics/toys/xor.json"),
        {
            "seeds": settings.seeds,
            "log2": log(2),
            "solved": solved_share(main_outcomes),
            "solved_by_std": {f"{std:g}": solved_share(names) for std, names in by_std.items()},
            "reasons": reasons(main_outcomes),
            "reasons_by_std": {f"{std:g}": reasons(names) for std, names in by_std.items()},
            "steps_to_solve": summary(steps[torch.from_numpy(main_outcomes == SOLVED)]),
            "stuck": describe_stuck(tanh, tanh_outcomes, settings.confidence),
            "solved_linear": solved_share(linear_outcomes),
            "best_loss_linear": linear.losses[-1].min().item(),
            "linear": linear_metrics(linear),
            "shown": shown_metrics(tanh.parameters[0, shown], shown, main_outcomes[shown]),
        },
    )
    draw_all_losses(tanh, main_outcomes, linear, linear_outcomes)
    draw_learning(tanh, settings.steps, shown, main_outcomes[shown])
    draw_all_failures(tanh, by_std)


def solved_share(outcomes: Names) -> float:
    """Compute the share of starts that are solved."""
    return float((outcomes == SOLVED).mean())


def reasons(outcomes: Names) -> dict[str, int]:
    """Count the unsolved starts by reason."""
    return {reason: int((outcomes == reason).sum()) for reason in OUTCOMES if reason != SOLVED}


def summary(steps: Tensor) -> dict[str, float] | None:
    """Give median and range of numbers of steps; None where there are none."""
    if not len(steps):
        return None
    return {
        "median": float(np.median(steps.numpy())),
        "least": int(steps.min()),
        "greatest": int(steps.max()),
    }


def linear_metrics(linear: Training) -> dict[str, float]:
    """Say how far the networks without hidden activation are from ln 2 and from weights of zero."""
    return {
        "least_excess_loss": linear.losses[-1].min().item() - log(2),
        "greatest_excess_loss": linear.losses[-1].max().item() - log(2),
        "greatest_collapsed_weight": collapsed_weights(linear.parameters).abs().max().item(),
        "greatest_confidence": linear.confidence.max().item(),
    }


def shown_metrics(parameters: Tensor, seed: int, outcome: str) -> dict[str, Any]:
    """Write down the network (9,) whose learning is drawn, and what it makes of the four points."""
    hidden = hidden_units(parameters, POINTS, torch.tanh)
    return {
        "seed": seed,
        "solved": bool(outcome == SOLVED),
        **{name: values.tolist() for name, values in unpack(parameters)._asdict().items()},
        "hidden": hidden.tolist(),
        "probabilities": output_logits(parameters, hidden).sigmoid().tolist(),
    }


def draw_all_losses(
    tanh: Training, tanh_outcomes: Names, linear: Training, linear_outcomes: Names
) -> None:
    """Draw the losses of the starts with the first spread, and write their means."""
    steps = spread_out(len(tanh.losses) - 1)
    losses = {"tanh": tanh.losses[steps, 0].numpy(), "linear": linear.losses[steps].numpy()}
    outcomes = {"tanh": tanh_outcomes, "linear": linear_outcomes}
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
    figure = draw_losses(
        steps,
        {NETWORKS[name]: curves for name, curves in losses.items()},
        {NETWORKS[name]: names for name, names in outcomes.items()},
        {MERGED[count]: level for count, level in LEVELS.items()},
    )
    save_figure(figure, PLOTS / "loss.png", source=SOURCE)


def spread_out(last: int) -> NDArray[np.int_]:
    """Choose steps from 0 to the last one, ever farther apart, as a log axis wants them."""
    return np.unique(np.geomspace(1, last + 1, CURVE_POINTS).round().astype(int) - 1)


def draw_learning(tanh: Training, steps: int, shown: int, outcome: str) -> None:
    """Draw the hidden plane and the input plane of one start as it learns."""
    title = f"A perceptron learns XOR (random start {shown}: {OUTCOME_NAMES[outcome]})"
    columns = [
        *(
            planes(f"step {step:,}", parameters[0, shown])
            for step, parameters in sorted(tanh.snapshots.items())
        ),
        planes(f"step {steps:,}", tanh.parameters[0, shown]),
    ]
    figure = draw_planes(columns, title=title)
    save_figure(figure, PLOTS / "xor.png", source=SOURCE)


def draw_all_failures(tanh: Training, by_std: Mapping[float, Names]) -> None:
    """Draw the outcomes for every spread of the starts, and an example of each reason."""
    outcomes = np.stack(list(by_std.values()))
    norms = tanh.gradients.norm(dim=-1).numpy()
    curvatures = smallest_curvature(tanh.parameters).numpy()
    ends, examples = {}, []
    for reason in OUTCOMES:
        alike = outcomes == reason
        if reason != SOLVED and alike.any():
            ends[reason] = curvatures[alike], norms[alike]
            row, seed = np.argwhere(alike)[0]
            title = f"{OUTCOME_NAMES[reason]}\nstd {list(by_std)[row]:g}, start {seed}"
            examples.append(planes(title, tanh.parameters[row, seed]))
    figure = draw_failures(
        {f"{std:g}": Counter(by_std[std].tolist()) for std in sorted(by_std)},
        ends,
        examples,
    )
    save_figure(figure, PLOTS / "failures.png", source=SOURCE)


def planes(title: str, parameters: Tensor) -> Planes:
    """Compute what is drawn of one network (9,)."""
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
