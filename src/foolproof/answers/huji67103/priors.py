"""HUJI 67103, practical question 2: priors on class-maximizing images."""

from collections.abc import Iterator, Mapping
from typing import Any

from foolproof.answers.document import Answer, Block, Figure, Paragraph, Table
from foolproof.answers.huji67103.feature_visualization import PLOTS, closer_methods
from foolproof.answers.markup import code
from foolproof.answers.numbers import (
    count_cell,
    counted,
    fixed,
    mean_text,
    p_value,
    percent,
    plus_minus,
    rate_text,
    side_of,
    signed_points,
    significant,
)
from foolproof.explain.method_names import ABLATION, CLASS_METHODS, TOP

EFFECTS = {
    "parametrization": "Fourier, mean at equal views",
    "views": "views, mean at equal parametrization",
    "interaction": "interaction",
}


def prior_answer(found: Mapping[str, Any], settings: Mapping[str, Any]) -> Answer:
    """Answer question P2; the arguments are those of `units_answer`."""
    verdict = prior_verdict(found)
    helps = prior_transfer(found)
    return Answer(
        number="P2",
        question="The Fourier magnitude of natural images falls as 1/frequency. Use that as a "
        "prior for the last layer before the softmax, on a reduced image.",
        answer=f"{verdict} {helps}".strip(),
        glance=f"On {counted(closer_by_prior(found)['n'], 'class', 'classes')}, the prior brings "
        f"the spectral exponent {closeness(closer_by_prior(found))}. {helps}".strip(),
        rule="An effect is stated where the 95 % interval of the paired difference excludes 0.",
        numbers={
            key: found[key]
            for key in ("spectrum_slope", "closer_to_photos_by", "prior", "ablation")
        },
        evidence=list(prior_evidence(found, settings)),
    )


def prior_evidence(found: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[Block]:
    """Show the prior, then the ablation."""
    yield Paragraph(prior_method(settings))
    yield Paragraph(" ".join([band_verdict(found["prior_band"]), *prior_tests(found)]))
    yield Figure(
        path=f"{PLOTS}/spectra.png",
        label="fig-spectra",
        caption="Fourier magnitude of class-maximizing images by method and of "
        f"{counted(found['photos'], 'photo')}, geometric mean over rings of equal frequency and "
        "relative to the lowest one. Exponents are fitted to all rings.",
        width=62,
        beside=spectra_text(found),
    )
    yield Figure(
        path=f"{PLOTS}/ablation.png",
        label="fig-ablation",
        width=88,
        caption=f"Class-maximizing images of {code(found['architecture'])} by method, "
        "equal classes in a row. Above each: the probability of the class, and its rank by "
        f"{code(found['transfer_network'])}; blue in the top {TOP}.",
    )
    yield Paragraph(ablation_method(settings))
    yield Paragraph(" ".join(transfer_results(found, settings)))
    yield classes_table(found)
    if found["ablation"] is not None:
        yield ablation_table(found)


def closer_by_prior(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give by how much the prior brings the exponent closer to that of photos."""
    closer: Mapping[str, Any] = found["closer_to_photos_by"]["prior"]
    return closer


def prior_verdict(found: Mapping[str, Any]) -> str:
    """Say what the prior does to the spectral exponent."""
    slopes, closer = found["spectrum_slope"], closer_by_prior(found)
    return (
        f"The spectral exponent is {mean_text(slopes['pixels'])} without and "
        f"{mean_text(slopes['prior'])} with the prior; photos have {mean_text(slopes['photos'])}. "
        f"On the same {counted(closer['n'], 'class', 'classes')}, the prior brings it "
        f"{closeness(closer)}."
    )


def closeness(interval: Mapping[str, Any]) -> str:
    """Say what a method does to the distance of the spectral exponent from that of photos."""
    size = plus_minus({**interval, "mean": abs(interval["mean"])})
    return {
        "above": f"closer to that of photos by {size}",
        "below": f"farther from that of photos by {size}",
        "straddles": f"not significantly closer to that of photos ({plus_minus(interval)})",
        "unknown": f"{'farther from' if interval['mean'] < 0 else 'closer to'} that of photos by "
        f"{size}, without an interval",
    }[side_of(interval)]


def prior_transfer(found: Mapping[str, Any]) -> str:
    """Say whether the prior helps a second network to recognize the images."""
    if found["prior"] is None:
        return ""
    change = found["prior"]["difference"]
    size = f"{in_points(change)} points, n = {change['n']}"
    return {
        "above": f"It raises the top-{TOP} transfer to a second network ({size}).",
        "below": f"It lowers the top-{TOP} transfer to a second network ({size}).",
        "straddles": f"It does not change the top-{TOP} transfer to a second network "
        f"significantly ({size}).",
        "unknown": f"One class gives no interval of its effect on the transfer ({size}).",
    }[side_of(change)]


def prior_method(settings: Mapping[str, Any]) -> str:
    """Describe the prior, and which frequencies it is about."""
    side = settings["prior"]["side"]
    return (
        f"*Prior.* The image is reduced to {side} pixels a side by average-pooling. The penalty is "
        "the variance over frequencies $w$ of $log abs(F(w)) + log abs(w)$: zero where the "
        "magnitude is $c slash abs(w)$, whatever the contrast $c$. Its weight is "
        f"{settings['prior']['weight']:g}, against logits. It has two limits. It asks every single "
        "coefficient to be $c slash abs(w)$, which photos are on average only. And it acts on "
        f"frequencies of up to {side // 2} cycles an image, the Nyquist frequency of the reduced "
        "image: within a pooled block its gradient is constant, and finer detail, such as a "
        "pattern of blocks, is left to the logit."
    )


def band_verdict(band: Mapping[str, Any]) -> str:
    """Say what the prior does to the exponent inside and outside of its frequencies."""
    limit = f"{significant(band['limit'])} cycles a pixel"
    parts = [
        f"Fitted {where} it is {plus_minus(part['first'])} without and "
        f"{plus_minus(part['second'])} with the prior (photos: {plus_minus(part['photos'])}), "
        f"{closeness(part['closer'])}."
        for part, where in (
            (band["inside"], f"up to that limit, {limit},"),
            (band["outside"], f"above the limit of {limit},"),
        )
        if part is not None
    ]
    return " ".join(["The exponent above is fitted to all frequencies.", *parts])


def prior_tests(found: Mapping[str, Any]) -> Iterator[str]:
    """Test the prior's effect on the transfer, and give the rate by chance."""
    prior, classes = found["prior"], found["transfer_network_classes"]
    if prior is None:
        return
    yield (
        f"On the same {counted(prior['difference']['n'], 'class', 'classes')} it changes the "
        f"top-{TOP} transfer by {in_points(prior['difference'])} points (McNemar's exact test, "
        f"{p_value(prior['mcnemar']['p_value'])}); the rate by chance is "
        f"{percent(TOP / classes, 1)}."
    )


def in_points(effect: Mapping[str, Any]) -> str:
    """Write "+40 ± 16" percentage points."""
    return signed_points(effect, 0)


# ---- Ablation, beyond the sheet ----------------------------------------------------------------


def ablation_method(settings: Mapping[str, Any]) -> str:
    """Describe the four methods."""
    views = settings["views"]
    return (
        "*Ablation.* Beyond the sheet, two changes are tried, each without and with the other, in "
        "equal steps from equal seeds on equal classes, and without a penalty. _Fourier_ is the "
        "decorrelated parametrization of Olah et al. (2017): Fourier coefficients are optimized "
        f"(rate {settings['fourier']['step_size']:g}), each divided by its frequency, in colours "
        "that are decorrelated in photos. _Views_ are random: in each step the network's input is "
        f"the image shifted by up to {views['jitter']} pixels, rotated by up to "
        f"{views['rotation']}°, enlarged, mirrored, blurred and noisy at random. Learning rates "
        "differ by parametrization, since steps on coefficients and on pixels have different units."
    )


def transfer_results(found: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[str]:
    """Say how these images transfer, why, and whether they are specific to their network."""
    yield transfer_verdict(found, same=settings["transfer_network"] == settings["network"])
    if found["ablation"] is not None:
        yield f"By top 1: {source_of(found['ablation']['top1'])}"
        yield (
            "Interaction is how much more the Fourier coefficients gain with views than without "
            "(@tab-ablation)."
        )
    specific = found["own_minus_transfer_top1"]["pixels"]
    if specific is not None and side_of(specific) == "above":
        yield (
            "On pixels without views the network itself predicts the class of an image more often "
            f"than {code(found['transfer_network'])} does, by {in_points(specific)} points "
            f"(n = {specific['n']}, paired): such images are specific to their network, as the "
            "adversarial ones of question P3."
        )


def transfer_verdict(found: Mapping[str, Any], *, same: bool) -> str:
    """Compare the transfer of the best method with that of plain pixels.

    Args:
        found: as of `units_answer`.
        same: whether the transfer network is the one that the images were optimized for.
    """
    network, common = code(found["transfer_network"]), found["common_classes"]
    classes = len(found["classes"])
    if common == 0:
        return (
            f"{network} has none of the {counted(classes, 'class', 'classes')} of the "
            "class-maximizing images, so that their transfer cannot be measured."
        )
    if found["ablation"] is None:
        several = counted(found["transfer_network_classes"], "class", "classes")
        return (
            f"{network} has {several} only, each of which is in its top {TOP}, so that the "
            "transfer of class-maximizing images cannot be measured."
        )
    which = " whose class it has" if common < classes else ""
    whose = "here the same network" if same else "for which they were not optimized"
    rates = found["transfer_top5_by_method"]
    return (
        f"Of {counted(common, 'class-maximizing image')}{which}, {network}, {whose}, has the class "
        f"in its top {TOP} for {rate_text(rates['fourier_views'])} with Fourier coefficients and "
        f"random views and for {rate_text(rates['pixels'])} with neither. "
        f"{source_of(found['ablation']['top5'])}"
    )


def source_of(ablation: Mapping[str, Any]) -> str:
    """Name what the gain is due to, as `foolproof.explain.ablation` decides it."""
    effects = ablation["effects"]
    points = {name: in_points(effect) for name, effect in effects.items()}
    gain = f"The difference, {points['gain']} points (n = {effects['gain']['n']}, paired),"
    main = (
        f"{points['parametrization']} points for the parametrization at equal views, "
        f"{points['views']} for the views at equal parametrization"
    )
    return {
        "both": f"{gain} is due to both: {main}.",
        "parametrization": f"{gain} is due to the parametrization, {points['parametrization']} "
        f"points at equal views; {insignificant('the views', effects['views'])}.",
        "views": f"{gain} is due to the views, {points['views']} points at equal parametrization; "
        f"{insignificant('the Fourier coefficients', effects['parametrization'])}.",
        "interaction": f"{gain} is due to the two together: neither alone has a significant gain "
        f"({points['parametrization_alone']} and {points['views_alone']}), and they gain "
        f"{points['interaction']} more than the sum of both.",
        "unclear": f"{gain} cannot be assigned to either: {main}.",
        "no gain": f"{gain} is not significant.",
        "loss": f"{gain} is a loss: {main}.",
        "unknown": "One class gives no interval.",
    }[ablation["source"]]


def insignificant(name: str, effect: Mapping[str, Any]) -> str:
    """Say that a factor does not gain, or that it loses."""
    if side_of(effect) == "below":
        size = plus_minus({**effect, "mean": -effect["mean"]}, scale=100, digits=0)
        return f"{name} lower it by {size}"
    return f"an effect of {name} is not significant, {in_points(effect)}"


def classes_table(found: Mapping[str, Any]) -> Table:
    """List the success, the transfer and the exponents of each method."""
    common, classes = found["common_classes"], len(found["classes"])
    of_common = f", of the {common} whose class it has" if common < classes else ""
    slopes = found["spectrum_slope"]
    return Table(
        label="tab-classes",
        caption=f"Class-maximizing images of {counted(classes, 'class', 'classes')}, with "
        f"95\u00a0% intervals. Own: {code(found['architecture'])} itself predicts the class. Top "
        f"1, top {TOP}: {code(found['transfer_network'])} has it there{of_common}. "
        "The exponents are means over images.",
        header=[
            "Method",
            "Own",
            "Top 1 of the transfer network",
            f"Top {TOP}",
            "Spectral exponent",
        ],
        rows=[
            *(
                [
                    name,
                    count_cell(found["success_rate_by_method"][method]),
                    count_cell(found["transfer_top1_by_method"][method]),
                    count_cell(found["transfer_top5_by_method"][method]),
                    plus_minus(slopes[method]),
                ]
                for method, name in CLASS_METHODS.items()
            ),
            ["photos", "–", "–", "–", plus_minus(slopes["photos"])],
        ],
    )


def ablation_table(found: Mapping[str, Any]) -> Table:
    """Compare all pairs of methods, and list the effects of the two factors."""
    top1, top5 = (found["ablation"][key] for key in ("top1", "top5"))
    pairs = [
        [
            f"{ABLATION[five['second']]} against {ABLATION[five['first']]}",
            in_points(one["difference"]),
            p_cell(one["mcnemar"]["p_value"]),
            in_points(five["difference"]),
            p_cell(five["mcnemar"]["p_value"]),
        ]
        for one, five in zip(top1["pairs"], top5["pairs"], strict=True)
    ]
    effects = [
        [name, in_points(top1["effects"][key]), "", in_points(top5["effects"][key]), ""]
        for key, name in EFFECTS.items()
    ]
    return Table(
        label="tab-ablation",
        caption="Differences of the transfer rates in percentage points, with 95\u00a0% intervals "
        f"of the paired differences on {counted(found['common_classes'], 'class', 'classes')}, and "
        "_p_ of McNemar's exact test.",
        header=["Comparison", "Top 1", "_p_", f"Top {TOP}", "_p_"],
        rows=[*pairs, *effects],
    )


def p_cell(p: float) -> str:
    """Write a p-value in a table."""
    return "< 0.001" if p < 0.001 else fixed(p, 3)


def spectra_text(found: Mapping[str, Any]) -> str:
    """Say which methods have a spectrum closer to that of photos than plain pixels have."""
    closer = closer_methods(found["closer_to_photos_by"], CLASS_METHODS)
    return (
        "*Spectra.* By the exponent, fitted to all rings, "
        + (
            f"closer to photos than pixels alone on the same classes {closer}"
            if closer
            else "no method is significantly closer to photos than pixels alone on the same classes"
        )
        + " (@tab-classes)."
    )
