"""CIS680, questions 4.1 and 4.2: one-sided attacks."""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from foolproof.answers.document import Answer, Block, Figure, Paragraph, Table, Warn
from foolproof.answers.numbers import (
    count,
    counted,
    difference_text,
    fixed,
    is_above,
    listed,
    majority,
    mean_text,
    percent,
    rate_interval,
    rate_text,
    scientific,
    short_percent,
    side_of,
)

Record = Mapping[str, Any]
"""metrics/attacks/one_sided.json, or a part of it."""

Settings = Mapping[str, Any]
"""Section `attack_one_sided` of params.yaml."""

PLOTS = "plots/evaluate_one_sided"

ROUNDING = 1e-6
"""Of a pixel, full range 2: violation of the constraints that float32 may cause."""

CLASSES = range(10)


def introduction(record: Record, trained: Record) -> list[Block]:
    """Say which network is attacked, and warn where it is not the trained one.

    Args:
        record: metrics/attacks/one_sided.json.
        trained: metrics/cis680/first.json.
    """
    same = record["weights_sha256"] == trained["weights_sha256"]
    trained_text = ", and the same that the training wrote" if same else ""
    blocks: list[Block] = [
        Paragraph(
            "The attacked network is that of the first training. Its weights are frozen: a SHA-256 "
            f"over them is the same before and after the attack{trained_text}. The attack "
            "differentiates a copy with batch norm folded, whose SHA-256 is the same before and "
            "after it too. Pixels are numbers in [0, 1] here, black to white; distances in the "
            "sheet's range [−1, 1] are twice as large."
        )
    ]
    if not same:
        blocks.append(
            Warn(
                "*Other weights.* The attacked weights are not those that the first training wrote."
            )
        )
    return blocks


def examples_figure(confidence: float) -> Figure:
    """Show examples of both attacks; for the first page."""
    return Figure(
        path=f"{PLOTS}/examples.png",
        label="fig-examples",
        caption="Questions 4.1 and 4.2: random successes of the untargeted (upper row) and the "
        "targeted (lower row) one-sided attack on the CIS680 network. Above the images: the "
        f"predicted class and its probability, at least {short_percent(confidence)} for the "
        "adversarial ones; above the perturbations: their range.",
        width=94,
    )


# ---- Untargeted ------------------------------------------------------------------------------


def untargeted_answer(record: Record, settings: Settings, input_shape: Sequence[int]) -> Answer:
    """Answer question 4.1.

    Args:
        record: metrics/attacks/one_sided.json.
        settings: section `attack_one_sided` of params.yaml.
        input_shape: of an image.
    """
    untargeted = record["untargeted"]
    confidence, rate = short_percent(settings["confidence"]), untargeted["success_rate"]
    verdict = success_verdict(
        rate, "every test image that the network classifies correctly", rate_interval
    )
    return Answer(
        number="4.1",
        question="Change a test image so that it is classified as any other digit with a "
        f"probability of at least {confidence}. Pixels may only increase, and stay valid. Show two "
        "examples and describe how they differ from their originals.",
        answer=" ".join(
            part
            for part in (verdict, effort_verdict(untargeted, settings), constraint_verdict(record))
            if part
        ),
        glance=verdict,
        rule="By the count of successes, or the 95 % interval of their share relative to one half; "
        "the constraints hold if no pixel violates them by more than float32 rounds.",
        numbers={"success_rate": rate, "max_violation": record["max_violation"]},
        evidence=[
            Paragraph(method_text(settings)),
            Paragraph(attacked_text(record, confidence)),
            *([] if is_kept(record) else [Warn(constraint_verdict(record))]),
            effort_table(record),
            *difference_blocks(untargeted, prod(input_shape)),
            *confusions_blocks(untargeted),
        ],
    )


def success_verdict(rate: Record | None, what: str, rate_in_words: Callable[[Record], str]) -> str:
    """Say how often an attack succeeds.

    Args:
        rate: of success; None without an attack.
        what: is attacked, such as "every image and target".
        rate_in_words: writes the rate.
    """
    if rate is None:
        return "There was no image to attack."
    if rate["count"] == rate["n"]:
        verdict = f"The attack succeeds on {what}"
    elif rate["count"] == 0:
        verdict = "The attack never succeeds"
    else:
        verdict = {
            "above": "The attack succeeds on most",
            "below": "The attack succeeds on a minority",
        }.get(majority(rate), "The attack succeeds on about half, the interval including 50\u00a0%")
    return f"{verdict}: {rate_in_words(rate)}."


def effort_verdict(untargeted: Record, settings: Settings) -> str:
    """Say how many steps a success takes, and how large its perturbation is."""
    steps, linf = (untargeted[key]["median"] for key in ("steps", "linf"))
    if steps is None:
        return ""
    return (
        f"The median is {counted(round(steps), 'step')} of {settings['step_size']}; the median of "
        f"the max change of a pixel is {levels(linf)} of 255 grey levels."
    )


def levels(size: float) -> str:
    """Write a distance of pixels in grey levels."""
    return fixed(255 * size, 0)


def is_kept(record: Record) -> bool:
    """Say whether the constraints hold."""
    return bool(record["max_violation"] <= ROUNDING)


def constraint_verdict(record: Record) -> str:
    """Say whether the constraints hold."""
    if is_kept(record):
        return '$x_"adv" >= x$ holds in every pixel, and none is outside of the valid range.'
    return f"A pixel violates the constraints by {scientific(record['max_violation'])}."


def method_text(settings: Settings) -> str:
    """Describe the attack."""
    return (
        "With $I$ an image that the network classifies correctly as $y$, $X = I + I_epsilon$ "
        "starts at $X^0 = I$ and maximizes the loss of the true class, "
        '$ X^(k+1) = op("clip")_([I, 1]) (X^k + epsilon thin op("sign") nabla_X L(X^k, y)), quad '
        f"L(X, y) = -ln p_y (X), quad epsilon = {settings['step_size']}. $ This is the fast "
        "gradient sign method (Goodfellow et al. 2014) iterated, the basic iterative method "
        "(Kurakin et al. 2017). As $I$ is fixed, the gradient with respect to the perturbation "
        "$I_epsilon = X - I$ is the same. The clip of each pixel is the projection on both "
        "constraints: $X >= I$ (a) and $X <= 1$ (b). The attack stops as soon as a wrong class has "
        f"{short_percent(settings['confidence'])}, or after {count(settings['steps'])} steps. "
        "@fig-examples, on the first page, shows examples."
    )


def attacked_text(record: Record, confidence: str) -> str:
    """Count what is attacked and what succeeds, and report the constraints."""
    untargeted = record["untargeted"]
    least = untargeted["min_confidence"]
    lowest = "" if least is None else f" (min {percent(least, 1)})"
    checked = ""
    if is_kept(record):
        exactly = (
            "exactly"
            if record["max_violation"] == 0
            else f"to within {scientific(record['max_violation'])} in the sheet's units"
        )
        checked = f" *Constraints:* checked on the file that the attack left, they hold {exactly}."
    return (
        f"*All test images.* Of {count(record['images'])} test images the network classifies "
        f"{count(record['correct'])} correctly, and all of these are attacked: "
        f"{count(untargeted['successes'])} are misclassified with a probability of at least "
        f"{confidence}{lowest}.{checked}"
    )


def effort_table(record: Record) -> Table:
    """List the quantiles of steps and norms of both attacks."""
    attacks = [record[name] for name in ("untargeted", "targeted")]

    def row(name: str, key: str, shown: Callable[[float], str]) -> list[str]:
        cells = []
        for attack in attacks:
            found = attack[key]
            if found["median"] is None:
                cells += ["–", "–"]
            else:
                cells += [shown(found["median"]), f"{shown(found['q05'])} to {shown(found['q95'])}"]
        return [name, *cells]

    def whole(number: float) -> str:
        return count(round(number))

    return Table(
        label="tab-effort",
        caption=f"Steps and norms of the {count(attacks[0]['successes'])} untargeted and "
        f"{count(attacks[1]['successes'])} targeted successful attacks on the CIS680 network: "
        "median and the range of the middle 90\u00a0%. "
        "L₀: number of perturbed pixels; L₁: sum of the perturbation in units of one white pixel; "
        "L∞: max perturbation of a pixel.",
        header=["", "untargeted: median", "5 % to 95 %", "targeted: median", "5 % to 95 %"],
        rows=[
            row("Steps", "steps", whole),
            row("L₀ (pixels)", "l0", whole),
            row("L₁ (white pixels)", "l1", lambda number: fixed(number, 1)),
            row("L∞ (grey levels of 255)", "linf", levels),
        ],
    )


def difference_blocks(untargeted: Record, pixels: int) -> list[Block]:
    """Describe how adversarial images differ from their originals."""
    l0, l1, linf = (untargeted[key]["median"] for key in ("l0", "l1", "linf"))
    if l0 is None:
        return []
    faint, own = untargeted["faint_rate"], untargeted["transfer"]["networks"]["first"]
    small = (
        ", so the strokes stand out from the perturbation. Many small changes, each in the "
        "direction of the gradient's sign, add up"
        if majority(faint) == "above"
        else ""
    )
    return [
        Paragraph(
            "*The difference.* The strokes of the original remain, since no pixel may decrease. In "
            f"the median of the {count(untargeted['successes'])} images {count(round(l0))} of "
            f"{pixels} pixels ({percent(l0 / pixels, 0)}) are perturbed, by "
            f"{levels(l1 / max(1, l0))} grey levels on average and {levels(linf)} at most "
            f"(@fig-examples, @tab-effort). In {rate_interval(faint)} of them no pixel changes by "
            f"more than half of the full range{small}. With the values of each perturbation "
            "shuffled among the pixels, the attacked network misclassifies "
            f"{rate_interval(own['shuffled_error_rate'])} of these images, "
            f"{difference_text(own['shuffled_excess'])} more than of the originals: "
            f"{pattern_verdict(own['shuffled_error_rate'])}"
        )
    ]


def pattern_verdict(shuffled: Record) -> str:
    """Say whether the pattern of a perturbation causes the errors, or its norm alone."""
    return {
        "below": "the pattern causes most of the errors, not the norm.",
        "above": "the norm alone causes most of the errors.",
    }.get(majority(shuffled), "the norm alone causes about half of the errors.")


def confusions_blocks(untargeted: Record) -> list[Block]:
    """Show which classes the images are confused with."""
    confusions, common = untargeted["confusions"], untargeted["most_common_confusions"][:3]
    if not common:
        return []
    pairs = [
        f"{true} as {predicted} ({count(confusions[true][predicted])} of "
        f"{count(sum(confusions[true]))} images of a {true})"
        for true, predicted in ((each["true"], each["predicted"]) for each in common)
    ]
    return [
        Paragraph(f"*Confusions* (@tab-confusions). The most common: {listed(pairs)}."),
        class_table(
            label="tab-confusions",
            caption="Successes of the untargeted attack by true class (row) and predicted class "
            "(column). Darker: a larger share of the true class.",
            cell=lambda row, column: (
                count(confusions[row][column]),
                confusions[row][column] / max(1, sum(confusions[row])),
            ),
        ),
    ]


def class_table(
    *, label: str, caption: str, cell: Callable[[int, int], tuple[str, float | None]]
) -> Table:
    """Make a table of all pairs of classes.

    Args:
        label: of the table.
        caption: of the table.
        cell: gives content and shade of a pair of different classes.
    """
    cells = [[("–", None) if i == j else cell(i, j) for j in CLASSES] for i in CLASSES]
    return Table(
        label=label,
        caption=caption,
        header=["true", *map(str, CLASSES)],
        rows=[[f"*{i}*", *(text for text, _ in row)] for i, row in enumerate(cells)],
        shades=[[shade for _, shade in row] for row in cells],
    )


# ---- Targeted --------------------------------------------------------------------------------


def targeted_answer(record: Record, settings: Settings) -> Answer:
    """Answer question 4.2."""
    targeted = record["targeted"]
    rate = targeted["success_rate"]
    return Answer(
        number="4.2",
        question="Now choose a target class, under the same constraints.",
        answer=success_verdict(rate, "every image and target", rate_text),
        rule="By the count of successes, or the 95 % interval of their share relative to one half. "
        "The interval is over images, each with several targets.",
        numbers={"success_rate": rate, "effort": targeted["effort"]},
        evidence=[
            Paragraph(
                "The loss of the target $t$ replaces that of the true class, and is minimized: "
                '$ X^(k+1) = op("clip")_([I, 1]) (X^k - epsilon thin op("sign") nabla_X L(X^k, '
                f"t)), quad L(X, t) = -ln p_t (X). $ The attack stops when $p_t >= "
                f"{settings['confidence']}$. Up to {settings['targeted_images']} correctly "
                "classified images of each class are attacked with all nine other classes as "
                f"targets (@fig-grid): {count(targeted['attacked'])} attacks, "
                f"{count(targeted['successes'])} of them successful."
            ),
            *effort_blocks(targeted["effort"]),
            targets_table(targeted),
            Figure(
                path=f"{PLOTS}/grid.png",
                label="fig-grid",
                caption="One image of each class (row), with every other class (column) as the "
                "target of the one-sided attack on the CIS680 network, and the probability of the "
                "target; that of a failure is orange. The originals are on the diagonal.",
                width=80,
            ),
        ],
    )


def targets_table(targeted: Record) -> Table:
    """List the mean steps by true class and target, and the pairs with failures."""
    images, rates = targeted["images_by_class"], targeted["success_by_pair"]
    steps = targeted["mean_steps_by_pair"]
    most = max((each for row in steps for each in row if each is not None), default=1)

    def cell(row: int, column: int) -> tuple[str, float | None]:
        rate, mean = rates[row][column], steps[row][column]
        if rate is None:
            return "–", None
        text = "–" if mean is None else fixed(mean, 0)
        failed = "" if rate == 1 else f" ({round(rate * images[row])}/{images[row]})"
        return text + failed, None if mean is None else mean / most

    return class_table(
        label="tab-targets",
        caption="Mean number of steps of the successful targeted attacks by true class (row) and "
        "target (column), and where attacks fail the number of successes of all in brackets. "
        f"{images_text(images)} Darker: more steps.",
        cell=cell,
    )


def images_text(images: Sequence[int]) -> str:
    """Say how many images a pair of classes has."""
    fewest, most = min(images), max(images)
    if fewest == most:
        return f"Each pair has {counted(most, 'image')}."
    return f"A pair has {fewest} to {most} images."


def effort_blocks(effort: Record) -> list[Block]:
    """Compare the steps by target; nothing without a comparison."""
    sentences = [
        each
        for each in (
            targets_text(effort["targets"]),
            strokes_text(effort["strokes"]),
            beyond_text(effort["beyond_untargeted"]),
        )
        if each
    ]
    return [Paragraph(" ".join(sentences))] if sentences else []


def steps_text(interval: Record) -> str:
    """Write a mean number of steps."""
    return mean_text(interval, digits=0)


def targets_text(targets: Record | None) -> str:
    """Compare the easiest with the hardest target; the extremes of ten differ by chance alone."""
    if targets is None:
        return ""
    easiest, hardest, difference = (targets[key] for key in ("easiest", "hardest", "difference"))
    doubt = "" if is_above(difference) else ", which is not significant"
    return (
        f"By the mean steps (@tab-targets), the easiest target is {easiest['target']} with "
        f"{steps_text(easiest['steps'])} and the hardest {hardest['target']} with "
        f"{steps_text(hardest['steps'])}. On the images that have both as targets the difference "
        f"is {steps_text(difference)} steps{doubt} (the two were chosen as the extremes)."
    )


def strokes_text(strokes: Record) -> str:
    """Compare adding strokes, 1 to 8, with removing them; all is missing without a pair."""
    there, back, difference = (strokes[key] for key in ("there", "back", "difference"))
    if difference is None:
        return ""
    verdict = {
        "above": ": strokes can be added, but not removed",
        "below": ", against the expectation that adding strokes is easier than removing them",
    }.get(side_of(difference), ", not significant")
    return (
        f"From 1 to 8 the mean number of steps is {steps_text(there)}, from 8 to 1 "
        f"{steps_text(back)}. The difference is {steps_text(difference)} (Welch){verdict}."
    )


def beyond_text(beyond: Record | None) -> str:
    """Compare with the untargeted attack on the same images."""
    if beyond is None:
        return ""
    verdict = {
        "above": ": that one may reach the nearest class",
        "below": "",
    }.get(side_of(beyond), ", not significant")
    size = steps_text({**beyond, "mean": abs(beyond["mean"])})
    return (
        f"A target takes {size} {'fewer' if beyond['mean'] < 0 else 'more'} steps than the "
        f"untargeted attack on the same image, on average over the images{verdict}."
    )
