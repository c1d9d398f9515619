"""Explanation maps: their settings, what their scores say, and the table of these.

A record is what the stages `explain_mnist` and `explain_photos` write.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from foolproof.answers.document import Table
from foolproof.answers.numbers import counted, is_above, listed, plus_minus

Kind = Literal["deletion", "insertion"]

NAMES = {
    "saliency": "saliency",
    "smoothgrad": "SmoothGrad",
    "integrated_gradients": "integrated gradients",
    "gradcam": "Grad-CAM",
    "occlusion": "occlusion",
    "random": "random maps",
    "intensity": "pixel intensity",
}
"""Of methods, and of the controls last."""

BASELINES = {
    "black": "black",
    "mean": "the image's mean colour",
    "blur": "a blurred copy of the image",
}
"""What an image without its pixels is."""

BOTH: Sequence[Kind] = ("deletion", "insertion")


def settings_text(settings: Mapping[str, Any]) -> str:
    """Describe the maps and their scores, by the stage's section of params.yaml."""
    methods, scores = settings["methods"], settings["scores"]
    occlusion, smoothgrad = methods["occlusion"], methods["smoothgrad"]
    tile, empty = scores["tile"], scores["baselines"]
    stride = f" at a stride of {occlusion['stride']}" if occlusion["stride"] > 1 else ""
    deleted = "pixels" if tile == 1 else f"tiles of {tile} × {tile} pixels"
    start = "a black image" if empty["insertion"] == "black" else BASELINES[empty["insertion"]]
    return (
        f"Occlusion, here by patches of {occlusion['side']} × {occlusion['side']} pixels{stride}, "
        "is compared with the gradient of the class logit (saliency) and with Grad-CAM. "
        f"SmoothGrad averages {smoothgrad['samples']} gradients under Gaussian noise of standard "
        f"deviation {smoothgrad['std']:g}. Integrated gradients average "
        f"{methods['integrated_gradients']['steps']} gradients on the path from zero to the image. "
        f"The {deleted} that a map ranks highest are deleted first, in up to {scores['steps']} "
        f"steps, and become {BASELINES[empty['deletion']]}; or they are inserted first into "
        f"{start}. The score is the area under the curve of the class probability. That of random "
        f"maps is a mean over {scores['random_maps']}."
    )


def in_order(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give the scores of methods and controls, by name, in the order of `NAMES`."""
    return {name: record["scores"][name] for name in NAMES if name in record["scores"]}


def better_by_exactly(record: Mapping[str, Any], control: str, kinds: Sequence[Kind]) -> list[str]:
    """List the methods that are better than a control by exactly these scores.

    A method is better where the interval of its paired gain is above zero.
    """
    return [
        NAMES[name]
        for name, scores in in_order(record).items()
        if name not in record["controls"]
        and [kind for kind in BOTH if is_above(scores["gain_over"][control][kind])] == list(kinds)
    ]


def verdict(record: Mapping[str, Any]) -> str:
    """Say which maps are better than random ones, and by which scores."""
    if record["images"] < 2:
        return "One image gives no interval, so no map can be told from a random one."
    total = len(in_order(record)) - len(record["controls"])
    both, neither = (better_by_exactly(record, "random", kinds) for kinds in (BOTH, ()))
    if len(both) == total:
        return (
            f"All {total} maps tell which pixels matter: each is better than a random map by both "
            "scores."
        )
    if len(neither) == total:
        return "No map can be told from a random one by its scores."
    sentences = [
        f"Better than a random map by both scores: {listed(both)}."
        if both
        else "No map is better than a random one by both scores."
    ]
    for kind in BOTH:
        if only := better_by_exactly(record, "random", (kind,)):
            sentences.append(f"By the {kind} score only: {listed(only)}.")
    if neither:
        sentences.append(f"By neither: {listed(neither)}.")
    return " ".join(sentences)


def best_by(record: Mapping[str, Any], kind: Kind) -> str:
    """Name the method with the best mean score, and those that it is not better than.

    Each is compared with the best on the same images, by the interval of the gain.
    """
    method, gain_over = (record["best"][kind][key] for key in ("method", "gain_over"))
    close = [
        f"{NAMES[name]} (gain {plus_minus(gain, digits=3)})"
        for name, gain in gain_over.items()
        if not is_above(gain)
    ]
    best = f"{NAMES[method]} ({plus_minus(record['scores'][method][kind], digits=3)})"
    if not close:
        return f"{best}, significantly better than all others"
    return f"{best}, not significantly better than {listed(close)}"


def scores_table(record: Mapping[str, Any], label: str) -> Table:
    """List the scores, and the gains over random maps; controls are emphasized."""

    def gain(scores: Mapping[str, Any], kind: Kind) -> str:
        over = scores["gain_over"].get("random")
        return plus_minus(over[kind], digits=3) if over else "–"

    return Table(
        label=label,
        caption="Deletion score (lower is better) and insertion score (higher is better) of each "
        "map, and paired gain over random maps on the same images; mean over "
        f"{counted(record['images'], 'image')} ± 95\u00a0% interval. Controls are in italics.",
        header=["Map", "Deletion ↓", "Insertion ↑", "Gain, deletion", "Gain, insertion"],
        rows=[
            [
                f"_{NAMES[name]}_" if name in record["controls"] else NAMES[name],
                *(plus_minus(scores[kind], digits=3) for kind in BOTH),
                *(gain(scores, kind) for kind in BOTH),
            ]
            for name, scores in in_order(record).items()
        ],
    )
