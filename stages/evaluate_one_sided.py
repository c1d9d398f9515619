"""Evaluate the one-sided attacks: success, constraint, classes, and transfer to other networks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from foolproof.attacks.attacked_images import (
    AttackedImages,
    count_pairs,
    from_arrays,
    mean_by_pair,
    most_common,
    summarize,
    without_nan,
)
from foolproof.attacks.perturbation import max_violation
from foolproof.attacks.selection import choose
from foolproof.attacks.target_effort import (
    compare_directions,
    compare_targets,
    steps_beyond,
    steps_by_target,
)
from foolproof.attacks.transfer import (
    Transfer,
    compare_networks,
    growth,
    summarize_transfer,
    transfer,
)
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.figures import evaluate_one_sided as figures
from foolproof.figures.style import save_figures
from foolproof.networks import cis680, mnist
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.params.attack_one_sided import AttackOneSided
from foolproof.trained.stage import NetworkStage, network_stage

# The sheet's pixels go from -1 to 1: twice our range.
SHEET_UNITS = 2


def main() -> str:
    """Measure and draw the saved attacks."""
    with network_stage(AttackOneSided) as s:
        networks = load_networks(s)
        arrays = read_arrays(Path("data/attacks/one_sided.npz"))
        pixels = to_pixels(s.dataset("mnist").test.images)
        generator = torch.Generator()
        generator.set_state(torch.from_numpy(arrays["generator_state"]))
        strengths = transfer_by_strength(networks, arrays, pixels, s.settings, generator)
        saved = {name: from_arrays(arrays, name, pixels) for name in ("untargeted", "targeted")}
        correct = torch.from_numpy(arrays["correct"]).to(s.device)
        results = {**saved, "untargeted": saved["untargeted"].take(correct)}
        tables = tables_of(results["untargeted"], results["targeted"])
        clusters = torch.from_numpy(arrays["targeted_originals"]).to(s.device)
        measured = measure(networks, results, clusters, tables, generator)
        examples = draw_examples(networks["first"], results, generator)
    violation = max(max_violation(each.images, each.originals, 1) for each in saved.values())
    measured["targeted"]["effort"] = effort(saved["targeted"], clusters, saved["untargeted"])
    untargeted = measured["untargeted"]
    by_strength = {kind: [point for _, point in points] for kind, points in strengths.items()}
    write_json(
        Path("metrics/attacks/one_sided.json"),
        {
            "success_rate": untargeted["success_rate"],
            "median_steps": untargeted["steps"]["median"],
            "max_violation": SHEET_UNITS * violation,
            "transfer_rate": untargeted["transfer"]["networks"]["second"]["error_rate"],
            "images": len(correct),
            "correct": int(correct.sum()),
            **measured,
            "transfer_by_strength": by_strength,
            "transfer_growth": transfer_growth(strengths),
            "weights_sha256": str(arrays["weights_sha256"]),
        },
    )
    for name, points in by_strength.items():
        path = Path(f"plots/evaluate_one_sided_transfer_{name}.csv")
        write_csv(path, figures.transfer_rows(name, points))
    drawn = draw(results["targeted"], by_strength) | {"examples": examples}
    save_figures(drawn, Path("plots/evaluate_one_sided"), source=source_line("mnist"))
    return f"success {rate_in_words(untargeted['success_rate'])}"


def load_networks(s: NetworkStage[AttackOneSided]) -> dict[str, nn.Module]:
    """Load the attacked network, `first`, and those that the attacks are transferred to."""
    kinds = {"cis680": cis680.NETWORKS, "mnist": mnist.NETWORKS}
    names = (("cis680", "first"), ("cis680", "second"), ("mnist", "nobn"), ("mnist", "bn"))
    return {name: s.load(f"{group}/{name}", kinds[group]) for group, name in names}


Strengths = dict[str, list[tuple[tuple[Tensor, Transfer], dict[str, Any]]]]
"""By kind of strength, ascending: which images an attack has, their transfer, and its summary."""


def transfer_by_strength(
    networks: Mapping[str, nn.Module],
    arrays: Mapping[str, NDArray[Any]],
    pixels: Tensor,
    settings: AttackOneSided,
    generator: torch.Generator,
) -> Strengths:
    """Measure the transfer at each confidence, of the successes, and after each number of steps."""
    levels: dict[str, Sequence[float]] = {
        "confidence": settings.transfer.confidences,
        "steps": settings.transfer.steps,
    }
    strengths: Strengths = {}
    for kind, values in levels.items():
        strengths[kind] = []
        for level in sorted(values):
            result = from_arrays(arrays, f"{kind}_{level}", pixels)
            every = torch.ones_like(result.success)
            evaluated = result.success if kind == "confidence" else every
            found = transfer(networks, result.take(evaluated), generator)
            point = {kind: level, **summarize_transfer(found)}
            strengths[kind].append(((evaluated, found), point))
    return strengths


def transfer_growth(strengths: Strengths) -> dict[str, Any]:
    """Compare the weakest and the strongest attack of each kind on the same images."""
    found = {}
    for kind, points in strengths.items():
        (weak, first), (strong, last) = points[0], points[-1]
        grown = growth(weak, strong, "second") if len(points) > 1 else None
        found[kind] = grown and {"from": first[kind], "to": last[kind], **grown}
    return found


def effort(
    targeted: AttackedImages, clusters: Tensor, untargeted: AttackedImages
) -> dict[str, Any]:
    """Compare the steps by target, from 1 to 8 and back, and with the untargeted attack.

    Args:
        targeted: the attacks with targets.
        clusters: index of the attacked image among all test images, (N,).
        untargeted: the attacks on all test images.
    """
    table, labels = steps_by_target(targeted, clusters, cis680.CLASSES)
    images = clusters.unique()
    steps = untargeted.steps[images].double().masked_fill(~untargeted.success[images], torch.nan)
    return {
        "targets": compare_targets(table),
        # A 1 becomes an 8 by adding strokes; the reverse would have to remove them.
        "strokes": compare_directions(table, labels, 1, 8),
        "beyond_untargeted": steps_beyond(table, steps.cpu()),
    }


def tables_of(untargeted: AttackedImages, targeted: AttackedImages) -> dict[str, Tensor]:
    """Tabulate confusions, success and mean steps by true class and target."""
    classes, successes = cis680.CLASSES, targeted.successes()
    return {
        "confusions": count_pairs(untargeted.successes(), classes),
        "success": mean_by_pair(targeted, targeted.success, classes),
        "steps": mean_by_pair(successes, successes.steps, classes),
    }


def measure(
    networks: Mapping[str, nn.Module],
    results: Mapping[str, AttackedImages],
    clusters: Tensor,
    tables: Mapping[str, Tensor],
    generator: torch.Generator,
) -> dict[str, dict[str, Any]]:
    """Measure success, effort, transfer and classes of each attack.

    Args:
        networks: the attacked one as `first`, and those that the attacks are transferred to.
        results: of the attacks `untargeted` and `targeted`.
        clusters: index of the attacked image of each targeted attack, (N,).
        tables: of `tables_of`.
        generator: of the control.
    """
    of_images = {"untargeted": None, "targeted": clusters}
    measured, transferred = {}, {}
    for name, result in results.items():
        images, found = of_images[name], transfer(networks, result.successes(), generator)
        of_successes = None if images is None else images[result.success]
        summary = {"transfer": summarize_transfer(found, of_successes)}
        measured[name], transferred[name] = summarize(result, images) | summary, found
    measured["untargeted"]["transfer"]["retrained_over"] = compare_networks(
        transferred["untargeted"], "second", ["nobn", "bn"]
    )
    measured["untargeted"] |= {
        "confusions": tables["confusions"].tolist(),
        "most_common_confusions": most_common(tables["confusions"], 5),
    }
    measured["targeted"] |= {
        "images_by_class": count_pairs(results["targeted"], cis680.CLASSES).amax(1).tolist(),
        "success_by_pair": without_nan(tables["success"]),
        "mean_steps_by_pair": without_nan(tables["steps"]),
    }
    return measured


def draw_examples(
    network: nn.Module, results: Mapping[str, AttackedImages], generator: torch.Generator
) -> Figure:
    """Draw two random successes of each attack, or as many as there are."""
    chosen = [result.take(choose(result.success, 2, generator)) for result in results.values()]
    both = AttackedImages(*map(torch.cat, zip(*chosen, strict=True)))
    before = predict_logits(network, both.originals).softmax(1).gather(1, both.labels[:, None])
    attacks = [name for name, each in zip(results, chosen, strict=True) for _ in each.labels]
    return figures.draw_examples(
        **drawable(both), before=before[:, 0].cpu().numpy(), attacks=attacks
    )


def draw(
    targeted: AttackedImages, by_strength: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Figure]:
    """Draw one image of each pair of class and target, and the transfer."""
    return {
        "grid": figures.draw_grid(**drawable(targeted), success=targeted.success.cpu().numpy()),
        "transfer": figures.draw_transfer(by_strength),
    }


def drawable(result: AttackedImages) -> dict[str, NDArray[Any]]:
    """Convert to the arrays of a figure, the images as (N, H, W)."""
    return {
        "originals": result.originals[:, 0].cpu().numpy(),
        "images": result.images[:, 0].cpu().numpy(),
        "labels": result.labels.cpu().numpy(),
        "targets": result.targets.cpu().numpy(),
        "confidences": result.confidences.cpu().numpy(),
    }


if __name__ == "__main__":
    run_stage(main)
