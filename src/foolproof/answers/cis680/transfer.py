"""CIS680, question 4.3: transfer of the adversarial images to other networks.

A network's errors count where they exceed those on shuffled perturbations of the same norms. The
differences are paired by image.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from foolproof.answers.cis680.attacks import PLOTS
from foolproof.answers.document import Answer, Block, Figure, Paragraph, Table
from foolproof.answers.numbers import (
    count,
    counted,
    difference_text,
    fixed,
    is_above,
    listed,
    percent,
    plus_minus,
    rate_cell,
    rate_text,
    short_percent,
    side_of,
)

Record = Mapping[str, Any]
"""metrics/attacks/one_sided.json, or a part of it."""

NAMES = {
    "first": "attacked (first training)",
    "second": "retrained (second training)",
    "nobn": "EE6132, without batch norm",
    "bn": "EE6132, with batch norm",
}
OTHERS = ("nobn", "bn")
"""Networks with another architecture."""

SETTINGS = {
    "optimizer": "optimizer",
    "learning_rate": "learning rate",
    "batch_size": "batch size",
    "weight_decay": "weight decay",
    "label_smoothing": "label smoothing",
}
"""Of trainings, in words."""


def transfer_answer(record: Record, settings: Record, trainings: Record) -> Answer:
    """Answer question 4.3.

    Args:
        record: metrics/attacks/one_sided.json.
        settings: section `attack_one_sided` of params.yaml.
        trainings: section `train` of params.yaml.
    """
    retrained, others, strength = (
        verdict(record) for verdict in (retrained_verdict, others_verdict, strength_verdict)
    )
    usual = record["untargeted"]["transfer"]["networks"]
    return Answer(
        number="4.3",
        question="Train the network again and evaluate it on these images. What happens?",
        answer=" ".join(each for each in (retrained, others, strength) if each),
        glance=f"{retrained.partition(';')[0].removesuffix('.')}. {strength}".strip(),
        rule="Transfer is stated where the 95 % interval of the paired difference between the "
        "errors on adversarial images and on shuffled perturbations excludes 0, that of most "
        "images where it exceeds one half.",
        numbers={
            "excess": {name: usual[name]["excess"] for name in NAMES},
            "growth": record["transfer_growth"],
        },
        evidence=[
            Paragraph(
                "The retrained network has the same architecture and data, but other initial "
                "weights and another order of the images. For comparison the best networks of "
                "the EE6132 assignment without and with batch norm are evaluated, too. The control "
                "is the _shuffled perturbation_: the values of each perturbation are permuted "
                "among the pixels that have room for them, so its norms stay the same, and the "
                'pattern is lost. "Retrain" can also mean adversarial training, on such images '
                "(Goodfellow et al. 2014); that is another defence, and is not assessed here."
            ),
            transfer_table(record),
            *usual_blocks(record),
            Paragraph(strengths_text(settings)),
            strengths_table(record["transfer_by_strength"]),
            Figure(
                path=f"{PLOTS}/transfer.png",
                label="fig-transfer",
                caption="Error rates of the networks on adversarial images (solid) and on shuffled "
                "perturbations (dotted) by the strength of the untargeted one-sided attack: by the "
                "probability of a wrong class at which it stops (left) and by a fixed number of "
                f"steps (right). At most {counted(settings['transfer']['images'], 'image')}; bands "
                "are 95\u00a0% intervals.",
            ),
            *growth_blocks(record),
            *security_blocks(record, settings["confidence"], trainings),
        ],
    )


# ---- Verdicts --------------------------------------------------------------------------------


def most(networks: Record, keys: Iterable[str]) -> bool:
    """Say whether most of the images transfer to one of the networks."""
    return any(is_above(networks[key]["excess"], 0.5) for key in keys)


def some(networks: Record, keys: Iterable[str]) -> bool:
    """Say whether some of the images transfer to one of the networks."""
    return any(is_above(networks[key]["excess"]) for key in keys)


def retrained_verdict(record: Record) -> str:
    """Say how many of the untargeted images transfer to the retrained network."""
    usual = record["untargeted"]["transfer"]["networks"]
    rates = usual["second"]
    if rates["excess"] is None:
        return "No adversarial image was found, so nothing can be said about the retrained network."
    found = (
        f"it misclassifies {rate_text(rates['error_rate'])}; with shuffled perturbations "
        f"{percent(rates['shuffled_error_rate']['value'], 1)}."
    )
    if most(usual, ["second"]):
        return f"Most of the images transfer to the retrained network: {found}"
    if some(usual, ["second"]):
        return f"Some of the images transfer to the retrained network: {found}"
    return f"A transfer to the retrained network is not shown: {found}"


def others_verdict(record: Record) -> str:
    """Say how many transfer to a network with another architecture."""
    usual = record["untargeted"]["transfer"]["networks"]
    if usual["nobn"]["excess"] is None:
        return ""
    if most(usual, OTHERS):
        return "Most transfer to another architecture, too."
    if some(usual, OTHERS):
        return "Some transfer to another architecture, too."
    rest = (
        ", but stronger ones do transfer."
        if any(some(networks, OTHERS) for networks in strongest(record))
        else ", and neither is that of stronger ones."
    )
    return f"A transfer to another architecture is not shown{rest}"


def strength_verdict(record: Record) -> str:
    """Say whether stronger attacks transfer more, and what retraining is worth; or nothing."""
    if not strongest(record):
        return ""
    to_most = any(most(networks, ["second"]) for networks in strongest(record))
    to_some = any(some(networks, ["second"]) for networks in strongest(record))
    if grows(record) and to_most:
        return (
            "The stronger the attack, the more images transfer, in the end most: retraining is no "
            "defence."
        )
    if grows(record) and to_some:
        return "The stronger the attack, the more images transfer: retraining is a partial defence."
    if to_some:
        return "Retraining is a partial defence. That stronger attacks transfer more is not shown."
    return "That stronger attacks transfer is not shown."


def grows(record: Record) -> bool:
    """Say whether the errors grow with the strength, beyond those on shuffled perturbations."""
    growths = record["transfer_growth"].values()
    return any(growth is not None and is_above(growth["excess"]) for growth in growths)


def series(points: Sequence[Record], kind: str) -> list[Record]:
    """Sort the points of a kind of strength, `confidence` or `steps`, in ascending order."""
    return sorted(points, key=lambda point: point[kind])


def attacked_points(record: Record) -> list[list[Record]]:
    """List for each kind of strength the points with images, ascending; none is left out."""
    by_kind = (
        [point for point in series(points, kind) if point["images"]]
        for kind, points in record["transfer_by_strength"].items()
    )
    return [points for points in by_kind if points]


def strongest(record: Record) -> list[Record]:
    """List the networks' rates for the strongest attack of each kind."""
    return [points[-1]["networks"] for points in attacked_points(record)]


# ---- The images of both attacks --------------------------------------------------------------


def transfer_table(record: Record) -> Table:
    """List the rates of all networks on the images of both attacks."""
    rows = []
    for kind in ("untargeted", "targeted"):
        found = record[kind]["transfer"]
        rows.append([f"_{kind}, {counted(found['images'], 'image')}_", *[""] * 5])
        rows += [network_row(name, found["networks"][key]) for key, name in NAMES.items()]
    return Table(
        label="tab-transfer",
        caption="Transfer of the successful adversarial images of both attacks on the first CIS680 "
        "network, in per cent with 95\u00a0% interval. Originals, shuffled, adversarial: errors on "
        "these images. Same class: classified as the attacked network does. Confidence: mean "
        "probability of the predicted class. The intervals of the targeted attack are over images, "
        "each with several targets.",
        header=["Network", "Originals", "Shuffled", "Adversarial", "Same class", "Confidence"],
        rows=rows,
    )


def network_row(name: str, rates: Record) -> list[str]:
    """Write the rates of a network in a row."""
    keys = ("clean_error_rate", "shuffled_error_rate", "error_rate", "same_class_rate")
    confidence = rates["mean_confidence"]
    return [
        name,
        *(rate_cell(rates[key]) for key in keys),
        "–" if confidence is None else plus_minus(confidence, scale=100, digits=1),
    ]


def usual_blocks(record: Record) -> list[Block]:
    """Report the transfer of the images of both attacks; nothing without images."""
    usual = record["untargeted"]["transfer"]["networks"]
    if usual["second"]["excess"] is None:
        return []
    sentences = [f"Of the untargeted images, {retrained_text(usual['second'])}."]
    targeted = record["targeted"]["transfer"]["networks"]["second"]
    if targeted["excess"] is not None:
        sentences.append(f"Of the targeted images, {retrained_text(targeted)}.")
    others = " and by ".join(
        f"{difference_text(usual[key]['excess'])} ({NAMES[key]})" for key in OTHERS
    )
    sentences.append(
        "For the other architectures the error rate on the untargeted images exceeds that on "
        f"shuffled perturbations by {others}; @tab-transfer has all rates."
    )
    return [Paragraph(" ".join(sentences))]


def retrained_text(rates: Record) -> str:
    """Write the rates of the retrained network on the images of one attack."""
    text = (
        f"the retrained network misclassifies {rate_text(rates['error_rate'])}, a difference to "
        f"shuffled perturbations of {difference_text(rates['excess'])}, paired by image"
    )
    if rates["same_class_of_errors"] is None:
        return text
    return (
        f"{text}; of these errors {rate_text(rates['same_class_of_errors'])} are the same wrong "
        "class as that of the attacked network"
    )


# ---- Stronger attacks ------------------------------------------------------------------------


def strengths_text(settings: Record) -> str:
    """Say what stronger attacks are."""
    return (
        "*Stronger attacks.* The attack stops at the first step with "
        f"{short_percent(settings['confidence'])}, just beyond the decision boundary of the "
        "attacked network; that of another network differs. In @tab-strengths and @fig-transfer up "
        f"to {count(settings['transfer']['images'])} of the test images are attacked again, "
        "untargeted, up to other confidences or for a fixed number of steps."
    )


def strength_text(kind: str, value: float) -> str:
    """Write a strength of an attack."""
    return short_percent(value) if kind == "confidence" else counted(value, "step")


def strengths_table(by_strength: Mapping[str, Sequence[Record]]) -> Table:
    """List the errors of all networks by the strength of the attack."""
    rows = []
    for kind, points in by_strength.items():
        for point in series(points, kind):
            networks, l1 = point["networks"], point["mean_l1"]
            rows.append(
                [
                    strength_text(kind, point[kind]),
                    count(point["images"]),
                    "–" if l1 is None else fixed(l1["mean"], 1),
                    *(rate_cell(networks[key]["error_rate"], 0) for key in ("first", "second")),
                    rate_cell(networks["second"]["shuffled_error_rate"], 0),
                    *(rate_cell(networks[key]["error_rate"], 0) for key in OTHERS),
                ]
            )
    return Table(
        label="tab-strengths",
        caption="Errors in per cent with 95\u00a0% interval by the strength of the untargeted "
        "attack, with the mean L₁ norm in white pixels. Each row has the images that reached its "
        "confidence, so rows differ in their images; the text compares the same ones.",
        header=[
            "Stops at",
            "Images",
            "L₁",
            "attacked",
            "retrained",
            "retrained, shuffled",
            *(NAMES[key] for key in OTHERS),
        ],
        rows=rows,
    )


def growth_blocks(record: Record) -> list[Block]:
    """Compare the weakest and the strongest attack of each kind; nothing without any."""
    sentences = [
        growth_text(kind, growth)
        for kind, growth in record["transfer_growth"].items()
        if growth is not None
    ]
    if control := control_text(record):
        sentences.append(control)
    return [Paragraph(" ".join(sentences))] if sentences else []


def growth_text(kind: str, growth: Record) -> str:
    """Report the growth of the retrained network's errors on the same images."""
    doubt = "" if side_of(growth["excess"]) in ("above", "below") else ", not significantly"
    weak, strong = (strength_text(kind, growth[key]) for key in ("from", "to"))
    return (
        f"From {weak} to {strong}, on the {counted(growth['images'], 'image')} that both have, the "
        f"error of the retrained network changes by {difference_text(growth['error_rate'])}, with "
        f"shuffled perturbations by {difference_text(growth['shuffled_error_rate'])}, and beyond "
        f"these by {difference_text(growth['excess'])}{doubt}."
    )


def control_text(record: Record) -> str:
    """Report the errors that perturbations of such a norm cause without a pattern, if any."""
    retrained = (
        point["networks"]["second"] for points in attacked_points(record) for point in points
    )
    errors = [
        rates["shuffled_error_rate"] for rates in retrained if is_above(rates["shuffled_excess"])
    ]
    if not errors:
        return ""
    largest = max(errors, key=lambda rate: float(rate["value"]))
    return (
        "Perturbations of such a norm cause errors without a pattern, too (up to "
        f"{rate_text(largest)}): every verdict here is therefore on the error rate beyond that on "
        "shuffled perturbations."
    )


# ---- Security --------------------------------------------------------------------------------


def security_blocks(record: Record, confidence: float, trainings: Record) -> list[Block]:
    """Say what the transfer means for security; nothing without images."""
    if not strongest(record):
        return []
    sentences = ["*What it means for security.*"]
    by_confidence = record["transfer_growth"]["confidence"]
    if by_confidence is not None and is_above(by_confidence["excess"]):
        sentences.append(
            "The farther an image is beyond the decision boundary of the attacked network, the "
            "more likely it is beyond that of another one, too."
        )
    if any(some(networks, ["second"]) for networks in strongest(record)):
        margin = ", with a margin" if grows(record) else ""
        sentences.append(
            "Secret weights are not a sufficient defence: an attacker without access can train a "
            f"surrogate network on similar data and attack that{margin}. The vulnerability depends "
            "in part on the task, the data and the architecture, and not on the weights alone; "
            "perturbations even exist that are common to most images and generalize across "
            "networks (Moosavi-Dezfooli et al. 2016)."
        )
    over = record["untargeted"]["transfer"]["retrained_over"]
    if all(is_above(over[key]) for key in OTHERS):
        sentences.append(architecture_text(over, confidence, trainings))
    sentences.append(
        f"This is one attack, on one data set, with {len(NAMES)} networks, one of them retrained: "
        "it can show that networks are vulnerable, and cannot show that any is robust."
    )
    return [Paragraph(" ".join(sentences))]


def architecture_text(over: Record, confidence: float, trainings: Record) -> str:
    """Compare the retrained network with those of another architecture.

    Args:
        over: differences of the errors beyond shuffled perturbations, by network.
        confidence: of the attack.
        trainings: section `train` of params.yaml.
    """
    differences = listed([f"{NAMES[key]} by {difference_text(over[key])}" for key in OTHERS])
    own, other = trainings["cis680"], trainings["mnist"]
    changed = [name for key, name in SETTINGS.items() if own[key] != other[key]]
    caution = (
        f" They differ in {listed(changed)}, too, so the architecture alone need not be the cause."
        if changed
        else ""
    )
    return (
        "Transfer to a network with the same architecture is more frequent, at "
        f"{short_percent(confidence)}: beyond the shuffled perturbations its errors exceed those "
        f"of the network {differences}, paired by image.{caution}"
    )
