"""EE6132, questions 3.1 to 3.3: class-maximizing images, from noise."""

from collections.abc import Mapping
from typing import Any

from foolproof.answers.document import Answer, Figure, Paragraph, Table
from foolproof.answers.numbers import (
    counted,
    fixed,
    is_above,
    mean_text,
    percent,
    percent_interval,
    plus_minus,
    rate_interval,
    side_of,
)

HIGH_CONFIDENCE = 0.9
"""From which on a prediction counts as confident."""

Images = Mapping[str, Any]
"""metrics/attacks/nontargeted.json."""


def images_answer(images: Images, settings: Mapping[str, Any]) -> Answer:
    """Answer question 3.1.

    Args:
        images: metrics/attacks/nontargeted.json.
        settings: section `attack_nontargeted` of params.yaml.
    """
    starts, noise = settings["starts_per_class"], settings["noise"]
    return Answer(
        number="3.1",
        question="Begin with Gaussian noise around mid-grey and maximize the logit of a class by "
        "gradient ascent. Show the image for each class. Is it always classified as the target, "
        "with high confidence?",
        answer=confidence_verdict(images),
        rule="Every image is classified as its target, with a confidence of at least "
        f"{HIGH_CONFIDENCE:.0%} after the last number of steps.",
        numbers={
            "success_rate": images["success_rate"],
            "min_confidence": images["min_confidence"],
        },
        evidence=[
            Paragraph(
                "This is activation maximization. With $z_t (X)$ the logit of target $t$ and step "
                f"size $eta = {settings['step_size']}$, "
                '$ C = z_t (X), quad X <- op("clip")_([0,1]) (X + eta thin nabla_X C). $'
                f"{counted(images['images'], 'image')} are optimized, "
                f"{counted(starts, 'start')} a class with mean {noise['mean']} and standard "
                f"deviation {noise['std']} grey levels."
            ),
            Figure(
                path="plots/attack_nontargeted/class_images.png",
                label="fig-images",
                caption="One class-maximizing image for each class, from noise, with its predicted "
                "class and probability; a row for each number of steps.",
            ),
            steps_table(images),
        ],
    )


def confidence_verdict(images: Images) -> str:
    """Say whether all images are classified as their targets, with high confidence."""
    success, least = images["success_rate"], images["min_confidence"]
    found = f"{rate_interval(success)}, min confidence {share_text(least)}."
    if success["count"] < success["n"]:
        return f"Not always: their target is the predicted class of {found}"
    if least < HIGH_CONFIDENCE:
        return (
            f"Every image is classified as its target, but not always with high confidence: {found}"
        )
    return f"Yes: every image is classified as its target, with high confidence: {found}"


def share_text(share: float) -> str:
    """Write a probability that two digits do not round to 100 %."""
    return "> 99.99\u00a0%" if 0.99995 <= share < 1 else percent(share)


def by_steps(images: Images) -> list[tuple[str, Mapping[str, Any]]]:
    """List the results by the number of steps, ascending."""
    return sorted(images["by_steps"].items(), key=lambda each: int(each[0]))


def steps_table(images: Images) -> Table:
    """List the results by the number of steps."""

    def mean_confidence(result: Mapping[str, Any]) -> str:
        found = result["mean_confidence"]
        mean = share_text(found["mean"])
        return mean if mean.startswith(">") else percent_interval(found)

    return Table(
        label="tab-steps",
        caption="Classification of the images by the number of steps; means ± 95\u00a0% interval, "
        f"n = {images['images']}.",
        header=[
            "Steps",
            "Classified as the target",
            "Mean confidence",
            "Min confidence",
            "Black or white pixels",
        ],
        rows=[
            [
                steps,
                rate_interval(result["success_rate"]),
                mean_confidence(result),
                share_text(result["min_confidence"]),
                percent_interval(result["pixels_at_bounds"], 1),
            ]
            for steps, result in by_steps(images)
        ],
    )


# ---- Question 3.2 ----------------------------------------------------------------------------


def looks_answer(images: Images) -> Answer:
    """Answer question 3.2."""
    nearest = images["nearest_digit_mse"]
    because = (
        " *Why not?* The network is discriminative: it models what separates the classes, not what "
        "a digit is. It was trained on digits only, and its logits on other images are an "
        "extrapolation. Nothing in $C$ enforces a black background or connected strokes. The "
        "gradient adds evidence for the class in every pixel, and many small changes add up."
        if is_above(nearest["farther"], 0.5)
        else ""
    )
    return Answer(
        number="3.2",
        question="Do these images look like digits, and if not, why?",
        answer=looks_verdict(nearest),
        rule="By the 95 % interval of the probability that an image is farther from its nearest "
        "training digit than a test digit is from its own, compared with one half.",
        numbers={"farther": nearest["farther"]},
        evidence=[
            Paragraph(
                "The measure is the mean squared distance (MSE) to the nearest of the training "
                f"digits. On average it is {mean_text(nearest['images'], digits=3)} for "
                f"class-maximizing images and {mean_text(nearest['test_digits'], digits=3)} for "
                "test digits. The MSE alone is no measure of likeness, since a shifted or an "
                "inverted digit is as far: @fig-images lets the eye decide, and section C "
                f"compares shapes, by the correlation of blurred pixels.{because}"
            )
        ],
    )


def looks_verdict(nearest: Mapping[str, Any]) -> str:
    """Compare the distance to the nearest training digit with that of test digits."""
    found = nearest["farther"]
    probability = (
        f"with probability {percent(found['value'], 0)} (95\u00a0% interval "
        f"{fixed(100 * found['low'], 0)}–{percent(found['high'], 0)})"
    )
    return {
        "above": "No: they are farther from every training digit than a test digit, "
        f"{probability}.",
        "below": "Yes: they are nearer to a training digit than test digits are; farther only "
        f"{probability}.",
        "straddles": "Their distance to the nearest training digit does not differ significantly "
        f"from that of test digits: farther {probability}.",
    }[side_of(found, 0.5)]


# ---- Question 3.3 ----------------------------------------------------------------------------


def cost_answer(images: Images) -> Answer:
    """Answer question 3.3."""
    cost = images["cost"]
    return Answer(
        number="3.3",
        question="Plot the cost along the ascent. Does it increase or decrease?",
        answer=cost_verdict(cost),
        rule="By the 95 % intervals over the images: of the difference between last and first "
        "cost, and of that between the gains of the first and the second half of the steps.",
        numbers={"rise": cost["rise"], "early_minus_late": cost["early_minus_late"]},
        evidence=[
            Paragraph(f"{single_steps_text(cost)} {bend_text(cost)} {bounds_text(images)}"),
            Figure(
                path="plots/attack_nontargeted/cost.png",
                label="fig-cost",
                caption="Cost (logit of the target class) against the step, for each class: mean "
                "over the starts, band from min to max.",
                width=86,
            ),
        ],
    )


def cost_verdict(cost: Mapping[str, Any]) -> str:
    """Say whether the cost rises or falls."""
    first, last = (plus_minus(cost[key], digits=1) for key in ("first", "last"))
    found = f"from {first} to {last}, by {mean_text(cost['rise'], digits=1)} on average."
    return {
        "above": f"The cost increases, {found}",
        "below": f"The cost decreases, {found}",
        "straddles": f"A change of the cost is not significant: it goes {found}",
        "unknown": f"One image gives no interval: the cost goes {found}",
    }[side_of(cost["rise"])]


def single_steps_text(cost: Mapping[str, Any]) -> str:
    """Say how many single steps raise the cost."""
    rising = cost["rising_steps"]
    others = (
        "; the others overshoot, since the step size is fixed and the logit is only piecewise "
        "smooth (ReLU, pooling, clipping)"
        if rising["mean"] < 1
        else ""
    )
    return f"Of the single steps {percent_interval(rising, 1)} increase it{others}."


def bend_text(cost: Mapping[str, Any]) -> str:
    """Say whether the curve flattens, by the gains of its halves."""
    early, late = (plus_minus(cost[key], digits=1) for key in ("early_rise", "late_rise"))
    bend = {
        "above": "It flattens",
        "below": "It steepens",
        "straddles": "It neither flattens nor steepens significantly",
        "unknown": "One image gives no interval",
    }[side_of(cost["early_minus_late"])]
    return (
        f"{bend}: the first {cost['half']} steps gain {early}, the others {late}; the paired "
        f"difference is {mean_text(cost['early_minus_late'], digits=1)}."
    )


def bounds_text(images: Images) -> str:
    """Say how many pixels reach the bounds meanwhile."""
    results = by_steps(images)
    valid = "A logit is not bounded by itself; the valid range of the pixels bounds it."
    if len(results) < 2:
        return valid
    (first, before), (last, after) = results[0], results[-1]
    return (
        "Meanwhile the share of black or white pixels goes from "
        f"{percent_interval(before['pixels_at_bounds'], 1)} after {first} to "
        f"{percent_interval(after['pixels_at_bounds'], 1)} after {last} steps. {valid}"
    )
