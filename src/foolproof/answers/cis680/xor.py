"""CIS680, part 2: XOR with two hidden units."""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any, Literal

from foolproof.answers.document import (
    Answer,
    Block,
    Bullets,
    Derivation,
    Figure,
    Paragraph,
    Part,
    Table,
)
from foolproof.answers.numbers import (
    count,
    difference_text,
    fixed,
    listed,
    percent,
    rate_interval,
    scientific,
    side_of,
    so_many,
)

Record = Mapping[str, Any]
"""metrics/toys/xor.json, or a part of it."""

PLOTS = "plots/xor"

AT_THE_MINIMUM = 0.001
"""Maximum distance to ln 2, in nats, of a loss that counts as minimal."""

INPUTS = ("(0,0)", "(0,1)", "(1,0)", "(1,1)")
LABELS = (0, 1, 1, 0)

REASONS = {
    "two_collapsed": "two points collapsed",
    "three_collapsed": "three points collapsed",
    "four_collapsed": "all four points collapsed",
    "not_converged": "not converged",
}
"""Of failed starts."""

Trend = Literal["falls", "rises", "mixed", "flat"]

TRENDS: Mapping[Trend, str] = {
    "falls": "The success rate falls with the standard deviation of the initial weights.",
    "rises": "The success rate rises with the standard deviation of the initial weights.",
    "mixed": "The success rate differs between standard deviations of the initial weights, but "
    "does not move in one direction.",
    "flat": "No significant difference between the standard deviations of the initial weights was "
    "found.",
}


def xor_part(record: Record, settings: Mapping[str, Any]) -> Part:
    """Answer part 2.

    Args:
        record: metrics/toys/xor.json.
        settings: section `xor` of params.yaml.
    """
    return Part(
        title="Part 2. XOR with two hidden units",
        content=[
            formulation_answer(settings["confidence"]),
            training_answer(record, settings),
            linear_answer(record),
        ],
    )


# ---- The optimization problem ----------------------------------------------------------------


def formulation_answer(confidence: float) -> Answer:
    """Answer question 2.1.

    Args:
        confidence: minimum probability of each point's own label that is success.
    """
    return Answer(
        number="2.1",
        question="Formulate the approximation of XOR as an optimization problem with the "
        "cross-entropy loss.",
        answer="Minimize $J(theta)$, the mean cross-entropy of the four points, over the nine "
        "parameters $theta in RR^9$, without constraints.",
        glance="Minimize the mean cross-entropy of the four points over the nine parameters.",
        rule="Follows from the formula.",
        evidence=[
            Paragraph(
                "With $bold(x) = (x_1, x_2)$ the network is "
                "$ bold(h) = tanh(W bold(x) + bold(a)), quad p_theta (bold(x)) = sigma(bold(v) dot "
                "bold(h) + c), quad theta = (W, bold(a), bold(v), c), quad W in RR^(2 times 2), "
                "thick bold(a), bold(v) in RR^2, thick c in RR, $ and its parameters are the "
                "solution of "
                "$ min_theta J(theta), quad J(theta) = -1/4 sum_(i=1)^4 [y_i ln p_theta "
                "(bold(x)_i) + (1 - y_i) ln(1 - p_theta (bold(x)_i))], $ over the complete data "
                "set, $(bold(x), y) in {((0,0), 0), ((0,1), 1), ((1,0), 1), ((1,1), 0)}$. Gradient "
                "descent iterates $theta <- theta - eta thin nabla J(theta)$. Three properties of "
                "$J$ matter below:"
            ),
            Bullets(
                [
                    "$J > 0$, and its infimum 0 is not attained: in a network that computes XOR, "
                    "scaling $bold(v)$ and $c$ up always lowers $J$. So training has no minimum to "
                    "converge to; it is called a _success_ when each point's own label has a "
                    f"probability of at least {percent(confidence, 0)}.",
                    f"For a constant output $p = 1/2$, $J = ln 2 approx {fixed(log(2), 3)}$.",
                    "$J$ is not convex. As tanh is odd, changing the signs of all weights of a "
                    "hidden unit $(bold(w)_j, a_j, v_j)$, or swapping the units, changes nothing, "
                    "so every solution has $2! dot 2^2 = 8$ symmetric versions. Their mean has "
                    "$bold(v) = 0$, and $J >= ln 2$: a barrier separates solutions.",
                ]
            ),
        ],
    )


# ---- Training --------------------------------------------------------------------------------


def training_answer(record: Record, settings: Mapping[str, Any]) -> Answer:
    """Answer question 2.2."""
    rate, steps, shown = record["success_rate"], record["steps_to_success"], record["shown"]
    median = f" The median is {count(steps['median'])} steps." if steps else ""
    spread = (
        f" Successful starts take {count(steps['min'])} to {count(steps['max'])} steps."
        if steps
        else ""
    )
    outcome = "success" if shown["success"] else "failure"
    return Answer(
        number="2.2",
        question="Train the network by gradient descent. Show for several steps the hidden "
        "representations of the four points and the decision boundary.",
        answer=f"{learning_verdict(rate)}{median}",
        glance=learning_verdict(rate),
        rule="By the count of successful starts, or the 95 % interval of their share relative to "
        "one half.",
        numbers={"success_rate": rate, "scales": record["scales"]},
        evidence=[
            Paragraph(
                "All initial weights and biases are sampled from a normal distribution with "
                f"standard deviation {settings['std']}. Training is {count(settings['steps'])} "
                f"steps of full-batch gradient descent, $eta = {settings['learning_rate']}$."
                f"{spread}"
            ),
            Figure(
                path=f"{PLOTS}/xor.png",
                label="fig-xor",
                caption=f"Start {shown['seed']}, a {outcome}, during training. Above, the "
                "$(h_1, h_2)$ plane with the hidden representations of the four points, named by "
                "their inputs, and the decision boundary (white); below, the same in the input "
                "plane. Colour is the probability of label 1.",
            ),
            Paragraph(shown_text(shown, settings["confidence"])),
            shown_table(shown, settings["steps"]),
            Paragraph(weights_text(shown)),
            *failures_blocks(record, settings["steps"]),
            *scales_blocks(record),
        ],
    )


def learning_verdict(rate: Record) -> str:
    """Say from how many random starts gradient descent learns XOR."""
    verdict = {
        "above": "from most random starts",
        "below": "from less than half of the random starts",
    }.get(side_of(rate, 0.5), "from some random starts, the interval including one half")
    if rate["count"] == rate["n"]:
        verdict = "from all random starts"
    elif rate["count"] == 0:
        verdict = "from none of the random starts"
    return f"Gradient descent learns XOR {verdict}: {rate_interval(rate)}."


def shown_text(shown: Record, confidence: float) -> str:
    """Read the network of the figure."""
    if not shown["success"]:
        return (
            "The start in @fig-xor fails: at the end some label has a probability below "
            f"{percent(confidence, 0)}."
        )
    units = ", ".join(unit_text(shown["hidden"], unit) for unit in range(2))
    own = [
        percent(p if label else 1 - p, 1)
        for p, label in zip(shown["probabilities"], LABELS, strict=True)
    ]
    return (
        "@fig-xor shows the two stages of the network. The decision boundary is a line in the "
        "$(h_1, h_2)$ plane, and in the input plane no line separates the labels. So the hidden "
        "layer learns representations that are linearly separable. Each hidden unit is a soft "
        f"linear threshold of the inputs (@tab-xor): {units}. The probabilities of the four labels "
        f"at the end are {listed(own)}."
    )


def unit_text(hidden: Sequence[Sequence[float]], unit: int) -> str:
    """Say for which points a hidden unit is positive."""
    positive = [name for name, values in zip(INPUTS, hidden, strict=True) if values[unit] > 0]
    if not positive:
        where = "negative for all points"
    elif len(positive) == len(INPUTS):
        where = "positive for all points"
    else:
        where = f"positive for {listed(positive)}{' only' if len(positive) == 1 else ''}"
    return f"$h_{unit + 1}$ is {where}"


def shown_table(shown: Record, steps: int) -> Table:
    """List hidden representations and outputs of the network of the figure."""
    return Table(
        label="tab-xor",
        caption=f"Hidden representations and output of the network of @fig-xor (start "
        f"{shown['seed']}) after {count(steps)} steps.",
        header=["$bold(x)$", "$y$", "$h_1$", "$h_2$", "$p(bold(x))$"],
        rows=[
            [name, str(label), *(fixed(value, 3) for value in hidden), fixed(probability, 4)]
            for name, label, hidden, probability in zip(
                INPUTS, LABELS, shown["hidden"], shown["probabilities"], strict=True
            )
        ],
    )


def weights_text(shown: Record) -> str:
    """Write the weights of the network of the figure."""

    def row(values: Sequence[float]) -> str:
        return ", ".join(fixed(value, 2) for value in values)

    weights = "; ".join(row(values) for values in shown["hidden_weight"])
    return (
        f"Its weights are $ W = mat({weights}), quad bold(a) = vec({row(shown['hidden_bias'])}), "
        f"quad bold(v) = vec({row(shown['output_weight'])}), quad c = "
        f"{fixed(shown['output_bias'], 2)}. $"
    )


# ---- Failures --------------------------------------------------------------------------------


def failures_blocks(record: Record, steps: int) -> list[Block]:
    """Explain the failed starts."""
    blocks: list[Block] = [
        Paragraph(failures_text(record["failures"])),
        Figure(
            path=f"{PLOTS}/loss.png",
            label="fig-xor-loss",
            caption="Loss of every start during training, with tanh (left) and without hidden "
            "activation (right), coloured by its outcome. Dotted: the minimum losses of collapsed "
            "points.",
            width=87,
        ),
    ]
    if record["failed_networks"]:
        blocks += [
            failed_table(record["failed_networks"]),
            Paragraph(curvature_text(record["failed_networks"], steps)),
        ]
    return blocks


def failures_text(failures: Mapping[str, int]) -> str:
    """Count the failed starts by reason, and explain what collapsing is."""
    by_reason = {REASONS[key]: failures[key] for key in REASONS if failures[key]}
    failed = sum(by_reason.values())
    collapsed = failed - failures["not_converged"]
    sentences = [
        "With this standard deviation no start fails."
        if not failed
        else f"*Reasons for {'the failure' if failed == 1 else f'the {count(failed)} failures'}* "
        f"({'; '.join(f'{reason}: {starts}' for reason, starts in by_reason.items())}).",
        "Points with different labels _collapse_ when they have one hidden representation. No "
        "output can separate them; the optimal output is the share of ones among them. The loss is "
        f"then at least $1/2 ln 2 approx {fixed(log(2) / 2, 3)}$ for two points, "
        f"$(3 ln 3 - 2 ln 2) slash 4 approx {fixed((3 * log(3) - 2 * log(2)) / 4, 3)}$ for three "
        "and $ln 2$ for four (@fig-xor-loss).",
    ]
    if collapsed:
        sentences.append(
            f"{so_many(collapsed, failed).capitalize()} failed starts end at these levels."
        )
    sentences.append(
        "Points collapse where tanh is saturated, with $h_j approx plus.minus 1$ for both; there "
        "$d h_j slash d s_j = 1 - h_j^2 approx 0$, and the gradient that would separate them "
        "vanishes."
    )
    return " ".join(sentences)


def failed_table(failed: Mapping[str, Record]) -> Table:
    """Describe the failed networks by reason."""
    return Table(
        label="tab-failed",
        caption="Failed networks from starts of all standard deviations. Distance: maximum between "
        "hidden representations of undecided points (its bound is 2.83). Gradient: maximum norm at "
        "the end. Last column: networks whose Hessian has no negative eigenvalue.",
        header=["Reason", "Starts", "Loss (nats)", "Distance", "Gradient", "Hessian PSD"],
        rows=[
            [
                REASONS[reason],
                count(found["starts"]),
                f"{fixed(found['min_loss'], 3)} to {fixed(found['max_loss'], 3)}",
                scientific(found["max_distance"]),
                scientific(found["max_gradient"]),
                count(found["positive_semidefinite"]),
            ]
            for reason in REASONS
            if (found := failed.get(reason))
        ],
    )


def curvature_text(failed: Mapping[str, Record], steps: int) -> str:
    """Say what the Hessians of the failed networks show."""
    flat = sum(each["positive_semidefinite"] for each in failed.values())
    starts = sum(each["starts"] for each in failed.values())
    sentences = []
    if flat:
        sentences.append(
            f"For {so_many(flat, starts)} failed networks in @tab-failed the Hessian has no "
            "negative eigenvalue: there is no direction of negative curvature. Their gradients are "
            "small but not zero, so these are not stationary points: the loss still falls as the "
            "weights grow, and the minimum of this valley lies at infinity."
        )
    if flat < starts:
        sentences.append(
            f"{'The others' if flat else 'The failed networks in @tab-failed'} have a negative "
            f"eigenvalue, a direction of descent that {count(steps)} steps have not yet followed."
        )
    sentences.append(
        "For the squared error it is proved that from every finite point of this network a "
        "strictly decreasing path leads to zero error (Sprinkhuizen-Kuyper and Boers 1999; see "
        "also Hamey 1998); gradient descent need not find it."
    )
    return " ".join(sentences)


# ---- Standard deviations ---------------------------------------------------------------------


def scales_blocks(record: Record) -> list[Block]:
    """Compare the standard deviations of the initial weights."""
    figure = Figure(
        path=f"{PLOTS}/failures.png",
        label="fig-xor-failures",
        caption=f"Outcomes of {count(record['seeds'])} starts by the standard deviation of the "
        "initial weights (upper left); norm of the gradient and smallest eigenvalue of the Hessian "
        "where the failed networks end (lower left), in the colours of the outcomes; and an "
        "example of each reason for failure, as in @fig-xor (right).",
    )
    text = scales_text(record)
    return [Paragraph(text), figure] if text else [figure]


def std_trend(scales: Record) -> Trend | None:
    """Say how the success rate moves with the standard deviation; None for one alone.

    It falls or rises where it does so from the smallest to the largest, and no step between
    neighbours goes the other way. All differences are paired by draw.
    """
    ends, neighbours = scales["ends"], [side_of(each) for each in scales["neighbours"]]
    if ends is None:
        return None
    if side_of(ends) == "below" and "above" not in neighbours:
        return "falls"
    if side_of(ends) == "above" and "below" not in neighbours:
        return "rises"
    return "mixed" if {"above", "below"} & set(neighbours) else "flat"


def scales_text(record: Record) -> str:
    """Say how the success rate moves with the standard deviation; nothing for one alone."""
    trend, ends = std_trend(record["scales"]), record["scales"]["ends"]
    if trend is None:
        return ""
    by_std = sorted(record["success_rate_by_std"].items(), key=lambda each: float(each[0]))
    (smallest, first), *_, (largest, last) = by_std
    sentences = [
        TRENDS[trend],
        f"Successful are {rate_interval(first)} for a standard deviation of {smallest} and "
        f"{rate_interval(last)} for {largest} (@fig-xor-failures). On the same draws the "
        f"difference is {difference_text(ends)}: {count(ends['only_second'])} succeed at the "
        f"smaller one only, {count(ends['only_first'])} at the larger one only.",
    ]
    if trend == "falls":
        sentences.append("A likely reason: large initial weights saturate tanh.")
    return " ".join(sentences)


# ---- Without hidden activation ---------------------------------------------------------------


def linear_answer(record: Record) -> Answer:
    """Answer question 2.3."""
    return Answer(
        number="2.3",
        question="What happens without the activation in the hidden layer: can the network learn "
        "XOR?",
        answer=linear_verdict(record),
        rule="The proof decides; the experiment must agree with it: no success, and no loss below "
        "ln 2.",
        numbers={"success_rate_linear": record["success_rate_linear"], "linear": record["linear"]},
        evidence=[
            Derivation("cis680_xor_linear"),
            Paragraph(experiment_text(record)),
        ],
    )


def agrees(record: Record) -> bool:
    """Say whether the experiment agrees with the proof."""
    return bool(
        record["success_rate_linear"]["count"] == 0 and record["linear"]["min_excess_loss"] > -1e-9
    )


def linear_verdict(record: Record) -> str:
    """Say that the network cannot learn XOR, and whether the experiment agrees."""
    if agrees(record):
        return (
            "No. Without it the network is a linear classifier, which cannot compute XOR; its loss "
            "is at least $ln 2$."
        )
    return (
        "No, by the proof below; but the measurement contradicts the proof, so one of them is "
        "wrong."
    )


def experiment_text(record: Record) -> str:
    """Report the trainings without hidden activation."""
    linear = record["linear"]
    excess = linear["max_excess_loss"]
    above = "exactly $ln 2$" if excess == 0 else f"{scientific(excess)} above $ln 2$"
    remark = ", which is not yet at the minimum" if excess > AT_THE_MINIMUM else ""
    return (
        "*In the experiment* (@fig-xor-loss, right) the successful starts are "
        f"{rate_interval(record['success_rate_linear'])}. The minimum final loss is "
        f"{fixed(record['best_loss_linear'], 4)} nats, and the maximum is {above}{remark}. The "
        "maximum of the effective weights $|u_1|, |u_2|, |d|$ is "
        f"{scientific(linear['max_effective_weight'])}; the minimum probability of a label never "
        f"exceeded {percent(linear['max_confidence'], 1)}."
    )
