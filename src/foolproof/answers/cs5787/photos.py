"""CS5787, problem 1: a pretrained network, and what its feature maps show."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from foolproof.answers.document import Answer, Block, Bullets, Code, Figure, Paragraph, Table
from foolproof.answers.markup import code, plain
from foolproof.answers.numbers import (
    count,
    counted,
    fixed,
    listed,
    moves_by,
    percent,
    percent_interval,
    percent_or_dash,
    plus_minus,
    rate_interval,
)

FOLLOWS = 0.5
"""|r| from which a map is said to follow a low-level feature."""

FEATURES = {
    "brightness": "brightness",
    "red_green": "red − green",
    "yellow_blue": "yellow − blue",
    "rightward": "the slope to the right",
    "downward": "the slope downwards",
    "edges": "edges",
}

Record = Mapping[str, Any]


OWN_PAGES = 2
"""Of own photos in the report."""


def classification_answer(found: Record, shown: str, network: Record, photos: Record) -> Answer:
    """Answer question 1.1.

    Args:
        found: metrics/photos/classification.json.
        shown: file name of the photo in question.
        network: record of the network's weights.
        photos: record of the photos.
    """
    photo = next(each for each in found["photos"] if each["file"] == shown)
    top = listed(
        [f"{plain(each['class'])} ({percent(each['probability'])})" for each in photo["top"]]
    )
    architecture = code(found["architecture"])
    return Answer(
        number="1.1",
        question="Run a pretrained network on the photo of the peppers. What are its top-3 "
        "classes, and their probabilities?",
        answer=f"{_capital(top)}: the top {counted(len(photo['top']), 'class', 'classes')} of "
        f"{architecture} for {code(shown)}, in this order.",
        glance=f"{_capital(top)}.",
        rule="The classes are sorted by their softmax probability.",
        numbers={"top1": found["top1"], "topk": found["topk"]},
        evidence=[
            Figure(
                path="plots/classify_photos/example.png",
                label="fig-example",
                width=43,
                caption=f"Input of {architecture} for {code(shown)}, with its top classes and "
                "their probabilities.",
                beside=" ".join(
                    [
                        f"*Network.* {architecture}, with {count(found['classes'])} classes. "
                        f"Weights: {plain(network['note'])}",
                        *_substitute_text(shown),
                        f"*Preprocessing.* {preprocessing_text(found['preprocessing'])} "
                        "`pretrained.network` in `params.yaml` names another classifier of "
                        "torchvision or timm.",
                        f"*All photos.* {_accuracy_text(found)} {plain(photos['note'])} They are "
                        "no random sample of ImageNet, so that such a rate says nothing about the "
                        "network's accuracy on other photos.",
                    ]
                ),
            ),
            *_own_photos(found["own_figures"], architecture),
            Code(function="photos.preprocess:to_network_pixels"),
            Code(function="pretrained.load:predict"),
        ],
    )


def preprocessing_text(settings: Record) -> str:
    """Describe the preprocessing of photos."""
    mean, std = (", ".join(fixed(value, 3) for value in settings[name]) for name in ("mean", "std"))
    return (
        f"The shorter side of a photo is resized to {settings['resize']} pixels "
        f"({settings['interpolation']}, antialiased), the central {settings['crop']} × "
        f"{settings['crop']} are cropped, and of the channels, in [0, 1], {mean} is subtracted "
        f"before division by {std}."
    )


def _capital(text: str) -> str:
    """Raise the first letter; names of classes keep theirs otherwise."""
    return text[:1].upper() + text[1:]


def _substitute_text(shown: str) -> list[str]:
    """Say that there is no photo of the peppers."""
    if PurePath(shown).stem == "peppers":
        return []
    return [f"The photos here have none of the peppers; {code(shown)} takes its place."]


def _accuracy_text(found: Record) -> str:
    """Give the accuracy on the photos with a label, and the most and the least certain one."""
    if not found["labelled"]:
        return "No photo has a label among the network's classes, so that no accuracy can be given."
    text = (
        f"Of the {counted(found['labelled'], 'photo')} whose true class is among the network's, it "
        f"classifies {rate_interval(found['top1'])} correctly"
    )
    if found["top"] < found["classes"]:
        text += f"; the true class is among the top {found['top']} for " + rate_interval(
            found["topk"]
        )
    return f"{text}."


def _own_photos(figures: Mapping[str, int], architecture: str) -> list[Block]:
    """Show a user's own photos, as far as `OWN_PAGES` hold them.

    Args:
        figures: number of photos in each.
        architecture: of the network.
    """
    own, until = sum(figures.values()), 0
    shown: list[Block] = []
    for name, number in list(figures.items())[:OWN_PAGES]:
        shown.append(
            Figure(
                path=f"plots/classify_photos/{name}.png",
                caption=f"Input of {architecture} for photos from the folder `photos`, with its "
                f"top classes: {until + 1} to {until + number} of {own}.",
            )
        )
        until += number
    if until < own:
        shown.append(
            Paragraph(
                f"{_capital(counted(own - until, 'more photo'))} of this folder are in the figures "
                "behind it in `plots/classify_photos`, and in `metrics/photos.json`."
            )
        )
    return shown


def maps_answer(maps: Record, label: str | None, chosen: int) -> Answer:
    """Answer question 1.2.

    Args:
        maps: metrics/photos/feature_maps.json.
        label: true class of the photo whose maps are shown, where it is known.
        chosen: number of maps of each layer, of params.yaml.
    """
    layers, verdict = maps["layers"], maps_verdict(maps)
    architecture, photos = code(maps["architecture"]), counted(maps["photos"], "photo")
    return Answer(
        number="1.2",
        question="Show feature maps from early, middle and late in the network, five of each, and "
        "discuss what they show.",
        answer=verdict,
        glance=maps_glance(maps, verdict),
        rule="A change with depth is stated where the 95 % interval of the difference between the "
        f"first and the last layer excludes 0; a map follows a feature from |r| = {FOLLOWS} on.",
        numbers=maps["change"],
        evidence=[
            Paragraph(
                '*Which maps.* "Early" is the first layer behind a non-linearity, "late" the last '
                'whose maps have more than one cell, "middle" the last whose maps are at least as '
                f"large as the geometric mean of both. The {chosen} channels shown of a layer are "
                "those most informative about this photo: the first has the highest variance over "
                "positions, each further one the highest residual variance after regression on "
                "those before, after subtraction of the mean map over the other photos. This rule "
                "finds neither empty maps nor five times the same. Each map is scaled to [0, 1]."
            ),
            _maps_table(maps, photos),
            Paragraph("*What the maps show* (@fig-maps)."),
            Bullets([_layer_text(each, len(maps["possible_layers"])) for each in layers]),
            Paragraph(" ".join([*_closest_texts(layers, photos), *_label_text(maps, label)])),
            Figure(
                path="plots/show_feature_maps/feature_maps.png",
                label="fig-maps",
                caption=f"Top: {code(maps['photo'])} and its low-level features. Below: "
                f"{counted(len(layers[0]['shown']), 'feature map')} of each of "
                f"{counted(len(layers), 'layer')} of {architecture} for this photo, each scaled "
                "from its minimum to its maximum. r: correlation with the closest low-level "
                "feature; most: the photo with the highest mean activation of the channel.",
            ),
            Paragraph(
                "*What makes it hard.* A late map has few cells with large receptive fields, so "
                "that positions say little. A channel can be active for several unrelated things, "
                "and what it represents may lie in combinations that no single map shows. Scaling "
                "gives faint and strong maps the same contrast. A name that fits one photo may not "
                f"fit the next: hence @tab-maps is over {photos}."
            ),
            Code(function="explain.feature_maps:feature_maps"),
            Code(function="explain.feature_maps:most_informative_channels"),
            Code(function="explain.feature_maps:min_max_normalize"),
        ],
    )


def maps_verdict(maps: Record) -> str:
    """Say how maps change from the first layer shown to the last."""
    layers = maps["layers"]
    if len(layers) == 1:
        return "Only one layer is shown, so nothing can be said about depth."
    explained, sparser = changes(maps)
    return (
        f"From the first layer to the last, the side of a map goes from {layers[0]['side']} to "
        f"{layers[-1]['side']} cells. The share of its variance that brightness, colours and edges "
        f"explain {explained}, the share of zeros {sparser}."
    )


def maps_glance(maps: Record, verdict: str) -> str:
    """Say it in a line."""
    if len(maps["layers"]) == 1:
        return verdict
    explained, sparser = changes(maps)
    return (
        f"With depth, the variance that low-level features explain {explained}; the share of zeros "
        f"{sparser}."
    )


def changes(maps: Record) -> tuple[str, str]:
    """Say how the explained variance and the sparsity change with depth."""
    change = maps["change"]
    explained, sparsity = change["explained_by_low_level_features"], change["sparsity"]
    return (
        moves_by(explained, scale=100, digits=1, unit="points", of="channels"),
        moves_by(sparsity, scale=100, digits=1, unit="points", of="photos"),
    )


def _layer_text(layer: Record, possible: int) -> str:
    """Say which of the maps shown follow a low-level feature of the photo."""
    followers = []
    for each in layer["shown"]:
        feature, r = max(each["correlations"].items(), key=lambda item: abs(item[1]))
        if abs(r) >= FOLLOWS:
            followers.append(f"channel {each['channel']} {FEATURES[feature]} ({r_text(r)})")
    number, shown = len(followers), len(layer["shown"])
    where = f"{code(layer['layer'])} (layer {layer['depth']} of {possible})"
    if not number:
        return f"{where}: none of the {counted(shown, 'map')} follows a low-level feature."
    follow = "follows" if number == 1 else "follow"
    return (
        f"{where}: {number} of the {counted(shown, 'map')} {follow} a low-level feature, "
        f"{listed(followers)}."
    )


def r_text(r: float) -> str:
    """Write a correlation."""
    return f"_r_ = {fixed(r, 2)}"


def _closest_texts(layers: Sequence[Record], photos: str) -> list[str]:
    """Name the channel of the first and of the last layer that is closest to any feature."""
    ends = layers if len(layers) == 1 else [layers[0], layers[-1]]
    return [
        *(
            f"Of all {count(layer['channels'])} channels of {code(layer['layer'])}, "
            f"{_closest(layer)}, over {photos}."
            for layer in ends
        ),
        "A negative _r_ is the same with bright and dark exchanged. The maximum of many _r_ is "
        "large by chance too, the more channels and the fewer cells there are.",
    ]


def _closest(layer: Record) -> str:
    feature, best = max(
        layer["closest_to_low_level_features"].items(),
        key=lambda item: abs(item[1]["correlation"]),
    )
    return (
        f"channel {best['channel']} is the closest to a low-level feature, to {FEATURES[feature]} "
        f"({r_text(best['correlation'])}; within a photo {plus_minus(best['by_photo'])})"
    )


def _label_text(maps: Record, label: str | None) -> list[str]:
    """Count the late maps shown that are most active on photos of the same class."""
    layers = maps["layers"]
    if label is None or maps["photos"] == 1 or len(layers) == 1:
        return []
    favourites = [each["most_active_in"] for each in layers[-1]["shown"]]
    return [
        f"{favourites.count(label)} of the {len(favourites)} late channels shown are most active "
        f'on photos of the class "{plain(label)}".'
    ]


def _maps_table(maps: Record, photos: str) -> Table:
    return Table(
        label="tab-maps",
        caption=f"Layers of {code(maps['architecture'])} over {photos}, ± 95 % intervals. "
        "_Sparsity_: share of all activations that are zero, over the photos. _Low-level_: share "
        "of a map's variance that the best linear combination of brightness, two colour "
        "differences, two slopes and edges explains, over the channels. _Between photos_: share of "
        "the variance between the means of photos; the rest is within photos.",
        header=["Layer", "Depth", "Maps", "Side", "Sparsity", "Low-level", "Between photos"],
        rows=[
            [
                code(layer["layer"]),
                f"{layer['depth']} of {len(maps['possible_layers'])}",
                count(layer["channels"]),
                str(layer["side"]),
                percent_interval(layer["sparsity"], 0),
                percent_interval(layer["explained_by_low_level_features"], 0),
                percent_or_dash(layer["between_photos"], 0),
            ]
            for layer in maps["layers"]
        ],
    )
