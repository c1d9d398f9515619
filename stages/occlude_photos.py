"""Compute occlusion maps of photos, and test them by deletion curves of all photos."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from foolproof.attacks.correctly_classified import (
    ClassifiedPhotos,
    correctly_classified,
    description,
)
from foolproof.compute.progress import progress_of
from foolproof.compute.seeds import new_generator
from foolproof.compute.speed import logged_speed
from foolproof.compute.words import mean_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.levels import to_8_bit
from foolproof.explain.deletion import (
    Order,
    compare_orders,
    deletion_areas,
    deletion_curves,
)
from foolproof.explain.occlude import occlusion_maps, summarize_map
from foolproof.figures.occlude_photos import draw_deletion, draw_occlusion_maps
from foolproof.figures.style import save_figures
from foolproof.params.occlude_photos import Block, OccludePhotos
from foolproof.photos.choose import choose_photos, is_small
from foolproof.photos.folder import with_own_photos
from foolproof.photos.photo import Photo
from foolproof.pretrained.load import network_pixels, predict
from foolproof.pretrained.stage import PhotoStage, photo_stage

# Orders in which tiles are deleted, by their names in figures and reports.
ORDERS: dict[Order, str] = {
    "important": "most important first",
    "random": "random",
    "unimportant": "least important first",
}


Curves = Mapping[Order, Sequence[Tensor]]
"""Deletion curves (T + 1,) of a photo, one or more for each order."""


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

    curves: Curves
    """Of that class, by the map of the coarsest block."""


def main() -> str:
    """Compute maps of the top-1 class of each photo, by every block, and delete tiles."""
    with photo_stage(OccludePhotos) as s:
        photos = with_own_photos(s.photos, Path("photos"))
        network = s.folded(s.pretrained.network)
        generator = new_generator(s.settings.seed)
        explanations = [
            explain(s, network, requested, photo, generator)
            for requested, photo in choose_photos(s.settings.photos, photos, s.pretrained.crop)
        ]
        classified = correctly_classified(s.photos, s.pretrained)
        scored = delete_tiles(s, network, classified, generator)
    blocks = s.settings.blocks
    orders = compare_orders([deletion_areas(each) for each in scored])
    write_json(
        Path("metrics/photos/occlusion.json"),
        {
            "network": s.name,
            "architecture": s.pretrained.architecture,
            "photos": [describe(each, blocks) for each in explanations],
            "scored": {
                **description(classified.describe()),
                "block": coarsest(blocks).model_dump(),
                **orders,
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
    write_csv(Path("plots/occlude_photos_deletion.csv"), deletion_rows(explanations, scored))
    figures = draw(explanations, scored, s.settings, s.pretrained.architecture)
    save_figures(figures, Path("plots/occlude_photos"), source=source_line("photos", s.name))
    gain = orders["random_minus_important"]
    return f"area under deletion, below a random order: {mean_in_words(gain, 'photo')}"


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
    block = coarsest(s.settings.blocks)
    map_of_block = maps[s.settings.blocks.index(block)]
    curves = curves_of(s.settings, network, pixels, target, map_of_block, generator)
    predicted, probability = s.pretrained.classes[target], probabilities[target].item()
    return Explanation(requested, photo, pixels, predicted, probability, maps, curves)


def coarsest(blocks: Sequence[Block]) -> Block:
    """Choose the block of the fewest positions, whose map is affordable for all photos."""
    return max(blocks, key=lambda block: (block.stride, block.side))


def delete_tiles(
    s: PhotoStage[OccludePhotos],
    network: nn.Module,
    photos: ClassifiedPhotos,
    generator: torch.Generator,
) -> list[Curves]:
    """Compute the deletion curves of every photo, by the map of the coarsest block."""
    block = coarsest(s.settings.blocks)
    classes = photos.labels
    with logged_speed("occlusion maps and deletion curves", len(classes)):
        maps = occlusion_maps(
            network,
            photos.pixels,
            classes,
            size=block.side,
            stride=block.stride,
            fill=s.settings.fill,
            progress="occlusion maps",
        )
        found = []
        with progress_of("deletion curves", len(classes)) as shown:
            for pixels, target, each in zip(photos.pixels, classes, maps, strict=True):
                found.append(curves_of(s.settings, network, pixels, int(target), each, generator))
                shown.advance(1)
        return found


def curves_of(
    settings: OccludePhotos,
    network: nn.Module,
    pixels: Tensor,
    target: int,
    map_of_block: Tensor,
    generator: torch.Generator,
) -> Curves:
    """Compute the deletion curves of a photo by its map of the coarsest block."""
    return deletion_curves(
        network,
        pixels,
        target,
        [(map_of_block, coarsest(settings.blocks).stride)],
        tile=settings.tile,
        random_orders=settings.random_orders,
        generator=generator,
    )


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
        "area_under_deletion": deletion_areas(explanation.curves),
    }


def deletion_rows(
    explanations: Sequence[Explanation], scored: Sequence[Curves]
) -> list[dict[str, Any]]:
    """List the mean curve of each photo and order, and that of all scored photos, for a CSV."""
    named = [(each.photo.name, [each.curves]) for each in explanations]
    named.append(("mean over photos", list(scored)))
    return [
        {
            "photo": name,
            "series": f"{name}, {text}",
            "deleted": step,
            "probability": value,
        }
        for name, curves in named
        for order, text in ORDERS.items()
        for step, value in enumerate(mean_curves(curves, order).mean(0).tolist())
    ]


def mean_curves(curves: Sequence[Curves], order: Order) -> Tensor:
    """Average the curves of an order for each photo, (N, T + 1)."""
    return torch.stack([torch.stack(list(each[order])).mean(0) for each in curves])


def draw(
    explanations: Sequence[Explanation],
    scored: Sequence[Curves],
    settings: OccludePhotos,
    architecture: str,
) -> dict[str, Figure]:
    """Draw the maps of photos, their deletion curves, and those of all scored photos."""
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
            {order: mean_curves(scored, order) for order in ORDERS},
            ORDERS,
            title=architecture,
        ),
    }


if __name__ == "__main__":
    run_stage(main)
