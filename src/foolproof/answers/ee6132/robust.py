"""EE6132, beyond the sheet: its questions again, for a network with adversarial training."""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.document import Answer, Block, Figure, Paragraph, Table
from foolproof.answers.ee6132.training import NAMES as ORDINARY
from foolproof.answers.numbers import (
    count_cell,
    counted,
    listed,
    p_value,
    percent,
    percent_interval,
    plus_minus,
    points_interval,
    rate_interval,
    side_of,
    value_cell,
)

NAMES = {**ORDINARY, "robust": "adversarial training"}

CHANGES = {"targeted": "targeted images", "noise": "smallest noise"}
"""Parts of the record with images changed towards another class, and their names."""

SIGNIFICANT = 0.05

Compared = Mapping[str, Any]
"""metrics/mnist/robust_comparison.json."""


def robust_answer(
    training: Mapping[str, Any], compared: Compared, params: Mapping[str, Any], number: str
) -> Answer:
    """Answer the questions again.

    Args:
        training: metrics/mnist/robust.json.
        compared: metrics/mnist/robust_comparison.json.
        params: what params.yaml has.
        number: of the section.
    """
    config, settings = params["train"]["robust"], params["compare_robust_network"]
    images = compared["class_images"]
    return Answer(
        number=number,
        question="Beyond the sheet: what are the answers for a network with adversarial training?",
        answer=f"{glance(training, config)} {looks_verdict(images)}",
        glance=glance(training, config),
        rule="Two networks differ where the 95 % interval of the paired difference excludes 0, "
        "for both ordinary networks.",
        numbers={
            "test_pgd": training["test_pgd"],
            "test_accuracy": training["test_accuracy"],
            "nearest_robust_minus": images["robust_minus"],
        },
        evidence=[
            Paragraph(training_text(training, config)),
            Figure(
                path="plots/compare_robust_network/attacks.png",
                label="fig-attack-curves",
                caption="Accuracy on "
                f"{counted(training['validation']['robust']['pgd']['n'], 'validation image')} "
                "along both adversarial trainings: without attack, under FGSM and under PGD with "
                f"{config['attack_curve']['steps']} steps at ε = "
                f"{config['attack_curve']['epsilon']}; bands are 95\u00a0% intervals.",
                width=86,
            ),
            *class_images_evidence(images, settings),
            *changes_evidence(compared, settings),
            *filters_evidence(compared, settings),
        ],
    )


def glance(training: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Say how robust it is in a line."""
    return (
        f"{rate_interval(training['test_pgd'])} test images withstand PGD at ε = "
        f"{config['attack_curve']['epsilon']}."
    )


def look_more(images: Mapping[str, Any]) -> bool:
    """Say whether the class-maximizing images look like digits more often, against both."""
    return all(side_of(images["robust_minus"][name]) == "above" for name in ORDINARY)


def looks_verdict(images: Mapping[str, Any]) -> str:
    """Say the same in words."""
    if look_more(images):
        return (
            "Its class-maximizing images look like their class, by the nearest real digits, more "
            "often than those of both ordinary networks."
        )
    return (
        "That its class-maximizing images look like their class, by the nearest real digits, more "
        "often than those of both ordinary networks is not shown."
    )


def adversary_text(adversary: Mapping[str, Any]) -> str:
    """Name the attack of a training."""
    steps, random = len(adversary["steps"]), adversary["random_start"]
    start = "with a random start" if random else "without a random start"
    if steps == 1:
        return f"FGSM {start} ({'Wong et al. 2020' if random else 'Goodfellow et al. 2015'})"
    return f"PGD {start} in {counted(steps, 'step')} (Madry et al. 2018)"


def training_text(training: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Describe the training, and the one that overfits to its attack."""
    adversary, other = config["adversary"], config["overfitted"]["adversary"]
    validated = training["validation"]
    test = training["pgd_mcnemar"]
    return (
        "The network without batch norm is trained again, on adversarial images of "
        f"{adversary_text(adversary)} at ε = {adversary['epsilon']}, for "
        f"{counted(training['epochs'], 'epoch')}; batch size, learning rate and label smoothing "
        "also differ from those of the ordinary networks. It classifies "
        f"{rate_interval(training['test_accuracy'])} test images correctly. *Catastrophic "
        f"overfitting.* On validation images {rate_interval(validated['robust']['pgd'])} withstand "
        f"PGD after this training. A second one by {adversary_text(other)}"
        f"{'' if other['ramp'] else ', without a ramp of ε,'} ends at "
        f"{rate_interval(validated['overfitted']['fgsm'])} under FGSM, but "
        f"{rate_interval(validated['overfitted']['pgd'])} under PGD (@fig-attack-curves). "
        f"{overfitting_text(test)} (McNemar's test on the same images: {test['only_first']} "
        f"withstand PGD after the first training alone, {test['only_second']} after the second "
        f"alone, {p_value(test['p_value'])}.)"
    )


def overfitting_text(test: Mapping[str, Any]) -> str:
    """Say whether the second training overfits to its attack, by McNemar's test."""
    if test["p_value"] < SIGNIFICANT and test["only_first"] > test["only_second"]:
        return "It has learned to defeat one step alone."
    return "A difference under PGD is not shown."


# ---- Class-maximizing images -----------------------------------------------------------------


def class_images_evidence(
    images: Mapping[str, Any], settings: Mapping[str, Any]
) -> Sequence[Block]:
    """Compare the class-maximizing images of the networks."""
    nearest = settings["nearest_digits"]
    differences = listed(
        [
            f"{points_interval(images['robust_minus'][key], 0)} ({name}, McNemar's test "
            f"{p_value(images['mcnemar'][key]['p_value'])})"
            for key, name in ORDINARY.items()
        ]
    )
    return [
        Paragraph(
            "*Class-maximizing images (3.1, 3.2).* All networks start from the same nearly uniform "
            f"grey (mean {settings['class_images']['noise']['mean']}, standard deviation "
            f"{settings['class_images']['noise']['std']} of 255). An "
            "image looks like its class if most of its "
            f"{nearest['neighbours']} nearest training digits are of it. Nearest means the largest "
            "correlation of blurred pixels; no network takes part. The control: "
            f"{rate_interval(images['test_digits'])} test digits have nearest digits of their "
            "class. The robust network's share of images with nearest digits of their class, minus "
            f"that of another network, is {differences}. The starts of a class give similar "
            f"images, so the interval is over the {images['robust_minus']['nobn']['n']} classes."
        ),
        Figure(
            path="plots/compare_robust_network/class_images.png",
            label="fig-robust-images",
            caption="One class-maximizing image for each class and network, with the class of its "
            "nearest training digits.",
        ),
        class_images_table(images),
        Paragraph(
            "Recognition by other networks is no measure of likeness, since they have in common "
            "what they respond to, and no training image has a grey background. "
            f"{disagreements_text(images)}{reason_text(images)}"
        ),
    ]


def reason_text(images: Mapping[str, Any]) -> str:
    """Explain the difference where there is one."""
    if not look_more(images):
        return ""
    return (
        " *Why?* An ordinary network only has to separate digits, and faint patterns that no digit "
        "consists of separate them as well. Adversarial training makes such patterns useless: "
        "whatever ε can reverse carries no evidence. What is left is strokes."
    )


def class_images_table(images: Mapping[str, Any]) -> Table:
    """List for each network how its images are classified."""
    others = {key: [other for other in NAMES if other != key] for key in NAMES}
    found = images["networks"]
    return Table(
        label="tab-robust-images",
        caption="Class-maximizing images by network: k of n with Wilson's 95\u00a0% interval. The "
        "last columns say how many of them each network predicts as their class.",
        header=["Images of the network", "Nearest digits", *(f"by {n}" for n in NAMES.values())],
        rows=[
            [
                name,
                count_cell(found[key]["nearest"]),
                *(
                    count_cell(found[key]["predicted_by"][other])
                    if other in others[key]
                    else count_cell(found[key]["classified"])
                    for other in NAMES
                ),
            ]
            for key, name in NAMES.items()
        ],
    )


def disagreements_text(images: Mapping[str, Any]) -> str:
    """Say where networks and nearest digits disagree, by McNemar's test on the same images."""
    found = [
        f"images of the network {NAMES[source]}, predicted by that {NAMES[other]}: "
        f"{of_source['predicted_by'][other]['count']} against {of_source['nearest']['count']} "
        f"({p_value(test['p_value'])})"
        for source in NAMES
        for of_source in [images["networks"][source]]
        for other, test in of_source["predicted_against_nearest"].items()
        if test["p_value"] < SIGNIFICANT
    ]
    if found:
        return f"Here they contradict the nearest digits: {'; '.join(found)}."
    return "Here no contradiction to the nearest digits is significant."


# ---- Targeted images and noise ---------------------------------------------------------------


def changes_evidence(compared: Compared, settings: Mapping[str, Any]) -> Sequence[Block]:
    """Compare the images near a digit, and the smallest noise."""
    return [
        Paragraph(
            "*Targeted images and noise (3.4 to 3.7).* From "
            f"{counted(compared['noise']['digits'], 'test digit')} that all three networks "
            "classify correctly, at equal settings: an image near the digit with the target as its "
            f"prediction at {percent(settings['targeted']['confidence'], 0)}, for all wrong "
            f"classes of {counted(compared['targeted']['digits'], 'digit')}, and the smallest "
            "noise by DDN, for one wrong class each. "
            + " ".join(changes_text(compared, part) for part in CHANGES)
            + " The intervals are over the digits. The picture on the first page (@fig-overview) "
            "shows one digit."
        ),
        changes_table(compared),
    ]


def needs_larger(ratio: Mapping[str, Any] | None) -> bool:
    """Say whether the interval of a ratio of norms lies above 1."""
    return ratio is not None and side_of(ratio, 1) == "above"


def needs_larger_than_both(compared: Compared, part: str) -> bool:
    """Say whether the robust network needs larger norms than both ordinary ones."""
    return all(needs_larger(compared[part]["norm_ratio"][name]) for name in ORDINARY)


def overview_caption(compared: Compared) -> str:
    """Describe the picture of images near one digit."""
    norms = (
        " The network with adversarial training needs larger changes than both ordinary ones "
        "(section C)."
        if needs_larger_than_both(compared, "targeted")
        else ""
    )
    return (
        "One digit, and images near it that are optimized until each of three networks (rows) "
        f"classifies them as another class, the target.{norms}"
    )


def changes_text(compared: Compared, part: str) -> str:
    """Compare the norms, and how many images look like the target."""
    found = compared[part]
    larger = (
        "the robust network needs larger norms than both ordinary ones"
        if needs_larger_than_both(compared, part)
        else "larger norms for the robust network than for both ordinary ones are not shown"
    )
    differences = listed(
        [
            f"{points_interval(found['robust_minus'][key], 0)} ({name})"
            for key, name in ORDINARY.items()
        ]
    )
    return (
        f"{CHANGES[part].capitalize()}: {larger}; the share that looks like the target differs by "
        f"{differences}."
    )


def changes_table(compared: Compared) -> Table:
    """List reach, norms and likeness by network."""

    def ratio_cell(part: str, key: str) -> str:
        if key not in ORDINARY:
            return "–"
        ratio = compared[part]["norm_ratio"][key]
        return "no pair" if ratio is None else value_cell(ratio, 1)

    return Table(
        label="tab-robust-changes",
        caption="Images changed towards another class: k of n with Wilson's 95\u00a0% interval, "
        "mean L2 norm ± 95\u00a0% interval. The ratio is of the L2 norms, robust to ordinary, for "
        "the same pairs, with its 95\u00a0% interval.",
        header=[
            "Images",
            "Network",
            "Reached",
            "L2 norm",
            "Nearest digits of the target",
            "Ratio",
        ],
        rows=[
            [
                title,
                name,
                count_cell(found["reached"]),
                plus_minus(found["l2"], digits=1),
                count_cell(found["nearest_target"]),
                ratio_cell(part, key),
            ]
            for part, title in CHANGES.items()
            for key, name in NAMES.items()
            for found in [compared[part]["networks"][key]]
        ],
        texts=2,
    )


# ---- Filters and occlusion -------------------------------------------------------------------


def filters_evidence(compared: Compared, settings: Mapping[str, Any]) -> Sequence[Block]:
    """Compare the first filters and the occlusion maps."""
    side, fill = (settings["occlusion"][key] for key in ("side", "fill"))
    means = listed(
        [f"{percent(compared['filters'][key]['constant'], 0)} ({n})" for key, n in NAMES.items()]
    )
    ink = compared["occlusion"]["ink_difference"]
    return [
        Paragraph(
            f"*Filters and occlusion (2.1, 2.4).* Of the energy of the first filters the mean "
            f"takes {means}; these are three single trainings. A {side} × {side} patch lowers the "
            "probability on the digit more than beside it by "
            f"{listed([f'{percent_interval(ink[key], 1)} ({n})' for key, n in NAMES.items()])}. "
            f"{occlusion_text(compared['occlusion']['robust_minus'])}"
        ),
        Figure(
            path="plots/compare_robust_network/filters.png",
            label="fig-robust-filters",
            caption="The filters of the first convolution of each network, on one scale; positive "
            "weights are red, negative ones blue.",
        ),
        Figure(
            path="plots/compare_robust_network/occlusion.png",
            label="fig-robust-occlusion",
            caption=f"Probability of the class by the position of a {side} × {side} patch of grey "
            f"level {fill}, for each network; the line is the digit's outline.",
        ),
    ]


def occlusion_text(minus: Mapping[str, Any]) -> str:
    """Compare the contrasts of the occlusion maps."""
    found = listed(
        [
            f"{plus_minus(minus[key], scale=100, digits=1)} points ({name}"
            f"{', not significant' if side_of(minus[key]) == 'straddles' else ''})"
            for key, name in ORDINARY.items()
        ]
    )
    return (
        f"The robust network's difference minus that of the others is {found}, "
        f"n = {minus['nobn']['n']} digits."
    )
