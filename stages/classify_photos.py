"""Name the likeliest classes of photographs: the downloaded ones, and a user's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.figures.classify_photos import Classified, draw_classified
from foolproof.figures.style import save_figure
from foolproof.networks.weights import unchanged_weights
from foolproof.params.classify_photos import ClassifyPhotos
from foolproof.photos.photo import Photo, row_of_peppers, with_own_photos
from foolproof.pretrained.chosen import load_network_and_photos
from foolproof.pretrained.load import network_pixels, predict

# Where a user drops pictures of his own.
FOLDER = Path("photos")


def main() -> None:
    """Classify all photographs, list the likeliest classes and draw them."""
    top = load_section("classify_photos", ClassifyPhotos).top
    name, pretrained, _, downloaded = load_network_and_photos()
    photos = with_own_photos(downloaded, FOLDER)
    own = photos[len(downloaded) :]
    pixels = network_pixels(pretrained, [photo.picture for photo in photos])
    with unchanged_weights(pretrained.network) as digest:
        probabilities = predict(pretrained, pixels).softmax(1).cpu()
    found = [
        rank(photo, values, pretrained.classes, top)
        for photo, values in zip(photos, probabilities, strict=True)
    ]
    ranks = [each["label_rank"] for each in found if each["label_rank"]]
    write_json(
        Path("metrics/photos/classification.json"),
        {
            "network": name,
            "architecture": pretrained.architecture,
            "classes": len(pretrained.classes),
            "top": min(top, len(pretrained.classes)),
            "photos": [
                each | {"own": index >= len(downloaded)} for index, each in enumerate(found)
            ],
            "labelled": len(ranks),
            "share_right": share([each == 1 for each in ranks]),
            "share_in_top": share([each <= top for each in ranks]),
            "weights_sha256": digest,
        },
    )
    drawn = [
        to_draw(each, values.permute(1, 2, 0)) for each, values in zip(found, pixels, strict=True)
    ]
    lines = [source_line("photos", name), *([f"own pictures: {len(own)}"] if own else [])]
    peppers = drawn[row_of_peppers(downloaded)]
    for file, chosen in (("classification", drawn), ("peppers", [peppers])):
        save_figure(
            draw_classified(chosen, architecture=pretrained.architecture),
            Path("plots/classify_photos", f"{file}.png"),
            source=" · ".join(lines),
        )


def rank(photo: Photo, probabilities: Tensor, classes: Sequence[str], top: int) -> dict[str, Any]:
    """List the likeliest classes, and the rank (from 1) of the true one where it is a class.

    Args:
        photo: what was classified.
        probabilities: of all classes, (K,).
        classes: their names.
        top: how many to list; fewer where there are fewer.
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


def share(holds: Sequence[bool]) -> float | None:
    """Compute the share of what holds; None, which JSON has, where there is nothing."""
    return sum(holds) / len(holds) if holds else None


def to_draw(found: dict[str, Any], pixels: Tensor) -> Classified:
    """Make of what `rank` found, and of the pixels (side, side, 3), what can be drawn."""
    return Classified(
        name=found["file"],
        pixels=pixels.cpu().numpy(),
        label=found["label"] if found["label_rank"] else None,
        classes=[each["class"] for each in found["top"]],
        probabilities=[each["probability"] for each in found["top"]],
    )


if __name__ == "__main__":
    run_stage(main)
