"""CS5787, problem 4.2: robustness of adversarial photos to manipulations."""

from collections.abc import Mapping
from typing import Any

from foolproof.answers.attacked_photos import origin
from foolproof.answers.cs5787.attack_linf import SIGNIFICANT_P, level
from foolproof.answers.document import Answer, Bullets, Code, Figure, Paragraph, Table
from foolproof.answers.markup import code
from foolproof.answers.numbers import (
    count,
    count_cell,
    counted,
    k_of_n,
    listed,
    majority,
    p_value,
    percent,
    plus_minus,
    points_interval,
    rate_cell,
    short_percent,
    side_of,
)

ATTACKS = {"plain": "PGD", "plain_large": "PGD", "eot": "EOT"}

COLUMNS = {
    "none": "unchanged",
    "mirror": "mirrored",
    "crop": "cropped",
    "rotation": "rotated",
    "grey": "grey",
}
"""Of tables, by manipulation."""

WHY = {
    "mirror": "The network was trained with mirrored photos, and the perturbation has one "
    "orientation only.",
    "crop": "Resizing interpolates between pixels, and averages signs that alternate from pixel to "
    "pixel. It also shifts the perturbation against the strides of the network.",
    "rotation": "Rotation interpolates, and rotates the perturbation against the filters. It also "
    "adds black corners.",
    "grey": "The perturbations of the three channels are averaged, and only their common part "
    "remains. No pixel moves.",
}

Record = Mapping[str, Any]


def robustness_answer(found: Record, settings: Record, eot: Record) -> Answer:
    """Answer question 4.2.

    Args:
        found: metrics/attacks/robustness.json.
        settings: robustness of params.yaml.
        eot: attack_eot of params.yaml.
    """
    names = manipulations(settings)
    photos, start = counted(photos_of(found), "photo"), f"{origin(found)} class"
    return Answer(
        number="4.2",
        question="Mirror the four adversarial photos, crop them to about 80 %, rotate them by 30°, "
        "make them grey. How are they classified then, and why?",
        answer=plain_verdict(found, names),
        glance=glance_text(found),
        rule="PGD with EOT and plain PGD differ where the 95 % interval of the paired difference "
        "of the target's probability excludes 0.",
        numbers={each: found[each]["plain"]["top1_rate"] for each in ("none", *names)},
        evidence=[
            Paragraph(
                "The manipulations are Pillow's, on pictures of 8 bits a pixel, as in a file. All "
                f"{photos} from which the attacks start are measured: the "
                f"{counted(len(found['photos']), 'example')} of 4.1 with their targets, the others "
                "with one random target each; the figures show the examples. "
                f"{returned_text(found, names, start)}"
            ),
            Figure(
                path="plots/robustness/manipulations_plain.png",
                label="fig-plain",
                caption=f"Photos of plain PGD (ε = {level(found['epsilon']['plain'])}) under the "
                f"manipulations, with the class that {code(found['architecture'])} predicts and "
                f"its probability. Blue: the {start}; "
                "orange: the target.",
            ),
            _rates_table(found, start),
            Paragraph(
                "*Why.* What each manipulation does to the perturbation is known; how much of the "
                "effect is due to it was not measured. The destruction rate (Kurakin et al. 2017) "
                "is that of photos no longer classified as their target."
            ),
            Bullets([why_text(found, each, name, start) for each, name in names.items()]),
            Paragraph(
                f"*A larger ε and EOT.* {budget_text(found)} Under _expectation over "
                "transformation_ (EOT, Athalye et al. 2018) the attack maximizes the mean "
                f"log-probability of the target over random views of $X'$: {views_text(eot)}; "
                f"{counted(eot['samples'], 'view')} in each of {count(found['steps']['eot'])} "
                f"steps (@tab-probabilities). {unchanged_text(found)} "
                f"{eot_verdict(found, names)}"
            ),
            _probabilities_table(found, start),
            Paragraph(
                "*Strength of the manipulations* (@fig-strength). JPEG compression is not among "
                f"the views of EOT, nor are rotations beyond {eot['views']['rotation']}° or crops "
                f"below {short_percent(eot['views']['crop'])} of a side. {strengths_text(found)}"
            ),
            Figure(
                path="plots/robustness/strength.png",
                label="fig-strength",
                caption="Mean probability (top) and top-1 rate (bottom) against the strength of "
                f"each manipulation, {code(found['architecture'])}, over {photos} with 95 % "
                f"intervals: of the {start} for "
                "originals, of the target for the others. Strength grows to the right.",
            ),
            *(
                Code(function=f"attacks.manipulations:{name}")
                for name in ("mirror", "crop", "rotate", "desaturate")
            ),
            Code(function="optimize.objectives:Expectation"),
        ],
    )


def manipulations(settings: Record) -> dict[str, str]:
    """Name the manipulations."""
    side, area = settings["crop"], percent(settings["crop"] ** 2, 0)
    return {
        "mirror": "mirrored",
        "crop": f"cropped to {short_percent(side)} of each side ({area} of the area)",
        "rotation": f"rotated by {settings['rotation']}°",
        "grey": "grey",
    }


def photos_of(found: Record) -> int:
    """Count the photos."""
    number: int = found["none"]["eot"]["top1_rate"]["n"]
    return number


def kind_names(found: Record) -> dict[str, str]:
    """Name originals and attacks, with their epsilon."""
    return {"clean": "original"} | {
        kind: f"{name}, {level(found['epsilon'][kind])}" for kind, name in ATTACKS.items()
    }


def plain_verdict(found: Record, names: Mapping[str, str]) -> str:
    """Say how many photos of plain PGD keep their target."""
    kept = [
        f"{count_cell(found[each]['plain']['top1_rate'])} {name}" for each, name in names.items()
    ]
    unchanged = k_of_n(found["none"]["plain"]["top1_rate"])
    return (
        f"{unchanged} photos of plain PGD (ε = {level(found['epsilon']['plain'])}) are classified "
        f"as their target unchanged; {listed(kept)}."
    )


def glance_text(found: Record) -> str:
    """Say it in a line."""
    rates = {name: found[each]["plain"]["top1_rate"] for each, name in COLUMNS.items()}
    kept = [f"{k_of_n(rate)} {name}" for name, rate in rates.items()]
    return f"Classified as their target: {listed(kept)}."


def returned_text(found: Record, names: Mapping[str, str], start: str) -> str:
    """Count the photos of plain PGD that are classified as before the attack."""
    rates = [found[each]["plain"]["true_class_rate"] for each in names]
    return (
        f"In {sum(rate['count'] for rate in rates)} of {sum(rate['n'] for rate in rates)} cases "
        f"the photo of plain PGD is classified as its {start} again."
    )


def _rates_table(found: Record, start: str) -> Table:
    photos = found[next(iter(COLUMNS))]["plain"]["top1_rate"]["n"]
    return Table(
        label="tab-manipulations",
        caption=f"Percentage of the {photos} photos that are classified as their target (for the "
        f"originals, as their {start}), by manipulation, with Wilson's 95 % interval.",
        header=["Photos", *COLUMNS.values()],
        rows=[
            [name, *(rate_cell(found[each][kind]["top1_rate"], 0) for each in COLUMNS)]
            for kind, name in kind_names(found).items()
        ],
    )


def _probabilities_table(found: Record, start: str) -> Table:
    tests = [found[each]["eot_over_plain"]["top1"] for each in COLUMNS]
    return Table(
        label="tab-probabilities",
        caption=f"Mean probability of the target in % (for the originals, of the {start}), and the "
        f"paired difference of EOT and plain PGD at ε = {level(found['epsilon']['eot'])} in "
        "points, with 95 % intervals. Last row: photos classified as their target with EOT only, "
        "with plain PGD only, and McNemar's test.",
        header=["Photos", *COLUMNS.values()],
        rows=[
            *(
                [
                    name,
                    *(
                        plus_minus(found[each][kind]["mean_probability"], scale=100, digits=1)
                        for each in COLUMNS
                    ),
                ]
                for kind, name in kind_names(found).items()
            ),
            [
                "EOT minus plain",
                *(plus_minus(difference(found, each), scale=100, digits=1) for each in COLUMNS),
            ],
            [
                "only EOT, only plain",
                *(
                    f"{test['only_first']}, {test['only_second']}; {p_value(test['p_value'])}"
                    for test in tests
                ),
            ],
        ],
    )


def why_text(found: Record, manipulation: str, name: str, start: str) -> str:
    """Give the effect of a manipulation on adversarial photos and on originals, and its reason."""
    adversarial, original = found[manipulation]["plain"], found[manipulation]["clean"]
    destroyed = adversarial["destruction_rate"]
    effect = (
        "no photo of plain PGD was classified as its target before"
        if destroyed is None
        else f"of the photos of plain PGD that were classified as their target, "
        f"{k_of_n(destroyed)} are not any more"
    )
    text = (
        f"_{name[0].upper()}{name[1:]}_: {effect}; of the originals, "
        f"{k_of_n(original['top1_rate'])} are still classified as their {start}. "
        f"{WHY[manipulation]}"
    )
    if majority(original["top1_rate"]) != "above":
        text += (
            " Since the originals themselves are often misclassified then, little follows for the "
            "perturbation."
        )
    return text


def budget_text(found: Record) -> str:
    """Say what plain PGD and PGD with EOT have in common."""
    large, eot = (found["epsilon"][kind] for kind in ("plain_large", "eot"))
    return (
        f"Plain PGD with ε = {level(large)} takes {count(found['steps']['plain_large'])} steps "
        f"(@tab-manipulations, third row); PGD with EOT has the same step size, ε = {level(eot)} "
        f"and number of gradients, {count(found['gradients']['eot'])} a photo."
    )


def views_text(eot: Record) -> str:
    """Describe the random views."""
    views = eot["views"]
    return (
        f"mirrored with probability {views['mirror']}, cropped to at least "
        f"{short_percent(views['crop'])} of a side, rotated by up to {views['rotation']}° either "
        f"way, grey with probability {views['grey']}, blurred with up to σ = {views['blur']} pixel "
        f"and with noise of up to σ = {views['noise']}"
    )


def difference(found: Record, manipulation: str) -> Record:
    """Select the paired difference of the target's probability, EOT minus plain PGD."""
    interval: Record = found[manipulation]["eot_over_plain"]["probability"]
    return interval


def unchanged_text(found: Record) -> str:
    """Compare the success of PGD with EOT and of plain PGD without manipulation."""
    rates = {kind: k_of_n(found["none"][kind]["top1_rate"]) for kind in ("eot", "plain_large")}
    test = found["none"]["eot_over_plain"]["top1"]
    if test["p_value"] >= SIGNIFICANT_P:
        verdict = "no significant difference"
    elif test["only_first"] > test["only_second"]:
        verdict = "significantly more"
    else:
        verdict = "significantly fewer"
    return (
        f"Unchanged, {rates['eot']} photos with EOT and {rates['plain_large']} of plain PGD are "
        f"classified as their target: {verdict} (McNemar's test, {p_value(test['p_value'])})."
    )


def eot_verdict(found: Record, names: Mapping[str, str]) -> str:
    """Compare PGD with EOT and plain PGD of the same epsilon and number of gradients."""
    sides = {each: side_of(difference(found, each)) for each in names}
    if "unknown" in sides.values():
        return "One photo gives no interval, so plain PGD and EOT cannot be compared."
    words = {"above": "higher", "below": "lower", "straddles": "not significantly different"}
    parts = []
    for side, word in words.items():
        on_side = [
            f"{names[each]} ({points_interval(difference(found, each))})"
            for each in names
            if sides[each] == side
        ]
        if on_side:
            parts.append(f"{word} when {listed(on_side)}")
    return (
        f"With EOT the mean probability of the target is {'; '.join(parts)}, against plain PGD, "
        f"paired over {counted(photos_of(found), 'photo')}."
    )


def strengths_text(found: Record) -> str:
    """Count the strengths of each manipulation at which EOT and plain PGD differ."""
    sentences = []
    for side, word in (("above", "higher"), ("below", "lower")):
        counts = []
        for name, points in found["eot_over_plain_by_strength"].items():
            number = sum(side_of(each["probability"]) == side for each in points.values())
            if number:
                counts.append(f"{name} {number} of {len(points)}")
        if counts:
            sentences.append(
                f"With EOT the mean probability of the target is significantly {word} than with "
                f"plain PGD of the same ε at these numbers of strengths: {listed(counts)}."
            )
    return " ".join(sentences)
