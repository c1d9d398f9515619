"""HUJI 67103, practical question 4: occlusion maps of photos, and deletion curves."""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.attacked_photos import attacked_photos_text
from foolproof.answers.document import Answer, Figure, Paragraph, Table
from foolproof.answers.explanations import best_by, scores_table, settings_text, verdict
from foolproof.answers.markup import code, plain
from foolproof.answers.numbers import (
    count,
    counted,
    fixed,
    is_above,
    listed,
    percent,
    plus_minus,
    side_of,
)

ORDERS = {
    "important": "Most important first",
    "random": "Random",
    "unimportant": "Least important first",
}
MEAN = "mean over photos"
"""In the file of the deletion curves."""

KEPT = 0.5
"""Share of a class's probability that the mean colour alone must keep to be named."""


def occlusion_answer(
    found: Mapping[str, Any],
    explained: Mapping[str, Any],
    curves: Sequence[Mapping[str, str]],
    params: Mapping[str, Any],
) -> Answer:
    """Answer question P4.

    Args:
        found: metrics/photos/occlusion.json.
        explained: metrics/explain/photos.json.
        curves: rows of plots/occlude_photos_deletion.csv.
        params: of params.yaml, occlude_photos and explain.
    """
    settings, scored = params["occlude_photos"], found["scored"]
    network, photos = code(found["architecture"]), counted(scored["attacked_photos"], "photo")
    deletion = deletion_verdict(scored)
    return Answer(
        number="P4",
        question="Zero out a small block at different places of a photo and draw the probability "
        "of its class as a map.",
        answer=f"{minima_text(found['photos'])} {deletion}",
        glance=deletion,
        rule="Maps are informative where the 95 % interval of the paired difference of areas "
        "excludes 0 on both ends of the order.",
        numbers={
            key: scored[key] for key in ("random_minus_important", "unimportant_minus_random")
        },
        evidence=[
            Paragraph(blocks_text(found["photos"], settings)),
            minima_table(found["photos"]),
            Paragraph(
                "A small block leaves more of the object visible, a large one localizes less. A "
                "block is itself an object with edges and a colour. So a drop is not always due "
                "to the covered content."
            ),
            Figure(
                path="plots/occlude_photos/maps.png",
                label="fig-maps",
                width=87,
                caption=f"Photos with the top-1 class of {network} and its probability, and maps "
                "of that probability by the centre of the block, over the photo in grey; the "
                "colours of all maps go from 0 to 1.",
            ),
            Paragraph(deletion_text(found, settings)),
            Figure(
                path="plots/occlude_photos/deletion.png",
                label="fig-deletion",
                caption=f"Probability of the class by {network} while tiles are deleted: mean over "
                f"{photos} with its 95\u00a0% interval, and examples, where the band spans "
                f"{counted(settings['random_orders'], 'random order')}.",
            ),
            deletion_table(found),
            Paragraph(baseline_text(found["photos"], curves)),
            Paragraph(
                "*Are other maps better?* @fig-explain shows five kinds of map. "
                f"{settings_text(params['explain']['photos'])}"
            ),
            Paragraph(explained_text(explained)),
            scores_table(explained, "tab-explain"),
            Figure(
                path="plots/explain/photos/maps.png",
                label="fig-explain",
                caption=f"Maps of the top-1 class of {network} by each method; all maps of a "
                "column have one colour scale.",
            ),
        ],
    )


def deletion_verdict(scored: Mapping[str, Any]) -> str:
    """Say whether deleting tiles by a map's order differs from deleting them at random."""
    important, unimportant = scored["random_minus_important"], scored["unimportant_minus_random"]
    if "unknown" in (side_of(important), side_of(unimportant)):
        return "One photo gives no interval, so its maps cannot be told from random ones."
    headline = {
        (True, True): "The maps are informative",
        (True, False): "The maps tell only the most important tiles",
        (False, True): "The maps tell only the least important tiles",
        (False, False): "The maps cannot be told from random ones",
    }[is_above(important), is_above(unimportant)]
    lower = {**important, "mean": -important["mean"]}
    return (
        f"{headline}: against random order, deleting the most important tiles first changes the "
        f"area under the curve by {plus_minus(lower, digits=3)}, the least important first by "
        f"{plus_minus(unimportant, digits=3)} (n = {scored['attacked_photos']} photos, paired)."
    )


def minima_text(photos: Sequence[Mapping[str, Any]]) -> str:
    """Say how far a block can lower the probability of each photo's class."""
    falls = [
        f"of “{plain(photo['class'])}” from {percent(photo['probability'], 0)} to "
        f"{percent(min(each['min_probability'] for each in photo['blocks']), 0)}"
        for photo in photos
    ]
    largest = max(block["size"] for block in photos[0]["blocks"])
    return f"A block of up to {largest} pixels brings the probability {listed(falls)}."


def blocks_text(photos: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> str:
    """Describe the blocks, and name the photos that are not those of the params."""
    blocks = photos[0]["blocks"]
    sizes, strides, positions = (
        listed([count(block[key]) for block in blocks]) for key in ("size", "stride", "positions")
    )
    sentences = [
        f"Blocks of {sizes} pixels a side (odd, so that they have a centre), filled with "
        f"{colour(settings['fill'])}, are centred at distances of {strides} pixels: {positions} "
        "positions a photo (Zeiler and Fergus 2014). All positions pass the network in batches "
        "(@fig-maps, @tab-maps)."
    ]
    if replaced := [photo for photo in photos if photo["replaced"]]:
        pairs = [
            f"{code(each['photo'])} in place of {code(each['requested'])}" for each in replaced
        ]
        sentences.append(f"Photos of `params.yaml` that are missing are replaced: {listed(pairs)}.")
    if len(photos) < len(settings["photos"]):
        sentences.append(
            f"There are fewer photos than the {len(settings['photos'])} that `params.yaml` names."
        )
    if enlarged := [code(photo["photo"]) for photo in photos if photo["enlarged"]]:
        sentences.append(
            f"Smaller than the network's input and therefore enlarged: {listed(enlarged)}."
        )
    return " ".join(sentences)


def colour(fill: float) -> str:
    """Name the grey of a block."""
    if fill in (0, 1):
        return "white" if fill else "black"
    return f"grey ({fill:g})"


def minima_table(photos: Sequence[Mapping[str, Any]]) -> Table:
    """List the minima of each photo and block."""
    blocks = photos[0]["blocks"]
    return Table(
        label="tab-maps",
        caption="Minimum of the probability by photo and block, in brackets the row and column of "
        "the block's centre there; and the share of positions with less than half of the map's "
        "maximum.",
        header=[
            "Photo",
            "Class",
            *(f"Block {block['size']}: minimum" for block in blocks),
            "Below half",
        ],
        rows=[
            [
                code(photo["photo"]),
                plain(photo["class"]),
                *(
                    f"{percent(block['min_probability'], 1)} "
                    f"({', '.join(map(str, block['min_at']))})"
                    for block in photo["blocks"]
                ),
                ", ".join(fixed(100 * block["share_below_half"], 0) for block in photo["blocks"])
                + "\u00a0%",
            ]
            for photo in photos
        ],
        texts=2,
    )


def deletion_text(found: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Describe how tiles are deleted, and in which order."""
    scored = found["scored"]
    block = scored["block"]
    return (
        f"*Are the maps informative?* Tiles of {settings['tile']} pixels are deleted one after the "
        "other: they are filled with the photo's mean colour, since tiles of one strong colour "
        "would be an object of their own. The order is by importance, most or least important "
        f"first, or one of {counted(settings['random_orders'], 'random order')}. Importance is "
        f"taken from the map of the block of {block['side']} pixels at a stride of "
        f"{block['stride']}, which is affordable for every photo. The area under the curve is the "
        "mean probability over the deletions (@fig-deletion, @tab-deletion). *Photos of the mean.* "
        f"{attacked_photos_text({**found, **scored}, scored['attacked_photos'])}"
    )


def deletion_table(found: Mapping[str, Any]) -> Table:
    """List the areas of the examples and their mean over all photos."""
    scored = found["scored"]
    photos = scored["attacked_photos"]
    return Table(
        label="tab-deletion",
        caption=f"Area under the deletion curve of the examples, and mean over "
        f"{counted(photos, 'photo')} with its 95\u00a0% interval.",
        header=["Photo", "Class", *ORDERS.values()],
        rows=[
            *(
                [
                    code(photo["photo"]),
                    plain(photo["class"]),
                    *(fixed(photo["area_under_deletion"][order], 3) for order in ORDERS),
                ]
                for photo in found["photos"]
            ),
            [
                f"*mean of {photos}*",
                "",
                *(f"*{plus_minus(scored['area'][order], digits=3)}*" for order in ORDERS),
            ],
        ],
        texts=2,
    )


def baseline_text(photos: Sequence[Mapping[str, Any]], curves: Sequence[Mapping[str, str]]) -> str:
    """Say what the network makes of the mean colour alone, the end of a deletion curve."""
    final = {
        row["photo"]: float(row["probability"])
        for row in sorted(curves, key=lambda row: int(row["deleted"]))
    }
    kept = [
        f"for “{plain(photo['class'])}” ({percent(final[photo['photo']], 0)})"
        for photo in photos
        if final[photo["photo"]] >= KEPT * photo["probability"]
    ]
    mean = (
        "The mean colour alone, at the end of the curve, leaves the class a probability of "
        f"{percent(final[MEAN], 1)} on average."
    )
    if not kept:
        return f"{mean} So the class is gone where the object is, in each example."
    return (
        f"{mean} It keeps at least half of the probability {listed(kept)}: there the colour alone "
        "is evidence for the class, and the curve cannot tell what matters."
    )


def explained_text(explained: Mapping[str, Any]) -> str:
    """Say which maps are the best, and check the integrated gradients."""
    return (
        f"{verdict(explained)} The best deletion score is that of "
        f"{best_by(explained, 'deletion')}, the best insertion score that of "
        f"{best_by(explained, 'insertion')} (@tab-explain, "
        f"{counted(explained['images'], 'photo')}). The map of integrated gradients should sum to "
        "the logit's difference between the ends of the path, on average "
        f"{plus_minus(explained['logit_difference'], digits=1)}; its mean absolute error is "
        f"{plus_minus(explained['completeness_error'])}."
    )
