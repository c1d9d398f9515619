"""HUJI 67103, practical question 3: minimal perturbations that change the top-1 class."""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.attacked_photos import attacked_photos_text
from foolproof.answers.document import Answer, Figure, Paragraph, Table
from foolproof.answers.markup import code
from foolproof.answers.numbers import (
    count,
    counted,
    fixed,
    k_of_n,
    listed,
    percent,
    rate_interval,
    ratio_interval,
    scientific,
    short_percent,
    side_of,
    value_cell,
)

PLOTS = "plots/evaluate_minimal"

Ranks = Sequence[tuple[int, Mapping[str, Any]]]


def minimal_answer(attack: Mapping[str, Any], settings: Mapping[str, Any]) -> Answer:
    """Answer question P3.

    Args:
        attack: metrics/attacks/minimal.json.
        settings: attack_minimal in params.yaml.
    """
    ranks = ranks_of(attack)
    verdict = f"{minimal_verdict(attack)} {rank_verdict(attack, ranks)}".strip()
    network = code(attack["architecture"])
    return Answer(
        number="P3",
        question="Perturb a photo that is classified correctly and with confidence as little as "
        "possible, so that another class, of high or low probability before, is the top class.",
        answer=verdict,
        glance=minimal_verdict(attack),
        rule="Ranks and methods differ where the 95 % interval of the paired ratio excludes 1.",
        numbers={
            key: attack[key]
            for key in (
                "success_rate",
                "median_l2",
                "last_rank_over_first",
                "normalized_steps_over_ddn",
                "confident_over_normalized_steps",
            )
        },
        evidence=[
            Paragraph(
                f"*Photos.* {attacked_photos_text(attack, attack['attacked_photos'])} "
                f"*Targets.* {targets_text(attack)}"
            ),
            Paragraph(methods_text(settings)),
            Paragraph(results_text(attack)),
            Paragraph(confident_text(attack, settings)),
            ranks_table(attack, ranks),
            Figure(
                path=f"{PLOTS}/norms.png",
                label="fig-norms",
                caption=f"Norms of successful perturbations for {network} against the rank of the "
                f"target, on {counted(attack['attacked_photos'], 'photo')}; each dot is a pair of "
                "photo and target. Lines: medians with 95\u00a0% intervals.",
            ),
            Figure(
                path=f"{PLOTS}/changes.png",
                label="fig-changes",
                width=86,
                caption=f"Photos, minimal perturbations found by DDN for {network}, and results, "
                "for the targets of lowest and highest rank; in the last row by normalized steps "
                "that go on until the target has a probability of "
                f"{short_percent(settings['normalized_steps']['confidence'])}. Above photos and "
                "results: the predicted class and its probability. Perturbations are scaled to "
                "full contrast; above them are their norms.",
            ),
        ],
    )


def ranks_of(attack: Mapping[str, Any]) -> Ranks:
    """Sort the results by the rank of the target."""
    return sorted((int(rank), found) for rank, found in attack["by_rank"].items())


def minimal_verdict(attack: Mapping[str, Any]) -> str:
    """Give the success rate of DDN and its median norm."""
    norm = attack["median_l2"]
    size = f", with a median L2 norm of {ratio_interval(norm)}" if norm is not None else ""
    return (
        "DDN finds 8-bit images that are classified as their target for "
        f"{rate_interval(attack['success_rate'])} pairs of photo and target{size}."
    )


def rank_verdict(attack: Mapping[str, Any], ranks: Ranks) -> str:
    """Compare the norms for the targets of highest and lowest rank."""
    ratio = attack["last_rank_over_first"]
    if ratio is None or len(ranks) < 2:
        return ""
    nearest, farthest = ranks[0][0], ranks[-1][0]
    side = side_of(ratio, 1)
    if side == "unknown":
        return (
            f"The paired ratio of the norms for targets of rank {count(farthest)} and rank "
            f"{nearest}, {ratio_interval(ratio)}, has no interval."
        )
    if side == "straddles":
        return (
            f"The norms for targets of rank {count(farthest)} and rank {nearest} do not differ "
            f"significantly: their paired ratio is {ratio_interval(ratio)}."
        )
    return (
        f"A target of rank {count(farthest)} needs {ratio_interval(ratio)} times the norm of a "
        f"target of rank {nearest}, paired by photo."
    )


def method_verdict(attack: Mapping[str, Any]) -> str:
    """Compare the norms of the two methods on the pairs where both succeed."""
    ratio = attack["normalized_steps_over_ddn"]
    if ratio is None:
        return ""
    reason = {
        "above": ": they stop at the first point across the decision boundary, while DDN moves "
        "along it to a near point",
        "below": "",
        "straddles": ": no significant difference",
        "unknown": ", without an interval",
    }[side_of(ratio, 1)]
    return (
        "On the pairs where both succeed, the norm of the normalized steps is "
        f"{ratio_interval(ratio)} times that of DDN, as a geometric mean over photos{reason}."
    )


def targets_text(attack: Mapping[str, Any]) -> str:
    """Say which classes are targets."""
    ranks = listed([count(rank) for rank, _ in ranks_of(attack)])
    left_out = [count(rank) for rank in attack["ranks_left_out"]]
    missing = (
        f" So few classes have no rank {listed(left_out)}, which `params.yaml` asks for."
        if left_out
        else ""
    )
    return (
        f"For each photo the classes of rank {ranks} of {count(attack['classes'])} by its own "
        f"probabilities.{missing}"
    )


def methods_text(settings: Mapping[str, Any]) -> str:
    """Describe the normalized steps and DDN."""
    steps = settings["normalized_steps"]
    return (
        "*Normalized gradient steps.* As on the sheet: steps of L2 norm "
        f'{steps["step_size"]:g} along the gradient of $log P(upright("target"))$, until the '
        f"target is the top-1 class (at most {steps['steps']}). *DDN.* Decoupled direction and "
        f"norm (Rony et al. 2019), {settings['ddn_steps']} steps: $x$ moves along the gradient on "
        "a sphere around the photo, whose radius shrinks by 5\u00a0% where the target is the top-1 "
        "class, and grows by 5\u00a0% where it is not. Bisection then scales the smallest "
        "successful perturbation down as long as it is successful. In both the network sees the "
        "image rounded to 8 bits a pixel; the gradient passes the rounding unchanged (the paper "
        "rounds the image itself). So success and norms, of both methods, are those of pictures as "
        "a file stores them."
    )


def results_text(attack: Mapping[str, Any]) -> str:
    """Compare the methods, and say how visible the perturbations are and where they end."""
    steps, ddn = (attack["methods"][key] for key in ("normalized_steps", "ddn"))
    sentences = [
        f"Normalized steps succeed for {rate_interval(steps['success_rate'])} pairs, DDN for "
        f"{rate_interval(ddn['success_rate'])} (@tab-ranks, @fig-norms; examples: @fig-changes).",
        method_verdict(attack),
    ]
    if ddn["median_psnr"] is not None:
        sentences.append(f"The median PSNR of DDN is {ratio_interval(ddn['median_psnr'], 1)} dB.")
    if ddn["median_target_after"] is not None:
        sentences.append(
            "A minimal perturbation ends near the decision boundary, where the probability of the "
            "target is just above that of the next class: its median is "
            f"{percent(ddn['median_target_after']['value'], 0)}. Further steps would raise it, at "
            "a larger norm."
        )
    return " ".join(filter(None, sentences))


def confident_text(attack: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Say what a confident target costs, compared with a target that is just the top-1 class."""
    confidence = short_percent(settings["normalized_steps"]["confidence"])
    rate = rate_interval(attack["methods"]["confident_steps"]["success_rate"])
    text = (
        f"*A confident target.* The sheet's own example ends far beyond the boundary. Continued "
        f"until the target has a probability of {confidence}, normalized steps succeed for {rate} "
        "pairs"
    )
    ratio = attack["confident_over_normalized_steps"]
    if ratio is None:
        return f"{text}."
    return f"{text}; the norm is then {ratio_interval(ratio)} times that at the boundary."


def ranks_table(attack: Mapping[str, Any], ranks: Ranks) -> Table:
    """List norms and probabilities by the rank of the target."""
    return Table(
        label="tab-ranks",
        caption="Medians over successful perturbations by the rank of the target among the "
        f"{count(attack['classes'])} classes, with 95\u00a0% intervals of the L2 norms and of the "
        "PSNR. Probabilities are of the target, before and after; success, L∞ norm, PSNR and "
        "probabilities are those of DDN.",
        header=[
            "Rank",
            "Before",
            "Success",
            "L2: normalized steps",
            "L2: DDN",
            "L∞ (of 255)",
            "PSNR (dB)",
            "After",
        ],
        rows=[
            [count(rank), *rank_cells(found["normalized_steps"], found["ddn"])]
            for rank, found in ranks
        ],
    )


def rank_cells(steps: Mapping[str, Any], ddn: Mapping[str, Any]) -> list[str]:
    """Write a row of the table; a dash stands for no success."""
    before, linf, after = (
        ddn[f"median_{key}"] for key in ("target_before", "linf", "target_after")
    )
    return [
        "–" if before is None else scientific(before["value"]),
        k_of_n(ddn["success_rate"]),
        value_cell(steps["median_l2"]),
        value_cell(ddn["median_l2"]),
        "–" if linf is None else fixed(255 * linf["value"], 0),
        value_cell(ddn["median_psnr"], 1),
        "–" if after is None else percent(after["value"], 0),
    ]
