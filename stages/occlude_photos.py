"""Compute occlusion maps of photos, and test them by deletion curves."""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.levels import to_8_bit
from foolproof.explain.deletion import Order, deletion_curves
from foolproof.explain.occlude import occlusion_maps, summarize_map
from foolproof.figures.occlude_photos import draw_deletion, draw_occlusion_maps
from foolproof.figures.style import save_figures
from foolproof.params.occlude_photos import Block, OccludePhotos
from foolproof.photos.folder import with_own_photos
from foolproof.photos.names import find_or_replace, nearest_names
from foolproof.photos.photo import Photo
from foolproof.pretrained.load import network_pixels, predict
from foolproof.pretrained.stage import PhotoStage, photo_stage

# Orders in which tiles are deleted, by their names in figures and reports.
ORDERS: dict[Order, str] = {
    "important": "most important first",
    "random": "random",
    "unimportant": "least important first",
}


@dataclass(frozen=True, eq=False)
class Explanation:
    """Occlusion maps of a photo, and the deletion curves that test them."""

    requested: str
    """Name of the photo in params.yaml."""

    photo: Photo
    """That one, or another in its place."""

    pixels: Tensor
    """(3, S, S), in [0, 1]."""

    predicted: str
    """The top-1 class."""

    probability: float
    """Of that class."""

    maps: list[Tensor]
    """Occlusion maps of that class, one for each block."""

    curves: dict[Order, list[Tensor]]
    """Deletion curves of that class."""


def main() -> None:
    """Compute maps of the top-1 class of each photo, by every block, and delete tiles."""
    with photo_stage(OccludePhotos) as s:
        photos = with_own_photos(s.photos, Path("photos"))
        network = s.folded(s.pretrained.network)
        generator = new_generator(s.settings.seed)
        explanations = [
            explain(s, network, requested, photo, generator)
            for requested, photo in choose_photos(s.settings.photos, photos, s.pretrained.crop)
        ]
    blocks = s.settings.blocks
    found = [describe(each, blocks) for each in explanations]
    areas = [each["area_under_deletion"] for each in found]
    write_json(
        Path("metrics/photos/occlusion.json"),
        {
            "network": s.name,
            "architecture": s.pretrained.architecture,
            "photos": found,
            "mean_area": {
                order: float(torch.tensor([area[order] for area in areas]).mean())
                for order in ORDERS
            },
            "weights_sha256": s.weights_sha256,
        },
    )
    write_arrays(
        Path("data/occlusion/photos.npz"),
        names=np.array([each.photo.name for each in explanations]),
        images=torch.stack([to_8_bit(each.pixels) for each in explanations]).cpu().numpy(),
        **{
            f"{each.photo.name}_{block.side}_{block.stride}": probabilities.cpu().numpy()
            for each in explanations
            for block, probabilities in zip(blocks, each.maps, strict=True)
        },
    )
    write_csv(Path("plots/occlude_photos_deletion.csv"), deletion_rows(explanations))
    figures = draw(explanations, s.settings, s.pretrained.architecture)
    save_figures(figures, Path("plots/occlude_photos"), source=source_line("photos", s.name))


def explain(
    s: PhotoStage[OccludePhotos],
    network: nn.Module,
    requested: str,
    photo: Photo,
    generator: torch.Generator,
) -> Explanation:
    """Compute the occlusion maps of the top-1 class of a photo, and its deletion curves.

    Args:
        s: the stage, whose network predicts the class.
        network: the same, with batch norm folded, for the maps and curves.
        requested: name of the photo in params.yaml.
        photo: that one, or another in its place.
        generator: of the random orders, on the CPU.
    """
    pixels = network_pixels(s.pretrained, [photo.picture])[0]
    probabilities = predict(s.pretrained, pixels[None]).softmax(1)[0]
    target = int(probabilities.argmax())
    maps = [
        timed_map(network, pixels, target, block, s.settings.fill) for block in s.settings.blocks
    ]
    curves = deletion_curves(
        network,
        pixels,
        target,
        [(each, block.stride) for each, block in zip(maps, s.settings.blocks, strict=True)],
        tile=s.settings.tile,
        random_orders=s.settings.random_orders,
        generator=generator,
    )
    predicted, probability = s.pretrained.classes[target], probabilities[target].item()
    return Explanation(requested, photo, pixels, predicted, probability, maps, curves)


def choose_photos(
    requested: Sequence[str], photos: Sequence[Photo], side: int
) -> list[tuple[str, Photo]]:
    """Find photos by name; others, if possible large ones, replace those that are missing.

    Args:
        requested: names of photos.
        photos: at least one, with unique names.
        side: of the network's input in pixels.

    Returns:
        Each requested name with its photo; fewer where there are fewer photos.
    """
    # Enlarging a small photo makes up the detail that the map is about.
    ordered = sorted(photos, key=lambda photo: is_small(photo, side))
    names = [photo.name for photo in ordered]
    indices = find_or_replace(requested, names)
    chosen = [
        (name, ordered[index])
        for name, index in zip(requested, indices, strict=True)
        if index is not None
    ]
    for name, photo in chosen:
        if photo.name != name:
            logging.warning(
                "%s in place of %s: no photo has this name, the nearest: %s",
                photo.name,
                name,
                nearest_names(name, names),
            )
        if is_small(photo, side):
            logging.warning(
                "%s has %d x %d pixels and is enlarged to the network's %d x %d",
                photo.name,
                *photo.picture.size,
                side,
                side,
            )
    if len(chosen) < len(requested):
        logging.warning("photos for %d of %d names", len(chosen), len(requested))
    return chosen


def is_small(photo: Photo, side: int) -> bool:
    """Tell whether a photo is smaller than the network's input, of that side in pixels."""
    return min(photo.picture.size) < side


def timed_map(network: nn.Module, pixels: Tensor, target: int, block: Block, fill: float) -> Tensor:
    """Compute an occlusion map, and log its throughput."""
    start = time.perf_counter()
    classes = torch.tensor([target], device=pixels.device)
    found = occlusion_maps(
        network, pixels[None], classes, size=block.side, stride=block.stride, fill=fill
    )[0]
    seconds = time.perf_counter() - start
    logging.info(
        "%d positions, %.1f s, %.0f a second", found.numel(), seconds, found.numel() / seconds
    )
    return found


def describe(explanation: Explanation, blocks: Sequence[Block]) -> dict[str, Any]:
    """Summarize the maps and the curves of a photo for the metrics."""
    photo, side = explanation.photo, explanation.pixels.shape[-1]
    return {
        "photo": photo.name,
        "requested": explanation.requested,
        "replaced": photo.name != explanation.requested,
        "enlarged": is_small(photo, side),
        "label": photo.label,
        "class": explanation.predicted,
        "probability": explanation.probability,
        "blocks": [
            {
                "size": block.side,
                "stride": block.stride,
                "side": side,
                **asdict(summarize_map(each, block.stride)),
            }
            for block, each in zip(blocks, explanation.maps, strict=True)
        ],
        "area_under_deletion": {
            order: [float(curve.mean()) for curve in explanation.curves[order]] for order in ORDERS
        },
    }


def deletion_rows(explanations: Sequence[Explanation]) -> list[dict[str, Any]]:
    """List the mean curve of each photo and order, for a CSV file."""
    return [
        {
            "photo": each.photo.name,
            "series": f"{each.photo.name}, {text}",
            "deleted": step,
            "probability": value,
        }
        for each in explanations
        for order, text in ORDERS.items()
        for step, value in enumerate(torch.stack(each.curves[order]).mean(0).tolist())
    ]


def draw(
    explanations: Sequence[Explanation], settings: OccludePhotos, architecture: str
) -> dict[str, Figure]:
    """Draw the maps and the deletion curves of all photos."""
    return {
        "maps": draw_occlusion_maps(
            [
                (
                    f"{each.predicted}\n{100 * each.probability:.1f} %",
                    each.pixels.permute(1, 2, 0).cpu().numpy(),
                    each.maps,
                )
                for each in explanations
            ],
            [(block.side, block.stride) for block in settings.blocks],
            fill=settings.fill,
            title=architecture,
        ),
        "deletion": draw_deletion(
            [(f"{each.predicted}\n{each.photo.name}", each.curves) for each in explanations],
            ORDERS,
            title=architecture,
        ),
    }


if __name__ == "__main__":
    run_stage(main)
