"""Robust accuracy of a group of networks: a section of several reports.

A record is what the stage `evaluate_robustness` writes for a group.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from foolproof.answers.document import Block, Bullets, Figure, Paragraph, Table
from foolproof.answers.markup import plain
from foolproof.answers.numbers import count, counted, listed, points, rate_cell, side_of

Record = Mapping[str, Any]
Names = Mapping[str, str]
"""Of the networks in the text, such as "with batch norm", by their keys in the record."""

Text = Callable[[str], str]
"""Writes an epsilon of the record, such as "8/255" for "8"."""

SIDES = {"above": "higher", "below": "lower", "straddles": "not significantly different"}

REFERENCES = (
    "Croce and Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse "
    "parameter-free attacks, ICML 2020, arXiv 2003.01690",
)
"""Works that the text cites."""


def robust_accuracy(
    record: Record, names: Names, settings: Mapping[str, Any], figure: str, epsilon_text: Text
) -> list[Block]:
    """Write the section.

    Args:
        record: metrics/robust_accuracy/<group>.json.
        names: of the networks.
        settings: section `evaluate_robustness` of params.yaml.
        figure: path of the accuracies against epsilon.
        epsilon_text: writes an epsilon.
    """
    return [
        Paragraph(
            f"This section goes beyond the sheet. {definition(record, names)} "
            f"{halving_verdict(record, names, epsilon_text)}"
        ),
        *evidence(record, names, settings, figure, epsilon_text),
    ]


def definition(record: Record, names: Names) -> str:
    """Define the robust accuracy."""
    return (
        "The _robust accuracy_ at ε is the share of "
        f"{counted(images_of(record, names), 'test image')} whose class no attack changes while "
        "each pixel moves by at most ε."
    )


def halving_verdict(record: Record, names: Names, epsilon_text: Text) -> str:
    """Name the smallest epsilon of each network at which most images are misclassified."""
    found = [
        f"{'none' if at is None else f'ε = {epsilon_text(at)}'} {name}"
        for key, name in names.items()
        for at in [halved_at(record["networks"][key])]
    ]
    return f"The smallest ε at which most images are misclassified: {'; '.join(found)}."


def halved_at(result: Mapping[str, Any]) -> str | None:
    """Find the smallest epsilon at which the accuracy's interval is below one half."""
    for epsilon in sorted(result["by_epsilon"], key=float):
        if side_of(result["by_epsilon"][epsilon], 0.5) == "below":
            return str(epsilon)
    return None


def evidence(
    record: Record, names: Names, settings: Mapping[str, Any], figure: str, epsilon_text: Text
) -> list[Block]:
    """Show the accuracies, their paired differences, and what the attacks are."""
    return [
        accuracy_table(record, names, epsilon_text),
        Figure(
            path=figure,
            caption=f"Robust accuracy on {counted(images_of(record, names), 'test image')} against "
            f"ε, {listed(list(names.values()))}: worst case over all attacks; bars are "
            "95\u00a0% intervals.",
            width=72,
        ),
        Paragraph(comparison_text(record, names, epsilon_text)),
        difference_table(record, names, epsilon_text),
        Paragraph(attacks_text(settings)),
        *doubts(record, names),
    ]


def accuracy_table(record: Record, names: Names, epsilon_text: Text) -> Table:
    """List the accuracies by network and epsilon."""
    epsilons = epsilons_of(record, names)
    return Table(
        label="tab-robust-accuracy",
        caption=f"Accuracy on {counted(images_of(record, names), 'test image')} in per cent, worst "
        "case over all attacks, with Wilson's 95\u00a0% interval.",
        header=["Network", "ε = 0", *(f"ε = {epsilon_text(each)}" for each in epsilons)],
        rows=[
            [
                name,
                rate_cell(record["networks"][key]["clean"]),
                *(rate_cell(record["networks"][key]["by_epsilon"][each]) for each in epsilons),
            ]
            for key, name in names.items()
        ],
    )


def comparison_text(record: Record, names: Names, epsilon_text: Text) -> str:
    """Say of each pair of networks at which epsilons the accuracy differs."""
    sentences = [
        f"{names[each['network']]} against {names[each['against']]}: "
        f"{sides_text(each['by_epsilon'], epsilon_text)}."
        for each in compared(record, names)
    ]
    return (
        f"Accuracy on the same images (@tab-robust-difference): {' '.join(sentences)} A difference "
        "counts where the 95\u00a0% interval of the paired difference excludes zero."
    )


def sides_text(by_epsilon: Mapping[str, Any], epsilon_text: Text) -> str:
    """List the epsilons at which a difference lies above, below and around zero."""
    parts = {
        word: [
            radius_text(epsilon, epsilon_text)
            for epsilon in sorted(by_epsilon, key=float)
            if side_of(by_epsilon[epsilon]) == side
        ]
        for side, word in SIDES.items()
    }
    return "; ".join(f"{word} at {listed(found)}" for word, found in parts.items() if found)


def difference_table(record: Record, names: Names, epsilon_text: Text) -> Table:
    """List the paired differences by epsilon and pair of networks."""
    radii = ["0", *epsilons_of(record, names)]

    def cell(found: Mapping[str, Any]) -> str:
        low, high = (points(found[key], 1) for key in ("low", "high"))
        return f"{points(found['value'], 1, signed=True)} ({low} to {high})"

    return Table(
        label="tab-robust-difference",
        caption="Paired difference of the accuracies on the same "
        f"{counted(images_of(record, names), 'image')} in percentage points, with Bonett and "
        "Price's 95\u00a0% interval.",
        header=[
            "",
            *(
                f"{names[each['network']]} against {names[each['against']]}"
                for each in compared(record, names)
            ),
        ],
        rows=[
            [
                radius_text(radius, epsilon_text),
                *(cell(each["by_epsilon"][radius]) for each in compared(record, names)),
            ]
            for radius in radii
        ],
    )


def attacks_text(settings: Mapping[str, Any]) -> str:
    """Describe the attacks, and which images they leave out."""
    text = (
        "Ten steps of PGD on the margin loss go first. Auto-PGD (Croce and Hein 2020) follows with "
        f"{settings['steps']} steps each on the cross-entropy and on the DLR loss of up to "
        f"{counted(settings['targets'], 'target class', 'target classes')}, then a random search "
        f"with {count(settings['queries'])} queries. The result is an upper bound of the true "
        "robust accuracy: a stronger attack may exist."
    )
    reach = settings["reach"]
    if reach is None:
        return text
    return (
        f"{text} An image counts as robust if after the first steps more than {reach:g} times the "
        "margin gained is missing, or more than half of that after the first Auto-PGD. A sample of "
        "these is attacked nonetheless before each attack, and all of them if one falls. Targets "
        f"are skipped likewise, by a factor of {max(reach, 1):g}."
    )


def doubts(record: Record, names: Names) -> list[Block]:
    """List the signs of gradient masking, or say that there are none."""
    found = [
        f"{name}: {plain(each)}"
        for key, name in names.items()
        for each in record["networks"][key]["findings"]
    ]
    if found:
        return [Paragraph("Reasons to doubt these numbers:"), Bullets(found)]
    return [
        Paragraph(
            "No sign of gradient masking was found: no gradient is zero, more steps and a larger ε "
            "misclassify more images, and the random search adds none."
        )
    ]


def compared(record: Record, names: Names) -> Sequence[Mapping[str, Any]]:
    """List the comparisons of two of the named networks."""
    return [
        each
        for each in record["comparisons"]
        if each["network"] in names and each["against"] in names
    ]


def epsilons_of(record: Record, names: Names) -> list[str]:
    """List the epsilons, ascending."""
    return sorted(record["networks"][next(iter(names))]["by_epsilon"], key=float)


def images_of(record: Record, names: Names) -> int:
    """Count the attacked images, the same for all networks."""
    images: int = record["networks"][next(iter(names))]["images"]
    return images


def radius_text(epsilon: str, epsilon_text: Text) -> str:
    """Write an epsilon of a comparison, of which "0" is no attack."""
    return f"ε = {'0' if epsilon == '0' else epsilon_text(epsilon)}"
