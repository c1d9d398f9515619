"""HUJI 67103, practical question 1: feature visualization."""

from collections.abc import Iterator, Mapping
from typing import Any

from foolproof.answers.document import Answer, Figure, Paragraph, Table
from foolproof.answers.markup import code
from foolproof.answers.numbers import (
    count,
    counted,
    is_above,
    listed,
    percent_interval,
    plus_minus,
    rate_text,
)
from foolproof.explain.method_names import UNIT_METHODS

PLOTS = "plots/evaluate_feature_visualization"


def units_answer(found: Mapping[str, Any], settings: Mapping[str, Any]) -> Answer:
    """Answer question P1.

    Args:
        found: metrics/neurons/feature_visualization.json.
        settings: feature_visualization in params.yaml.
    """
    verdict = units_verdict(found)
    return Answer(
        number="P1",
        question="Make images that maximize the activation of any chosen neuron of a convolutional "
        "or fully connected layer, with a regularizer.",
        answer=f"{verdict} {above_by_method(found)} {desired_text(found, settings)}",
        glance=units_glance(found),
        rule="An image counts where its activation is above the maximum over all photos.",
        numbers={
            key: found[key]
            for key in (
                "units_above_photos",
                "units_highest_without_regularizer",
                "desired_reached",
                "units",
            )
        },
        evidence=[
            Paragraph(units_method(settings)),
            Paragraph(units_settings(found, settings)),
            units_table(found),
            Paragraph(" ".join(units_results(found))),
            Figure(
                path=f"{PLOTS}/units.png",
                label="fig-units",
                width=90,
                caption=f"Of {counted(found['photos'], 'photo')} the one that activates each unit "
                f"of {code(found['architecture'])} most, and the image optimized for the unit by "
                "each method; in the last column for "
                f"{settings['desired']:g} times the photo's activation. The number is the "
                "activation.",
            ),
        ],
    )


def units_verdict(found: Mapping[str, Any]) -> str:
    """Say for how many units all optimized images beat the photos."""
    photos = found["photos"]
    compared = "the one photo" if photos == 1 else f"any of the {count(photos)} photos"
    return (
        f"For {rate_text(found['units_above_photos'])} units, each of the {len(UNIT_METHODS)} "
        f"optimized images activates the unit more than {compared}."
    )


def units_glance(found: Mapping[str, Any]) -> str:
    """Say the same in a line."""
    photos = counted(found["photos"], "photo")
    return (
        f"All optimized images activate {rate_text(found['units_above_photos'])} units more than "
        f"{photos}."
    )


def units_above(found: Mapping[str, Any], method: str) -> int:
    """Count the units that a method's image activates more than any photo."""
    return sum(unit["activations"][method] > unit["photo_activation"] for unit in found["units"])


def above_by_method(found: Mapping[str, Any]) -> str:
    """Give that number for each method."""
    numbers = [f"{name} {units_above(found, method)}" for method, name in UNIT_METHODS.items()]
    return f"By method: {listed(numbers)} of {counted(len(found['units']), 'unit')}."


def desired_text(found: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Say how near the images come to the desired activation."""
    share = found["desired_reached"]
    if share is None:
        return "No unit has a desired activation other than 0."
    text = (
        f"With a desired activation, {settings['desired']:g} times the maximum over the photos, "
        f"they reach {percent_interval(share, 0)} of it (mean over {counted(share['n'], 'unit')}"
    )
    beyond = sum(unit["activations"]["l2"] < unit["desired"] for unit in found["units"])
    if beyond:
        text += f"; it is more than maximization with L2 reaches for {beyond}"
    return f"{text})."


def units_method(settings: Mapping[str, Any]) -> str:
    """Describe what is optimized."""
    weights = settings["regularizers"]
    return (
        f"*Method.* From grey with a little noise, {settings['steps']} steps of Adam (rate "
        f"{settings['step_size']:g}) on the pixels increase "
        '$ a(x) - lambda_2 / n norm(x - 1/2)_2^2 - lambda_"TV" / n sum_(i, j) '
        "(abs(x_(i+1, j) - x_(i j)) + abs(x_(i, j+1) - x_(i j))), $where $a$ is the activation of "
        "one neuron, or the mean over a channel; with a desired activation $d$ (a multiple of the "
        "maximum over the photos, `feature_visualization.desired`) $-(a(x) - d)^2$ takes its "
        "place. The first penalty is that of Simonyan et "
        "al. (2013), the second, total variation, favours smooth images (Rudin et al. 1992); "
        f'$lambda_2 = {weights["l2"]:g}$ and $lambda_"TV" = '
        f"{weights['total_variation']:g}$. “All regularizers” adds a Gaussian blur of "
        f"{weights['blur']:g} pixel after each step and a random shift by up to "
        f"{weights['jitter']} pixels before it "
        "(Yosinski et al. 2015), so that the activation cannot depend on single pixels. “Fourier, "
        "views” is explained in question P2. Pixels stay valid."
    )


def units_settings(found: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Say which network and which units."""
    chosen = (
        "the units of `feature_visualization.units`"
        if settings["units"]
        else "two channels of an early, a middle and a late convolution, and a class, a neuron of "
        "the last layer"
    )
    return (
        f"*Network and units.* {code(found['architecture'])} takes the place of the sheet's "
        "AlexNet, since its published weights come in an installable package; "
        "`feature_visualization.network` chooses any other of torchvision or timm. "
        f"@fig-units has {chosen}. Others are named as `layer:channel`, "
        "`layer:channel:row,column` or by their class; @fig-classes and question P2 have more of "
        "the last layer's neurons. The activation is the layer's own output, "
        "before batch norm and the non-linearity: its gradient does not vanish at the start."
    )


def units_table(found: Mapping[str, Any]) -> Table:
    """Summarize the units by method."""
    exponents, closer = found["unit_spectrum_slope"], found["units_closer_to_photos_by"]
    units = len(found["units"])
    return Table(
        label="tab-units",
        caption=f"Images of {counted(units, 'unit')} by regularizer: number with an activation "
        "above that of every photo; spectral exponent, mean ± 95\u00a0% interval; and by how much "
        f"that is closer to the photos' ({plus_minus(found['spectrum_slope']['photos'])}) than "
        "without a regularizer, paired by unit.",
        header=["Regularizer", *UNIT_METHODS.values()],
        rows=[
            [
                "Above all photos",
                *(f"{units_above(found, key)} of {units}" for key in UNIT_METHODS),
            ],
            ["Exponent", *(plus_minus(exponents[key]) for key in UNIT_METHODS)],
            [
                "Closer by",
                *(plus_minus(closer[key]) if key in closer else "–" for key in UNIT_METHODS),
            ],
        ],
    )


def units_results(found: Mapping[str, Any]) -> Iterator[str]:
    """Say what a regularizer costs and gains (@tab-units)."""
    yield (
        "The activation is the highest without a regularizer for "
        f"{rate_text(found['units_highest_without_regularizer'])} units."
    )
    if dead := not_activated(found):
        yield f"Some optimizations fail, with a final activation of at most zero: {listed(dead)}."
    closer = closer_methods(found["units_closer_to_photos_by"], UNIT_METHODS)
    units = len(found["units"])
    yield (
        "Closer to the spectral exponent of photos than without a regularizer, paired by unit "
        f"(n = {units}; @tab-units), {closer}."
        if closer
        else "No regularizer brings the spectral exponent significantly closer to that of photos "
        f"(n = {units} units, paired; @tab-units)."
    )


def closer_methods(closer: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """List the methods that are significantly closer to photos: "are: L2 (0.30 ± 0.05) and …"."""
    nearer = [
        f"{name} ({plus_minus(closer[method])})"
        for method, name in names.items()
        if is_above(closer.get(method))
    ]
    return f"{'is' if len(nearer) == 1 else 'are'}: {listed(nearer)}" if nearer else ""


def not_activated(found: Mapping[str, Any]) -> list[str]:
    """List the units with an activation of at most zero, and by which methods."""
    failed = {
        unit["unit"]: [UNIT_METHODS[key] for key in UNIT_METHODS if unit["activations"][key] <= 0]
        for unit in found["units"]
    }
    return [f"{code(unit)} ({'; '.join(methods)})" for unit, methods in failed.items() if methods]
