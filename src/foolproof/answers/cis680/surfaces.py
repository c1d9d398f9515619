"""CIS680, part 1: one neuron, two losses.

Each descent is deterministic: the numbers of starts have no interval.
"""

from collections.abc import Mapping
from itertools import pairwise
from math import exp, floor, inf, isinf, log, log10
from typing import Any

from foolproof.answers.document import Answer, Figure, Paragraph, Part, Table
from foolproof.answers.numbers import (
    count,
    counted,
    factor,
    fixed,
    listed,
    percent,
    scientific,
    significant,
)

Record = Mapping[str, Any]
"""metrics/toys/surfaces.json, or a part of it."""

PLOTS = "plots/surfaces"

L2_CURVATURE = 1 / 8
"""Second derivative of the L2 loss in w and in b at its minimum: rates above 8 diverge there."""

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def surfaces_part(record: Record, settings: Mapping[str, Any]) -> Part:
    """Answer part 1.

    Args:
        record: metrics/toys/surfaces.json.
        settings: section `surfaces` of params.yaml.
    """
    extent, target = settings["extent"], record["target"]
    return Part(
        title="Part 1. One neuron, two losses",
        content=[
            Paragraph(
                "The neuron has one input, always 1, a weight $w$ and a bias $b$. With "
                "$s = w dot 1 + b$ its output is $hat(y) = sigma(s) = 1 slash (1 + e^(-s))$, and "
                f"the target is $y = {target}$. All surfaces are drawn over the same square, $w$ "
                f"and $b$ from −{extent} to {extent}, which includes both saturated ends. Output, "
                "losses and gradients depend on $s$ alone: *every surface is constant along the "
                "lines w + b = const.*"
            ),
            output_answer(extent),
            l2_answer(extent, target),
            l2_gradient_answer(extent, record["max_l2_gradient"]),
            cross_entropy_answer(extent, target),
            cross_entropy_gradient_answer(extent, target),
            comparison_answer(record, settings),
        ],
    )


# ---- The five surfaces -----------------------------------------------------------------------


def output_answer(extent: float) -> Answer:
    """Answer question 1.1."""
    corner = 1 / (1 + exp(2 * extent))
    return Answer(
        number="1.1",
        question="Draw the output of the sigmoid neuron over weight and bias.",
        answer="A smooth step across the line $w + b = 0$, from 0 to 1.",
        rule="Follows from the formula.",
        evidence=[
            surface(
                "output",
                extent,
                "Output $sigma(w + b)$ of the sigmoid neuron",
                f"On that line $hat(y) = 1/2$. The output rises from 0.1 to 0.9 within $|s| < "
                f"ln 9 approx {fixed(log(9), 2)}$. Beyond, the neuron saturates: "
                "$1 - hat(y) approx e^(-s)$ for large $s$, and the slope "
                "$ (d hat(y)) / (d s) = hat(y) (1 - hat(y)) <= 1/4 $ decays at the same rate. In "
                f"the corner $w = b = {extent}$ it is {scientific(corner * (1 - corner))}.",
            )
        ],
    )


def l2_answer(extent: float, target: float) -> Answer:
    """Answer question 1.2."""
    supremum = significant(max(target, 1 - target) ** 2)
    return Answer(
        number="1.2",
        question=f"Draw the L2 loss, $(hat(y) - y)^2$, for $y = {target}$.",
        answer=f"A valley along $w + b = 0$ between two plateaus at {supremum}.",
        rule="Follows from the formula.",
        evidence=[
            surface(
                "l2",
                extent,
                f"L2 loss $(sigma(w + b) - {target})^2$ of the sigmoid neuron",
                "$ L_2 = (sigma(w + b) - y)^2 $ has the minimum 0 and the supremum "
                f"$max(y^2, (1 - y)^2) = {supremum}$. Both plateaus are nearly level, so the "
                "gradient there is close to zero. The loss is not convex: its second derivative is "
                "negative where the plateaus begin.",
            )
        ],
    )


def l2_gradient_answer(extent: float, maximum: Record) -> Answer:
    """Answer question 1.3.

    Args:
        extent: of weights and biases.
        maximum: `max_l2_gradient` of the record.
    """
    return Answer(
        number="1.3",
        question="Derive and draw the gradient of the L2 loss with respect to the weight.",
        answer="$2 (hat(y) - y) thin hat(y) (1 - hat(y))$: a ridge and a trench beside the line "
        "$w + b = 0$, and values near zero elsewhere.",
        rule="Follows from the formula; the maximum on the grid is from automatic differentiation.",
        numbers={"max_l2_gradient": maximum},
        evidence=[
            surface(
                "l2_gradient",
                extent,
                "Gradient $partial L_2 slash partial w$ of the L2 loss of the sigmoid neuron",
                "By the chain rule, with $(partial s) / (partial w) = 1$, "
                "$ (partial L_2) / (partial w) = 2 (hat(y) - y) dot hat(y) (1 - hat(y)). $ The "
                "second factor is the slope of the sigmoid, which vanishes where the neuron "
                "saturates, for a correct and for a wrong output. For $y = 1/2$ and "
                "$t = 2 hat(y) - 1$ the gradient is $t (1 - t^2) slash 4$, with its maximum at "
                "$t = 1 slash sqrt(3)$, so at $s = ln(2 + sqrt(3)) approx "
                f"{fixed(maximum['at_sum'], 3)}$, where it is $1 slash (6 sqrt(3)) approx "
                f"{fixed(maximum['gradient'], 4)}$. The maximum on the grid, from automatic "
                f"differentiation, is {fixed(maximum['gradient_on_grid'], 4)} at "
                f"$|s| = {fixed(maximum['at_sum_on_grid'], 2)}$.",
            )
        ],
    )


def cross_entropy_answer(extent: float, target: float) -> Answer:
    """Answer question 1.4."""
    entropy = -(target * log(target) + (1 - target) * log(1 - target))
    return Answer(
        number="1.4",
        question=f"Draw the cross-entropy loss, for $y = {target}$.",
        answer="A valley along the same line, with slopes that rise without bound.",
        rule="Follows from the formula.",
        evidence=[
            surface(
                "cross_entropy",
                extent,
                f"Cross-entropy in nats of the sigmoid neuron for the target {target}",
                '$ L_"CE" &= -y ln hat(y) - (1 - y) ln(1 - hat(y)) \\ &= ln(1 + e^s) - y s. $ '
                "Its asymptotes are planes, $(1 - y) s$ on the one side and $-y s$ on the other. "
                "It is convex in $(w, b)$, because its second derivative in $s$ is "
                "$hat(y)(1 - hat(y)) > 0$. Its minimum, at $hat(y) = y$, is the entropy of the "
                f"target, here {fixed(entropy, 3)} nats; it is 0 only for a target of 0 or 1.",
            )
        ],
    )


def cross_entropy_gradient_answer(extent: float, target: float) -> Answer:
    """Answer question 1.5."""
    return Answer(
        number="1.5",
        question="Derive and draw the gradient of the cross-entropy with respect to the weight.",
        answer="$hat(y) - y$: the gradient is the error of the output.",
        rule="Follows from the formula.",
        evidence=[
            surface(
                "cross_entropy_gradient",
                extent,
                'Gradient $partial L_"CE" slash partial w$ of the cross-entropy of the sigmoid '
                f"neuron for the target {target}",
                '$ (partial L_"CE") / (partial w) &= (hat(y) - y) / (hat(y) (1 - hat(y))) dot '
                "hat(y) (1 - hat(y)) \\ &= hat(y) - y. $ The slope of the sigmoid cancels. So "
                "the gradient is zero for the correct output only, is proportional to the error, "
                "and approaches $1 - y$ and $-y$ where the neuron saturates.",
            )
        ],
    )


def surface(name: str, extent: float, caption: str, beside: str) -> Figure:
    """Show a surface on the right of its text."""
    return Figure(
        path=f"{PLOTS}/{name}.png",
        caption=f"{caption}; $w$ and $b$ from −{extent} to {extent}.",
        width=40,
        beside=beside,
    )


# ---- Comparison ------------------------------------------------------------------------------


def comparison_answer(record: Record, settings: Mapping[str, Any]) -> Answer:
    """Answer question 1.6."""
    losses, speed = losses_verdict(record), speed_verdict(record)
    return Answer(
        number="1.6",
        question="What is the difference between the two losses, what between their gradients, and "
        "what does it mean for the efficiency of learning?",
        answer=f"{losses} {speed}",
        glance=speed,
        rule="A loss converges in fewer steps from a start by the count of steps; no convergence "
        "within the limit is the slowest.",
        numbers={
            "gradients_by_sum": record["gradients_by_sum"],
            "descent_by_sum": record["descent_by_sum"],
        },
        evidence=[
            Paragraph(
                "*The losses.* Both are symmetric around the line $w + b = 0$ and have their "
                "minimum on it. There the L2 loss is 0 and the cross-entropy is the entropy of the "
                "target. Away from it the L2 loss is bounded, while the cross-entropy is "
                "asymptotically proportional to $|s|$ (@fig-slice)."
            ),
            Figure(
                path=f"{PLOTS}/slice.png",
                label="fig-slice",
                caption="Both losses of the sigmoid neuron (left) and the absolute values of their "
                "gradients (right, logarithmic) along $w + b$, on which alone they depend. Dotted: "
                "the maxima of the gradient of the L2 loss.",
                width=85,
            ),
            Paragraph(
                "*The gradients.* They have the same sign and the ratio "
                '$ (partial L_"CE" slash partial w) / (partial L_2 slash partial w) = 1 / '
                "(2 hat(y) (1 - hat(y))) = 1 + cosh s, $ which is 2 at the minimum and grows like "
                f"$e^(|s|) slash 2$ (@tab-gradients). {vanishing_text(record, settings)}"
            ),
            gradients_table(record, settings["max_steps"]),
            Figure(
                path=f"{PLOTS}/descent.png",
                label="fig-descent",
                caption="Error $|hat(y) - y|$ along gradient descent from "
                f"{counted(len(record['descent_by_sum']), 'start')} under both losses. The axis of "
                "the steps is linear up to 1 and logarithmic from there.",
                width=48,
                beside=learning_text(record, settings),
            ),
            Paragraph(
                "*The same with a ReLU.* The sheet's example pairs the L2 loss with "
                "$hat(y) = max(s, 0)$ (@fig-relu). There the gradient is $2 (hat(y) - y)$ for "
                "$s > 0$ and exactly 0 for $s <= 0$, on "
                f"{percent(record['relu_zero_gradient_share'], 0)} of the square: no saturation on "
                "the one side, a dead neuron on the other."
            ),
            Figure(
                path=f"{PLOTS}/relu.png",
                label="fig-relu",
                caption="Output (left), L2 loss (middle) and its gradient with respect to the "
                "weight (right) of a neuron with a ReLU, over the same square.",
            ),
        ],
    )


def by_distance(records: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Sort records by w + b, in the order of saturation."""
    return sorted(records.items(), key=lambda each: (abs(float(each[0])), float(each[0])))


def losses_verdict(record: Record) -> str:
    """Compare losses and gradients, at the farthest point."""
    at, farthest = by_distance(record["gradients_by_sum"])[-1]
    compared = (
        "vanishes in float64 and that of the cross-entropy does not"
        if farthest["ratio"] is None
        else f"is {ratio_text(farthest['ratio'])} times smaller than that of the cross-entropy"
    )
    return (
        "The L2 loss is bounded and flat where the neuron saturates, the cross-entropy is "
        f"unbounded: at $w + b = {at}$ the L2 gradient {compared}."
    )


def speed_verdict(record: Record) -> str:
    """Say which loss converges in fewer steps, and from how many starts."""
    starts, faster = len(record["descent_by_sum"]), record["faster_from"]
    for key, name in (("cross_entropy", "the cross-entropy"), ("l2", "the L2 loss")):
        if faster[key] == starts:
            return (
                f"Gradient descent on {name} converges in fewer steps from every start "
                f"({starts} of {starts})."
            )
    return (
        f"Of {counted(starts, 'start')}, gradient descent converges in fewer steps on the "
        f"cross-entropy from {faster['cross_entropy']} and on the L2 loss from {faster['l2']}."
    )


def ratio_grows(record: Record) -> bool:
    """Say whether the ratio of steps grows with the saturation: L2 is slowed down by it."""
    ratios = [step_ratio(each) for _, each in by_distance(record["descent_by_sum"])]
    if len(ratios) < 2 or any(ratio is None or ratio <= 1 for ratio in ratios):
        return False
    return all(b > a or isinf(b) for a, b in pairwise(each for each in ratios if each is not None))


def step_ratio(steps: Record) -> float | None:
    """Divide the steps under the L2 loss by those under the cross-entropy; None without these."""
    if steps["cross_entropy"] is None:
        return None
    return inf if steps["l2"] is None else steps["l2"] / max(1, steps["cross_entropy"])


def vanishing_text(record: Record, settings: Mapping[str, Any]) -> str:
    """Say where the gradients are small."""
    l2, cross_entropy = (record["vanishing"][key] for key in ("l2", "cross_entropy"))
    place = (
        "next to the minimum, where it should be small"
        if cross_entropy["min_at_sum"] < record["max_l2_gradient"]["at_sum"]
        else "away from the minimum"
    )
    return (
        f"On the grid of {settings['points']} × {settings['points']} points the gradient of the L2 "
        f"loss is below {settings['vanishing']} on {percent(l2['share_below_threshold'], 0)} of "
        "the square and smallest, away from the minimum, at "
        f"$|s| = {fixed(l2['min_at_sum'], 1)}$: {scientific(l2['min_off_minimum'])}. That of the "
        f"cross-entropy is below it on {percent(cross_entropy['share_below_threshold'], 0)} and "
        f"smallest at $|s| = {fixed(cross_entropy['min_at_sum'], 2)}$, {place}."
    )


def learning_text(record: Record, settings: Mapping[str, Any]) -> str:
    """Say what the gradients mean for gradient descent, and what it does."""
    descents = by_distance(record["descent_by_sum"])
    limit = count(settings["max_steps"])
    sentences = [
        "*Learning.* A step of gradient descent is proportional to the gradient. Prediction: with "
        "the L2 loss the steps are smallest where the neuron is saturated and its error is large, "
        "with the cross-entropy they are proportional to the error. Test: the same descent "
        f"(learning rate {settings['learning_rate']}, at most {limit} steps) under both losses, "
        f"until $|hat(y) - y| < {settings['tolerance']}$ (@tab-gradients, @fig-descent)."
    ]
    if ratio_grows(record):
        sentences.append("The ratio of steps grows with the saturation of the start.")
    for key, name in (("l2", "the L2 loss"), ("cross_entropy", "the cross-entropy")):
        if stranded := [at for at, steps in descents if steps[key] is None]:
            sentences.append(
                f"From $w + b$ = {listed(stranded)} {name} does not converge in {limit} steps."
            )
    at, farthest = by_distance(record["gradients_by_sum"])[-1]
    if farthest["ratio"] and farthest["ratio"] * settings["learning_rate"] > 1 / L2_CURVATURE:
        sentences.append(
            "A larger learning rate does not compensate: the ratio of the gradients is 2 at the "
            f"minimum and {ratio_text(farthest['ratio'])} at $w + b = {at}$, and a rate that is "
            "large enough for the plateau diverges at the minimum, where the limit is "
            f"{fixed(1 / L2_CURVATURE, 0)}."
        )
    return " ".join(sentences)


def gradients_table(record: Record, max_steps: int) -> Table:
    """List gradients, and the steps of gradient descent, by w + b."""

    def steps_cell(steps: int | None) -> str:
        return f"> {count(max_steps)}" if steps is None else count(steps)

    def steps_cells(at: str) -> list[str]:
        steps = record["descent_by_sum"].get(at)
        if steps is None:
            return ["–", "–", "–"]
        ratio = "–" if steps["ratio"] is None else factor(steps["ratio"])
        return [steps_cell(steps["l2"]), steps_cell(steps["cross_entropy"]), ratio]

    return Table(
        label="tab-gradients",
        caption="Absolute gradients of both losses of the sigmoid neuron by $w + b$, and steps of "
        'gradient descent to convergence from there. An entry with ">" did not converge.',
        header=[
            "$w + b$",
            "$|partial L_2 slash partial w|$",
            '$|partial L_"CE" slash partial w|$',
            "ratio of gradients",
            "steps, L2",
            "steps, cross-entropy",
            "ratio of steps",
        ],
        rows=[
            [
                at,
                scientific(sizes["l2"]),
                significant(sizes["cross_entropy"]),
                "–" if sizes["ratio"] is None else ratio_text(sizes["ratio"]),
                *steps_cells(at),
            ]
            for at, sizes in by_distance(record["gradients_by_sum"])
        ],
        texts=0,
    )


def ratio_text(ratio: float) -> str:
    """Write a ratio with two significant digits, from 10,000 on with one as 8 × 10⁴."""
    if ratio < 9_500:
        return factor(ratio)
    exponent = floor(log10(ratio))
    digit = round(ratio / 10**exponent)
    if digit == 10:
        digit, exponent = 1, exponent + 1
    return f"{digit} × 10{str(exponent).translate(SUPERSCRIPTS)}"
