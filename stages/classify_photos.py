"""Top classes of photos: the downloaded ones, and a user's own."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from foolproof.compute.intervals import rate_with_interval
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.figures.classify_photos import Classified, draw_classified, sheets_of
from foolproof.figures.style import save_figures
from foolproof.params.classify_photos import ClassifyPhotos
from foolproof.photos.folder import with_own_photos
from foolproof.photos.photo import Photo, index_of_peppers
from foolproof.pretrained.load import Pretrained, network_pixels, predict
from foolproof.pretrained.stage import photo_stage


def main() -> str:
    """Classify all photos; list and draw their top classes."""
    with photo_stage(ClassifyPhotos) as s:
        photos = with_own_photos(s.photos, Path("photos"))
        pixels = network_pixels(s.pretrained, [photo.picture for photo in photos])
        probabilities = predict(s.pretrained, pixels).softmax(1).cpu()
    top, classes, own = s.settings.top, s.pretrained.classes, len(photos) - len(s.photos)
    found = [
        rank(photo, values, classes, top)
        for photo, values in zip(photos, probabilities, strict=True)
    ]
    for each in found[len(s.photos) :]:
        logging.info("%s", in_words(each))
    ranks = [each["label_rank"] for each in found if each["label_rank"]]
    top1 = rate_with_interval(ranks.count(1), len(ranks)) if ranks else None
    drawn = [
        to_draw(each, values.permute(1, 2, 0)) for each, values in zip(found, pixels, strict=True)
    ]
    own_sheets = dict(sheets_of(drawn[len(s.photos) :]))
    write_json(
        Path("metrics/photos/classification.json"),
        {
            "network": s.name,
            "architecture": s.pretrained.architecture,
            "classes": len(classes),
            "preprocessing": describe_preprocessing(s.pretrained),
            "top": min(top, len(classes)),
            "photos": [each | {"own": i >= len(s.photos)} for i, each in enumerate(found)],
            "own_figures": {name: len(sheet) for name, sheet in own_sheets.items()},
            "labelled": len(ranks),
            "top1": top1,
            "topk": rate_with_interval(sum(r <= top for r in ranks), len(ranks)) if ranks else None,
            "weights_sha256": s.weights_sha256,
        },
    )
    figures = {
        name: draw_classified(chosen, architecture=s.pretrained.architecture)
        for name, chosen in (
            ("classification", drawn[: len(s.photos)]),
            ("example", [drawn[index_of_peppers(s.photos)]]),
            *own_sheets.items(),
        )
    }
    lines = [source_line("photos", s.name), *([f"own pictures: {own}"] if own else [])]
    save_figures(figures, Path("plots/classify_photos"), source=" · ".join(lines))
    return f"label first: {rate_in_words(top1)}"


def in_words(found: Mapping[str, Any]) -> str:
    """Write a photo's top classes in a line."""
    top = ", ".join(f"{each['class']} {100 * each['probability']:.1f} %" for each in found["top"])
    return f"{found['file']}: {top}"


def describe_preprocessing(pretrained: Pretrained) -> dict[str, Any]:
    """Describe what turns a photo into the network's input; `mean` and `std` are by channel."""
    mean, std = (pretrained.network.get_buffer(f"normalize.{name}") for name in ("mean", "std"))
    return {
        "resize": pretrained.resize,
        "crop": pretrained.crop,
        "interpolation": pretrained.interpolation,
        "mean": mean.flatten().tolist(),
        "std": std.flatten().tolist(),
    }


def rank(photo: Photo, probabilities: Tensor, classes: Sequence[str], top: int) -> dict[str, Any]:
    """List the top classes, and the rank of the true class, from 1, where it is a class.

    Args:
        photo: that was classified.
        probabilities: of all classes, (K,).
        classes: their names.
        top: how many to list; all where there are fewer.
    """
    order = probabilities.argsort(descending=True, stable=True).tolist()
    label = classes.index(photo.label) if photo.label in classes else None
    return {
        "file": photo.name,
        "label": photo.label,
        "label_rank": None if label is None else 1 + order.index(label),
        "label_probability": None if label is None else probabilities[label].item(),
        "top": [
            {"class": classes[index], "probability": probabilities[index].item()}
            for index in order[:top]
        ],
    }


def to_draw(found: dict[str, Any], pixels: Tensor) -> Classified:
    """Combine the result of `rank` and the pixels (S, S, 3) for the figure."""
    return Classified(
        name=found["file"],
        pixels=pixels.cpu().numpy(),
        label=found["label"] if found["label_rank"] else None,
        classes=[each["class"] for each in found["top"]],
        probabilities=[each["probability"] for each in found["top"]],
    )


if __name__ == "__main__":
    run_stage(main)
