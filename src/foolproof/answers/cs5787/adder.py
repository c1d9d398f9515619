"""CS5787, problem 5: a recurrent network, set by hand, that adds binary numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from foolproof.answers.document import Answer, Code, Figure, Paragraph, Table
from foolproof.answers.markup import code
from foolproof.answers.numbers import count, significant

Record = Mapping[str, Any]


def adder_answer(adder: Record) -> Answer:
    """Answer question 5.

    Args:
        adder: metrics/toys/adder.json.
    """
    example = adder["example"]
    return Answer(
        number="5",
        question="Set by hand all weights of a recurrent network with three hidden units and "
        "Heaviside activations that adds two binary numbers, least significant bit first.",
        answer=adder_verdict(adder),
        rule="The weights are called right where the errors over all transitions, all short pairs "
        "and all random long pairs are 0.",
        numbers={
            key: adder[key]
            for key in (
                "errors",
                "pairs_checked",
                "long_errors",
                "long_checked",
                "transition_errors",
                "transitions",
            )
        },
        evidence=[
            Paragraph(weights_text(adder["parameters"])),
            Paragraph(
                "*Construction.* In each step the two bits and the carry sum to 0, 1, 2 or 3. "
                "Hidden unit 1 is 1 iff the sum is at least 1, unit 2 iff it is at least 2, unit 3 "
                "iff it is 3; each bias is half-way between two sums. The carry into the next step "
                "is 1 iff the sum is at least 2, so it is unit 2. Hence only the second column of "
                "$W$ is nonzero; it adds the carry like a third bit. The output bit is 1 for the "
                "sums 1 and 3: unit 1 minus unit 2 plus unit 3, in $v$. The initial carry is zero, "
                "so $h_0 = 0$. A leading zero of both numbers makes room for the last carry."
            ),
            _units_table(adder["units"]),
            Paragraph(f"*Proof.* {proof_text(adder)}"),
            Figure(
                path="plots/adder/adder.png",
                label="fig-adder",
                caption=f"Inputs, hidden units and outputs for the sheet's example, "
                f"{code(example['first'])} + {code(example['second'])} = {code(example['sum'])}, "
                "least significant bit first.",
            ),
            Figure(
                path="plots/adder/network.png",
                label="fig-adder-network",
                caption="The network with its weights and biases (left), and its pre-activations "
                "by the sum of both bits and the carry (right); thresholds are at 0.",
            ),
            Code(function="toys.adder:heaviside"),
            Code(function="toys.adder:hidden_sums"),
            Code(function="toys.adder:output_sums"),
            Code(function="toys.adder:run"),
            Code(function="toys.adder:transitions"),
            Code(function="toys.adder:count_wrong"),
        ],
    )


def adder_verdict(adder: Record) -> str:
    """Say whether the network adds without error."""
    pairs, bits = count(adder["pairs_checked"]), adder["bits"]
    long_pairs, long_bits = count(adder["long_checked"]), count(adder["long_bits"])
    if adder["errors"] + adder["long_errors"] + adder["transition_errors"] == 0:
        return (
            f"The weights below add every one of the {pairs} pairs of {bits}-bit numbers without "
            f"error, and {long_pairs} random pairs of {long_bits} bits."
        )
    return (
        f"The weights below make errors: on {count(adder['errors'])} of {pairs} pairs of "
        f"{bits}-bit numbers, on {count(adder['long_errors'])} of {long_pairs} of {long_bits} "
        f"bits, in {adder['transition_errors']} of {adder['transitions']} transitions."
    )


def weights_text(weights: Record) -> str:
    """Write the equations and all parameters."""
    symbols = {
        "U": _matrix(weights["U"]),
        "W": _matrix(weights["W"]),
        "b_h": _vector(weights["b_h"]),
        "v": _vector(weights["v"]),
        "b_y": _number(weights["b_y"]),
        "h_0": _vector(weights["h_0"]),
    }
    values = ", quad ".join(f"{symbol} = {value}" for symbol, value in symbols.items())
    return (
        "With $sigma(a) = 1$ for $a > 0$ and 0 otherwise, "
        "$ h_t = sigma(U x_t + W h_(t-1) + b_h), quad y_t = sigma(v^T h_t + b_y), $ "
        f"$ {values}. $"
    )


def _number(value: float) -> str:
    return f"{value:g}"


def _vector(values: Iterable[float]) -> str:
    return f"vec({', '.join(map(_number, values))})"


def _matrix(rows: Iterable[Iterable[float]]) -> str:
    return f"mat({'; '.join(', '.join(map(_number, row)) for row in rows)})"


def _units_table(units: Sequence[Record]) -> Table:
    def joined(values: Iterable[float]) -> str:
        return ", ".join(_signed(value) for value in values)

    return Table(
        label="tab-adder",
        caption="A step of the network by the sum of both bits and the carry.",
        header=[
            "Bits + carry",
            "Hidden pre-activations",
            "Hidden units",
            "Output pre-activation",
            "Output",
            "Next carry",
        ],
        rows=[
            [
                str(unit["total"]),
                joined(unit["hidden_sums"]),
                joined(unit["hidden"]),
                _signed(unit["output_sum"]),
                str(unit["output"]),
                str(unit["carry"]),
            ]
            for unit in units
        ],
    )


def _signed(value: float) -> str:
    """Write a number with a true minus."""
    return _number(value).replace("-", "−")


def proof_text(adder: Record) -> str:
    """Say what was checked, and how far it is from rounding."""
    margin, transitions = adder["margin"], adder["transitions"]
    wrong = adder["transition_errors"]
    checked = (
        f"All {transitions} transitions, of four inputs from each reachable hidden state, give the "
        "correct bit and carry, and an addition of any length consists of them."
        if wrong == 0
        else f"{wrong} of the {transitions} transitions from reachable hidden states are wrong."
    )
    exact = (
        "Every pre-activation is a multiple of 1/2 and thus exact in float32."
        if _are_halves(adder["parameters"])
        else "Pre-activations are rounded to float32."
    )
    return (
        f"{checked} {exact} None has an absolute value below "
        f"{_number(min(*margin['hidden'], margin['output']))}: all weights and biases may change "
        f"together, each by less than {significant(margin['weights'])}, without changing a unit."
    )


def _are_halves(values: Any) -> bool:
    """Tell whether all numbers are multiples of 1/2."""
    if isinstance(values, Mapping):
        return all(map(_are_halves, values.values()))
    if isinstance(values, Sequence):
        return all(map(_are_halves, values))
    return float(2 * values).is_integer()
