"""HUJI 67103, theoretical question 3: the complexity of training."""

from collections.abc import Mapping
from typing import Any

from foolproof.answers.document import Answer, Paragraph
from foolproof.answers.numbers import count, fixed, rate_interval, scientific

COLLAPSED = ("two_collapsed", "three_collapsed", "four_collapsed")


def complexity_answer(xor: Mapping[str, Any]) -> Answer:
    """Answer question 3, with the experiment of metrics/toys/xor.json as an example."""
    return Answer(
        number="3",
        question="Gradient descent stops where the gradient vanishes. Would its convergence in a "
        "fixed number of operations, from any initial weights, contradict the NP-completeness of "
        "training?",
        answer="No. It would find a stationary point fast. It is hard to find a global minimum, or "
        "to decide whether the loss can be zero.",
        glance="No: it would find a stationary point fast, not a global minimum.",
        rule="The argument depends on no number; the example counts the failed starts.",
        numbers={key: xor[key] for key in ("success_rate", "failures")},
        evidence=[
            Paragraph(
                "*Two different problems.* NP-completeness (Blum and Rivest 1992) concerns the "
                "decision problem: given a network and a training set, do weights _exist_ that "
                "classify every example correctly (or have a loss below a given bound)? Descent "
                "computes something else: a stationary point. It may be a global minimum, but also "
                "a local one, a saddle or a plateau, with any loss. Stationarity is easy to check, "
                "with one forward and one backward pass. Global optimality is not: a loss of zero "
                "proves that the answer is yes, but a positive loss proves nothing, since other "
                "weights may have a smaller one."
            ),
            Paragraph(
                "*Fast convergence can be trivial.* With hard thresholds, for which such results "
                "are usually proved, the output is piecewise constant. The gradient is zero at "
                "almost all weights, so descent has converged before its first step; yet training "
                "is as hard as before. With ReLUs there are initial weights for which all hidden "
                "neurons are inactive on all examples: again their gradient is zero, for any loss. "
                "So fast convergence alone says nothing about P and NP."
            ),
            Paragraph(
                "*A sufficient guarantee.* It would take one about _which_ stationary point is "
                "reached: always a global minimum, or one with a loss close enough to it; or a "
                "global minimum from one of polynomially many starts that are known in advance. "
                "Then a few runs would decide the existence problem in polynomial time. That would "
                "imply P = NP; the NP-completeness itself, which says only that the problem is as "
                "hard as any in NP, would stand. The assumption gives no such guarantee. Random "
                "restarts do not replace it: the basin of the global minima may be so small that "
                "exponentially many starts are needed."
            ),
            Paragraph(f"*Examples.* {exact_text(xor)} {experiment_text(xor)}".strip()),
        ],
    )


def exact_text(xor: Mapping[str, Any]) -> str:
    """Give a stationary point with a high loss."""
    return (
        "In the network for XOR of two tanh units, the point where all weights are zero is "
        "stationary: the hidden units are 0, and so are the weights that pass the errors on to "
        "them; every output is 1/2, and the errors of the four examples sum to 0. Descent from "
        "there has converged before its first step, at a loss of "
        f"$ln 2 approx {fixed(xor['log2'], 3)}$."
    )


def experiment_text(xor: Mapping[str, Any]) -> str:
    """Count the random starts that fail, and say how stationary their ends are."""
    collapsed = sum(xor["failures"][reason] for reason in COLLAPSED)
    if collapsed == 0:
        return ""
    rate = xor["success_rate"]
    gradients = [
        found["max_gradient"]
        for reason, found in xor["failed_networks"].items()
        if reason in COLLAPSED
    ]
    return (
        f"In this project's experiment {count(collapsed)} of {count(rate['n'])} random starts of "
        "that network fail with two or more examples collapsed to nearly one hidden "
        f"representation, while {rate_interval(rate)} succeed. At the end, the norm of the "
        f"gradient of such failed starts, of all scales, is at most {scientific(max(gradients))}. "
        "They need not be near a local minimum: for the squared error all finite stationary "
        "points of this network with a positive loss are saddle points (Sprinkhuizen-Kuyper and "
        "Boers 1998, Hamey 1998)."
    )
