"""EE6132, question 2.4: occlusion maps."""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.document import Answer, Figure, Paragraph, Table
from foolproof.answers.explanations import (
    BOTH,
    best_by,
    better_by_exactly,
    scores_table,
    settings_text,
)
from foolproof.answers.explanations import verdict as maps_verdict
from foolproof.answers.numbers import (
    Side,
    count,
    counted,
    is_above,
    listed,
    percent_interval,
    plus_minus,
    side_of,
    so_many,
)

Occlusion = Mapping[str, Any]
"""metrics/mnist/occlusion.json."""


def occlusion_answer(
    occlusion: Occlusion, explained: Mapping[str, Any], params: Mapping[str, Any]
) -> Answer:
    """Answer question 2.4.

    Args:
        occlusion: metrics/mnist/occlusion.json.
        explained: metrics/explain/mnist.json.
        params: what params.yaml has.
    """
    settings = params["occlude"]
    return Answer(
        number="2.4",
        question=f"Cover parts of {counted(settings['images'], 'random image')} with a patch and "
        "draw the probability of the class against the patch's position. Is the learning "
        "meaningful: do the pixels of the digit matter?",
        answer=verdict(occlusion),
        glance=glance(occlusion),
        rule="Learning is meaningful where patches lower the probability of the class more on the "
        "digit than beside it: by the 95 % interval of the difference, paired by image, for each "
        "kind of patch.",
        numbers={
            f"{fill}_{size}": drop["difference"]
            for fill, by_size in occlusion["drops"].items()
            for size, drop in by_size.items()
        },
        evidence=[
            Figure(
                path="plots/occlude/maps.png",
                label="fig-occlusion",
                caption="Probability of the true class while a patch is centred on each pixel, by "
                "its shade and side in pixels; the line is the digit's outline.",
                width=62,
                beside=method_text(occlusion, settings),
            ),
            drops_table(occlusion),
            Paragraph(
                " ".join([largest_text(occlusion), *clear_texts(occlusion), *fill_texts(occlusion)])
                + " A large patch covers strokes wherever its centre is, so “beside” means less "
                "with size."
            ),
            *other_maps(explained, params["explain"]["mnist"]),
        ],
    )


def kinds(occlusion: Occlusion) -> list[Mapping[str, Any]]:
    """List the drops of every kind of patch."""
    return [drop for by_size in occlusion["drops"].values() for drop in by_size.values()]


def sizes_of(occlusion: Occlusion) -> list[str]:
    """List the sides of the patches, ascending."""
    return sorted(next(iter(occlusion["drops"].values())), key=int)


def verdict(occlusion: Occlusion) -> str:
    """Say for how many kinds of patch the digit matters more than what is beside it."""
    sides = sides_of(occlusion)
    less, n = sides.count("below"), kinds(occlusion)[0]["difference"]["n"]
    beside = f", {less} on the background" if less else ""
    return (
        f"{start(sides)}: {so_many(sides.count('above'), len(sides))} kinds of patch lower the "
        "probability of the class significantly more on the digit than beside it"
        f"{beside} (n = {n} images)."
    )


def glance(occlusion: Occlusion) -> str:
    """Say the same in a line."""
    sides = sides_of(occlusion)
    return (
        f"{start(sides)}: {so_many(sides.count('above'), len(sides))} kinds of patch matter "
        "significantly more on the digit than beside it."
    )


def start(sides: Sequence[Side]) -> str:
    """Say whether the digit matters, by where the intervals of the differences lie."""
    more, less = sides.count("above"), sides.count("below")
    if more == len(sides):
        return "Yes"
    if more and less:
        return "It depends on the patch"
    if not more:
        return "It is not shown"
    return "Mostly" if 2 * more > len(sides) else "In part"


def sides_of(occlusion: Occlusion) -> list[Side]:
    """Say for each kind of patch on which side of 0 the interval of the difference lies."""
    return [side_of(drop["difference"]) for drop in kinds(occlusion)]


def method_text(occlusion: Occlusion, settings: Mapping[str, Any]) -> str:
    """Say which images are covered by which patches."""
    n, stride = kinds(occlusion)[0]["difference"]["n"], settings["measured"]["stride"]
    shades = listed([f"{name}: {level} of 255" for name, level in settings["fills"].items()])
    every = f" at a stride of {counted(stride, 'pixel')}" if stride > 1 else ""
    return (
        f"Random test images that are classified correctly are covered: "
        f"{counted(settings['images'], 'image')} in the figure, and {count(n)} for the mean drops"
        f"{every}, with a mean probability of "
        f"{percent_interval(occlusion['probability_whole'], 1)} when nothing is covered. Square "
        f"patches of {counted(len(sizes_of(occlusion)), 'size')} are centred on every pixel in "
        f"turn, in {counted(len(settings['fills']), 'shade')} ({shades}).\n\nShades are different "
        "experiments: a patch of 0 removes ink and leaves the black background as it is, while a "
        "brighter one also resembles ink.\n\nThe maps are dark where the patch hides evidence for "
        "the class. If the network looked at the background, they would be dark beside the digit."
    )


def drops_table(occlusion: Occlusion) -> Table:
    """List the mean drops by size and shade."""
    drops = occlusion["drops"]
    parts = {"on_ink": "ink", "on_background": "beside", "difference": "difference"}
    return Table(
        label="tab-occlusion",
        caption="Mean drop of the probability of the class in percentage points ± 95\u00a0% "
        f"interval (n = {kinds(occlusion)[0]['difference']['n']} images), with the patch's centre "
        "on the digit (ink) and beside it, and the difference, paired by image.",
        header=["Patch", *(f"{fill}, {part}" for fill in drops for part in parts.values())],
        rows=[
            [
                f"{size} × {size}",
                *(
                    plus_minus(by_size[size][part], scale=100, digits=1)
                    for by_size in drops.values()
                    for part in parts
                ),
            ]
            for size in sizes_of(occlusion)
        ],
    )


def largest_text(occlusion: Occlusion) -> str:
    """Name the kind of patch with the largest contrast, and those that are not below it."""
    largest = occlusion["largest"]
    first = (
        f"The mean difference is largest for a {largest['fill']} patch of {largest['size']} × "
        f"{largest['size']}: {plus_minus(largest['difference'], scale=100, digits=1)} points."
    )
    if others := largest["not_below"]:
        close = listed([f"{each['fill']} {each['size']} × {each['size']}" for each in others])
        return f"{first} Not significantly smaller on the same images: {close}."
    if len(kinds(occlusion)) > 1:
        return f"{first} That of every other kind is significantly smaller on the same images."
    return first


def clear_texts(occlusion: Occlusion) -> list[str]:
    """Name for each shade the smallest patch from which on the drop on ink is significant."""
    sizes, texts = sizes_of(occlusion), []
    for fill, by_size in occlusion["drops"].items():
        significant = [is_above(by_size[size]["on_ink"]) for size in sizes]
        clear = [size for i, size in enumerate(sizes) if all(significant[i:])]
        texts.append(
            f"On the digit, {fill} patches lower the probability significantly from {clear[0]} × "
            f"{clear[0]}."
            if clear
            else f"On the digit, no significant drop is shown for the largest {fill} patch."
        )
    return texts


def fill_texts(occlusion: Occlusion) -> list[str]:
    """Compare the shades on the same images, by the contrast."""
    compared = occlusion["fill_differences"]
    first, sizes = compared["reference"], sizes_of(occlusion)
    texts = []
    for fill, by_size in compared["by_fill"].items():
        sides = [side_of(by_size[size]) for size in sizes]
        found = listed(
            [
                f"significantly {word} for {so_many(sides.count(side), len(sizes))} sizes"
                for side, word in (("above", "larger"), ("below", "smaller"))
                if side in sides
            ]
        )
        texts.append(
            f"The difference of {fill} patches is {found}, compared with {first} ones."
            if found
            else f"The difference of {fill} patches is not significantly different from that of "
            f"{first} ones at any size."
        )
    return texts


def other_maps(
    explained: Mapping[str, Any], settings: Mapping[str, Any]
) -> Sequence[Paragraph | Figure | Table]:
    """Compare occlusion with other explanation maps."""
    both = better_by_exactly(explained, "intensity", BOTH)
    intensity = "the order of pixel intensity, brightest first"
    control = (
        f"Better also than {intensity}, by both scores: {listed(both)}."
        if both
        else f"No map is better by both scores than {intensity}, which needs no network."
    )
    return [
        Paragraph(
            f"*Which other maps are informative?* {maps_verdict(explained)} The lowest mean "
            f"deletion score is that of {best_by(explained, 'deletion')}, the highest mean "
            f"insertion score that of {best_by(explained, 'insertion')}. {control}"
        ),
        scores_table(explained, "tab-explain"),
        Figure(
            path="plots/explain/mnist/maps.png",
            label="fig-explain",
            caption=f"Maps of {counted(explained['shown'], 'digit')} by each method; all maps of a "
            "column have one colour scale, and the line is the digit's outline.",
            width=66,
            beside=f"{settings_text(settings)}\n\nThe map of integrated gradients should sum to "
            "the logit's difference between image and black, on average "
            f"{plus_minus(explained['logit_difference'], digits=1)}; its mean absolute error is "
            f"{plus_minus(explained['completeness_error'], digits=3)}.",
        ),
    ]
