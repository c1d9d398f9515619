"""CS5787, problem 4.1: targeted PGD on photos under an L-infinity constraint."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from foolproof.answers.attacked_photos import attacked_photos_text, origin
from foolproof.answers.document import Answer, Code, Figure, Paragraph, Table
from foolproof.answers.markup import code, plain
from foolproof.answers.numbers import (
    bounded_percent,
    count,
    count_cell,
    counted,
    fixed,
    k_of_n,
    listed,
    p_value,
    percent_interval,
    rate_interval,
    scientific,
    short_percent,
    so_many,
)

SIGNIFICANT_P = 0.05

OBJECTIVES = {
    "probability": '$P("target" | X\')$',
    "log_probability": '$log P("target" | X\')$',
    "cross_entropy": 'minus the cross-entropy with the target, $log P("target" | X\')$',
}

GRADIENTS = {"sign": '"sign"(g)', "gradient": "g"}

Record = Mapping[str, Any]


def attack_answer(attack: Record, settings: Record) -> Answer:
    """Answer question 4.1.

    Args:
        attack: metrics/attacks/linf.json.
        settings: attack_linf of params.yaml.
    """
    architecture, examples = code(attack["architecture"]), attack["examples"]
    rate = attack["success_rate"]
    epsilon = level(settings["success_epsilon"])
    return Answer(
        number="4.1",
        question="Perturb four photos by at most ε in each pixel, so that the network classifies "
        "them as a target class: the peppers as a space shuttle. Show original, perturbation and "
        "result.",
        answer=f"{examples_verdict(examples, settings['epsilon'])} Of random pairs of photo and "
        f"target, {rate_interval(rate)} succeed within ε = {epsilon}.",
        glance=f"{examples_verdict(examples, settings['epsilon'])} Random pairs within ε = "
        f"{epsilon}: {k_of_n(rate)}.",
        rule="A photo succeeds where its target is the top-1 class; rounding has an effect where "
        f"McNemar's p is below {SIGNIFICANT_P}.",
        numbers={"success_rate": rate},
        evidence=[
            Paragraph(f"*Method.* {method_text(settings)}"),
            Paragraph(f"*Photos.* {photos_text(attack, settings)}"),
            Figure(
                path="plots/evaluate_linf/examples.png",
                label="fig-examples",
                width=68,
                caption=f"Originals, perturbations and results of targeted PGD with ε = "
                f"{level(settings['epsilon'])}, with the top-1 class of {architecture} and its "
                "probability. Perturbations are scaled to full contrast; their range is in units "
                "of 1/255.",
            ),
            _examples_table(attack),
            Paragraph(
                "The constraint holds on the saved arrays, up to rounding to float32: the max "
                f"violation is {scientific(attack['max_violation'])} with pixels in [0, 1]. "
                f"@fig-examples shows how visible changes of up to "
                f"{counted(settings['epsilon'], 'level')} of 255 are."
            ),
            Paragraph(
                f"*Which ε is needed?* {count(attack['pairs'])} distinct random pairs of a photo "
                "and a wrong class (@tab-sweep, @fig-sweep). Each is attacked until its target has "
                f"a probability of {short_percent(settings['confidence'])}, for at most "
                f"{settings['steps']} steps. A successful pair keeps its image at a larger ε, so "
                f"that the success cannot fall. {sweep_text(attack)} {rounding_text(attack)}"
            ),
            _sweep_table(attack),
            Figure(
                path="plots/evaluate_linf/sweep.png",
                label="fig-sweep",
                caption=f"Success rate (left) and probability of the target (right) against ε, "
                f"over {count(attack['pairs'])} random pairs of photo and target, "
                f"{architecture}. Bands on the left: 95 % intervals.",
            ),
            Paragraph(
                f"*Why so little is enough.* Each of the photo's "
                f"{count(prod(attack['input_shape']))} numbers changes little, but all changes "
                "increase the same logit, and their sum grows with the dimension (Goodfellow et "
                "al. 2015)."
            ),
            Code(function="attacks.linf:targeted_pgd"),
            Code(function="optimize.steps:SignStep"),
            Code(function="optimize.constraints:LinfBall"),
        ],
    )


def level(epsilon: float | str) -> str:
    """Write an epsilon in units of 1/255."""
    return f"{float(epsilon):g}/255"


def examples_verdict(examples: Sequence[Record], epsilon: float) -> str:
    """Say how many examples are classified as their target, and what the first one is."""
    first, successes = examples[0], sum(each["predicted"] == each["target"] for each in examples)
    photo, target = code(first["photo"]), plain(first["target"])
    probability = bounded_percent(first["confidence"])
    succeeds = first["predicted"] == first["target"]
    what = (
        f'{photo} as "{target}" with a probability of {probability}'
        if succeeds
        else f'{photo} is not classified as "{target}" ({probability})'
    )
    within = f"within ε = {level(epsilon)}"
    if len(examples) == 1:
        return f"One photo was attacked {within}: {what}."
    many = so_many(successes, len(examples))
    verb = "is" if successes == 1 else "are"
    joined = what if succeeds else f"but {what}"
    return (
        f"{many[0].upper()}{many[1:]} photos {verb} classified as their target {within}, {joined}."
    )


def method_text(settings: Record) -> str:
    """Describe the attack."""
    objective, step = settings["objective"], settings["step"]
    parts = [
        "Targeted PGD (Madry et al. 2018), the iterated FGSM of Kurakin et al. (2017) with a "
        f"target: from $X' = X$, {settings['steps']} times "
        '$ X\' <- "clip"_([0, 1]) ("clip"_(X plus.minus epsilon) '
        f"(X' + {settings['step_size']} epsilon dot {GRADIENTS[step]})), quad "
        "g = partial f slash partial X', $ "
        f"where $f$ is {OBJECTIVES[objective]}."
    ]
    if objective != "probability":
        parts.append(
            "The sheet proposes the probability itself. Its gradient is that of the logarithm "
            'times $P("target" | X\')$, which is almost zero at first; the logarithm gives the '
            "same direction without this factor."
        )
    if step == "sign":
        parts.append(
            "The sign uses the whole budget of each pixel: under an $L_infinity$ constraint "
            "smaller steps in some pixels gain nothing."
        )
    parts.append(
        "The batch norm of the network is folded into its convolutions, which gives the same "
        "function in less time."
    )
    return " ".join(parts)


def photos_text(attack: Record, settings: Record) -> str:
    """Say which photos are attacked, and which examples of params.yaml are replaced."""
    examples, architecture = attack["examples"], code(attack["architecture"])
    parts = [attacked_photos_text(attack, attack["attacked_photos"])]
    replaced = [
        f'{code(each["photo"])} towards "{plain(each["target"])}" in place of '
        f'{code(each["requested"]["photo"])} towards "{plain(each["requested"]["target"])}"'
        for each in examples
        if each["replaced"]
    ]
    if replaced:
        parts.append(
            "Not every example of `params.yaml` is among these photos and the classes of "
            f"{architecture}: {listed(replaced)}."
        )
    requested = len(settings["examples"])
    if len(examples) < requested:
        parts.append(f"There are photos for {len(examples)} of the {requested} examples only.")
    return " ".join(parts)


def _examples_table(attack: Record) -> Table:
    start, examples = origin(attack), attack["examples"]
    return Table(
        label="tab-examples",
        caption=f"{'The photo' if len(examples) == 1 else f'The {len(examples)} photos'} of "
        f"@fig-examples: probability of the {start} class before, and of the target after the "
        "attack; in the last column for the result at 8 bits a pixel, as in a file.",
        header=["Photo", f"{start.capitalize()} class", "Before", "Target", "After", "At 8 bits"],
        texts=2,
        rows=[
            [
                code(each["photo"]),
                plain(each["label"]),
                bounded_percent(each["probability_before"]),
                plain(each["target"]),
                bounded_percent(each["confidence"]),
                bounded_percent(each["confidence_8_bit"]),
            ]
            for each in examples
        ],
    )


def _sweep_table(attack: Record) -> Table:
    return Table(
        label="tab-sweep",
        caption=f"Success by ε over {count(attack['pairs'])} random pairs of photo and target, "
        "with 95 % intervals, and the mean probability of the target.",
        header=["ε", "Target is top-1", "at 8 bits", "Confident", "Mean probability", "Mean steps"],
        rows=[
            [
                level(epsilon),
                count_cell(found["success_rate"]),
                count_cell(found["success_rate_8_bit"]),
                count_cell(found["confident_rate"]),
                percent_interval(found["mean_confidence"], 1),
                fixed(found["mean_steps"], 1),
            ]
            for epsilon, found in by_epsilon(attack)
        ],
    )


def by_epsilon(attack: Record) -> list[tuple[str, Record]]:
    """List the measures by epsilon, ascending."""
    return sorted(attack["by_epsilon"].items(), key=lambda item: float(item[0]))


def sweep_text(attack: Record) -> str:
    """Give the success at the smallest and the largest epsilon."""
    (low, first), (high, last) = by_epsilon(attack)[0], by_epsilon(attack)[-1]
    return (
        f"It is {rate_interval(first['success_rate'])} at {level(low)} and "
        f"{rate_interval(last['success_rate'])} at {level(high)}."
    )


def rounding_text(attack: Record) -> str:
    """Say at which epsilons rounding to 8 bits changes the success."""
    tests = {epsilon: found["rounding"] for epsilon, found in by_epsilon(attack)}
    changed = [
        f"{level(epsilon)} ({test['only_first']} of {attack['pairs']} pairs succeed only before "
        f"it, {test['only_second']} only after it; McNemar's test, {p_value(test['p_value'])})"
        for epsilon, test in tests.items()
        if test["p_value"] < SIGNIFICANT_P
    ]
    if changed:
        return f"Rounding to 8 bits changes the success significantly at {listed(changed)}."
    least = min(test["p_value"] for test in tests.values())
    return (
        "At no ε does rounding to 8 bits change the success significantly (McNemar's test, "
        f"smallest {p_value(least)})."
    )
