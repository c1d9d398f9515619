"""EE6132, questions 3.4 and 3.5: class-maximizing images near a reference image."""

from collections.abc import Mapping
from typing import Any

from foolproof.answers.document import Answer, Figure, Paragraph, Table
from foolproof.answers.numbers import (
    count,
    counted,
    k_of_n,
    listed,
    majority,
    mean_text,
    percent,
    percent_interval,
    plus_minus,
    rate_cell,
    rate_text,
    side_of,
    significant,
)

GREY_LEVELS = 255

Targeted = Mapping[str, Any]
"""metrics/attacks/targeted.json."""


def images_answer(targeted: Targeted, settings: Mapping[str, Any], pixels: int) -> Answer:
    """Answer question 3.4.

    Args:
        targeted: metrics/attacks/targeted.json.
        settings: section `attack_targeted` of params.yaml.
        pixels: of an image.
    """
    shown = next(iter(targeted["by_start"]))
    rates = {name: each["classified_rate"] for name, each in targeted["by_start"].items()}
    return Answer(
        number="3.4",
        question="Add a penalty for the distance to a reference digit, so that the image resembles "
        "that digit but is classified as the target. Show the images for every class.",
        answer=f"Classified as the target: {classified_text(rates)}; @fig-targeted shows all.",
        glance="Classified as the target: "
        + listed([f"{k_of_n(rate)} pairs from {name}" for name, rate in rates.items()])
        + ".",
        rule="Counted over all pairs of a target and a reference of another class; the interval "
        "is over the references.",
        numbers=rates,
        evidence=[
            Paragraph(
                '$ C = z_t (X) - beta thin "MSE"(X, T), quad '
                '"MSE"(X, T) = 1/D sum_i (X_i - T_i)^2, quad '
                f"D = {pixels}, $"
                "with reference image $T$, a correctly classified test digit of each class. Every "
                "target is combined with every reference, from two starts: noise as before, and "
                "the reference itself. Pairs whose target is the reference's own class are no "
                "attack and are left out of every number."
            ),
            beta_text(settings, pixels),
            Figure(
                path=f"plots/attack_targeted/from_{shown}.png",
                label="fig-targeted",
                caption=f"Class-maximizing images near a reference digit, start: {shown}. Rows are "
                "target classes, columns reference digits; the number is the probability of the "
                "target. Grey frame: the own class, no attack.",
                width=84,
            ),
            beta_table(targeted),
            Paragraph(" ".join([failures_text(targeted), *hardest_texts(targeted)])),
        ],
    )


def classified_text(rates: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the rates of images that are classified as their targets, by start."""
    return listed(
        [f"{rate_text(rate, 'reference')} pairs from {name}" for name, rate in rates.items()]
    )


def betas_of(targeted: Targeted) -> list[str]:
    """List the betas that were tried, from large to small."""
    tuning = next(iter(targeted["betas"].values()))
    return sorted(tuning, key=float, reverse=True)


def beta_text(settings: Mapping[str, Any], pixels: int) -> Paragraph:
    """Say how beta is chosen."""
    stable = pixels / settings["step_size"]
    below = (
        "all values tried are below"
        if max(settings["betas"]) < stable
        else "the largest values tried are not below, and cannot succeed"
    )
    return Paragraph(
        "*Choosing β.* Where the ascent comes to rest inside the valid range, $nabla C = 0$ "
        "gives $ X - T = D / (2 beta) thin nabla_X z_t, $"
        "so the distance to $T$ is inversely proportional to β: a large β keeps the image near "
        "$T$, a small one increases the success rate. The "
        f"{counted(len(settings['betas']), 'value')} of @tab-beta are tried from large to "
        "small, and each pair keeps the largest at which the target has a probability of at "
        f"least {percent(settings['confidence'], 0)} after {settings['steps']} steps. The step "
        "on the MSE term alone is stable for $eta dot 2 beta \\/ D < 2$, that is for "
        f"$beta < D \\/ eta = {count(stable)}$; {below}. In grey levels β is "
        f"{count(GREY_LEVELS**2)} times smaller, because the MSE is as many times larger."
    )


def beta_table(targeted: Targeted) -> Table:
    """List tries and successes by beta."""

    def cells(point: Mapping[str, Any]) -> list[str]:
        mse = point["mean_mse"]
        tried, successes = str(point["tried"]), str(point["successes"])
        return [tried, successes, "–" if mse is None else significant(mse)]

    tuning = targeted["betas"]
    return Table(
        label="tab-beta",
        caption="The search for β (logits per mean squared pixel): pairs of target and reference "
        "tried and successes at each value, and the mean MSE of the successes to the reference.",
        header=[
            "β",
            "in grey levels",
            *(f"{name}: {each}" for name in tuning for each in ("tried", "successes", "MSE")),
        ],
        rows=[
            [
                beta,
                significant(float(beta) / GREY_LEVELS**2),
                *(cell for points in tuning.values() for cell in cells(points[beta])),
            ]
            for beta in betas_of(targeted)
        ],
    )


def failures_text(targeted: Targeted) -> str:
    """Count the pairs that succeed at no beta."""
    last = betas_of(targeted)[-1]
    failures = sum(
        points[last]["tried"] - points[last]["successes"] for points in targeted["betas"].values()
    )
    if failures == 0:
        return "Every pair succeeds at one of the β."
    if failures == 1:
        return "One pair succeeds at no β, and keeps the image of the smallest."
    return f"{count(failures)} pairs succeed at no β, and keep the images of the smallest."


def hardest_texts(targeted: Targeted) -> list[str]:
    """Compare the easiest pairs with the hardest ones that succeed."""
    by_beta = [
        (beta, [mse for points in targeted["betas"].values() if (mse := points[beta]["mean_mse"])])
        for beta in betas_of(targeted)
    ]
    succeeding = [(beta, distances) for beta, distances in by_beta if distances]
    if len(succeeding) < 2:
        return []
    (easiest, near), (hardest, far) = succeeding[0], succeeding[-1]
    return [
        f"Pairs differ: the easiest succeed at β = {easiest} with an MSE of "
        f"{significant(min(near))}, the hardest at β = {hardest} with {significant(max(far))}."
    ]


# ---- Question 3.5 ----------------------------------------------------------------------------


def looks_answer(targeted: Targeted, nearest: Mapping[str, Any]) -> Answer:
    """Answer question 3.5.

    Args:
        targeted: metrics/attacks/targeted.json.
        nearest: `nearest_digit_mse` of metrics/attacks/nontargeted.json.
    """
    success = targeted["success_rate"]
    return Answer(
        number="3.5",
        question="Do the images now look like digits?",
        answer=f"{verdict(success)}: from the harder start {rate_text(success, 'reference')} pairs "
        "resemble their reference digits and yet are classified as their targets.",
        glance=f"{verdict(success)}: {k_of_n(success)} pairs from the harder start do and are "
        "classified as their targets.",
        rule="A success is classified as its target, and nearer to its reference than each of the "
        "drawn test digits of the reference's class. The 95 % interval of their rate, over the "
        "references, is compared with one half.",
        numbers={"success_rate": success, "mse_difference": targeted["mse_difference"]},
        evidence=[
            Paragraph(
                "A success is classified as the target, and is nearer to its reference than each "
                f"of {counted(targeted['comparisons'], 'randomly drawn other test digit')} of the "
                "reference's class: other people's handwriting of the same digit. The pairs of one "
                "reference are not independent, so the intervals are over the references."
            ),
            starts_table(targeted),
            Paragraph(
                f"{starts_text(targeted['mse_difference'])} For comparison, the images of 3.1, "
                "which have no penalty, have an MSE of "
                f"{mean_text(nearest['images'], digits=3)} to their nearest digit."
                f"{features(success)}"
            ),
        ],
    )


def verdict(success: Mapping[str, Any]) -> str:
    """Say whether most images resemble their references and are classified as their targets."""
    return {
        "above": "Yes, mostly",
        "below": "Seldom",
        "straddles": "It is open whether most do",
        "unknown": "Not assessed, since one reference gives no interval",
    }[majority(success)]


def features(success: Mapping[str, Any]) -> str:
    """Say what follows where most pairs succeed."""
    if majority(success) != "above":
        return ""
    return (
        " Most images are nearer to their references than other handwritings of the same digit, "
        "and yet are on the other side of a decision boundary: the network does not classify by "
        "the features that a reader uses."
    )


def starts_table(targeted: Targeted) -> Table:
    """Compare the two starts."""
    starts = targeted["by_start"]
    references = next(iter(starts.values()))["references"]
    return Table(
        label="tab-targeted",
        caption="Pairs of target and reference by start: rates in per cent with 95\u00a0% "
        f"interval, means ± 95\u00a0% interval, both over {references} references. “Closer digits” "
        "is the share of all other test digits of the reference's class that are nearer to the "
        "reference than the adversarial image is.",
        header=[
            "Start",
            "Pairs",
            "Success",
            "As the target",
            "Confidence",
            "MSE",
            "Closer digits",
        ],
        rows=[
            [
                name,
                str(result["cells"]),
                rate_cell(result["success_rate"], 0),
                rate_cell(result["classified_rate"], 0),
                percent_interval(result["mean_confidence"], 1),
                plus_minus(result["mean_mse"], digits=4),
                percent_interval(result["closer_digits_of_class"]),
            ]
            for name, result in starts.items()
        ],
    )


def starts_text(found: Mapping[str, Any]) -> str:
    """Say from which start the images end nearer to their references."""
    first, second, difference = (found[key] for key in ("first", "second", "difference"))
    starts = (
        f"the MSE from {first} minus that from the {second} is "
        f"{mean_text(difference, digits=4)}, paired by reference."
    )
    if side_of(difference) == "unknown":
        return f"One reference gives no interval: {starts}"
    nearer = {"above": second, "below": first}.get(side_of(difference))
    if nearer is None:
        return f"The starts do not differ significantly: {starts}"
    name = nearer if nearer == "noise" else f"the {nearer}"
    return f"Starting from {name} ends nearer to the reference: {starts}"
