"""Map which blocks of photos a network needs to see, and test the maps by deleting tiles."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.explain.block_occlusion import deletion_curve, occlusion_map, tile_importance
from foolproof.figures.occlude_photos import draw_deletion, draw_heat
from foolproof.figures.style import save_figures
from foolproof.networks.folding import fold_batch_norm
from foolproof.networks.weights import unchanged_weights
from foolproof.params.occlude_photos import Block, OccludePhotos
from foolproof.photos.folder import with_own_photos
from foolproof.photos.names import find_or_replace, nearest_names
from foolproof.photos.photo import Photo
from foolproof.pretrained.chosen import load_network_and_photos
from foolproof.pretrained.load import Pretrained as Classifier
from foolproof.pretrained.load import network_pixels, predict

FOLDER = Path("photos")
PLOTS = Path("plots/occlude_photos")

# Orders in which tiles are deleted, as figures and reports call them.
ORDERS = {"important": "most important first", "random": "random", "unimportant": "least first"}


class Seen(NamedTuple):
    """What the network sees in a photo, and where."""

    wanted: str
    """Name of the photo that params.yaml asks for."""

    photo: Photo
    """That one, or another in its place."""

    enlarged: bool
    """Whether it is smaller than the network's input."""

    pixels: Tensor
    """(3, S, S), in [0, 1]."""

    name: str
    """Of the likeliest class."""

    probability: float
    """Of that class."""

    heat: list[Tensor]
    """Its probability by the place of each block, a map for each."""

    curves: dict[str, list[Tensor]]
    """Its probability while tiles are deleted, a curve for each deletion, by the order's name."""


def main() -> None:
    """Map the likeliest class of each photo, by every block, and delete tiles in three orders."""
    settings = load_section("occlude_photos", OccludePhotos)
    name, pretrained, _, downloaded = load_network_and_photos()
    photos = with_own_photos(downloaded, FOLDER)
    chosen = choose_photos(settings.photos, photos, pretrained.crop)
    network = fold_batch_norm(pretrained.network)
    generator = new_generator(settings.seed)
    with unchanged_weights(pretrained.network) as digest:
        seen = [examine(pretrained, network, *each, settings, generator) for each in chosen]
    found = [describe(each, settings.blocks) for each in seen]
    areas = [each["area_under_deletion"] for each in found]
    write_json(
        Path("metrics/photos/occlusion.json"),
        {
            "network": name,
            "architecture": pretrained.architecture,
            "photos": found,
            "mean_area": {
                order: float(torch.tensor([area[order] for area in areas]).mean())
                for order in ORDERS
            },
            "weights_sha256": digest,
        },
    )
    write_arrays(
        Path("data/occlusion/photos.npz"),
        **{
            f"{each.photo.name}_{block.side}_{block.stride}": heat.cpu().numpy()
            for each in seen
            for block, heat in zip(settings.blocks, each.heat, strict=True)
        },
    )
    write_csv(Path("plots/occlude_photos_deletion.csv"), deletion_rows(seen))
    figures = {
        "maps": draw_heat(
            [
                (
                    f"{each.name}\n{100 * each.probability:.1f} %",
                    each.pixels.permute(1, 2, 0).cpu().numpy(),
                    each.heat,
                )
                for each in seen
            ],
            [block.model_dump() for block in settings.blocks],
            fill=settings.fill,
            title=pretrained.architecture,
        ),
        "deletion": draw_deletion(
            [(f"{each.name}\n{each.photo.name}", each.curves) for each in seen],
            ORDERS,
            title=pretrained.architecture,
        ),
    }
    save_figures(figures, PLOTS, source=source_line("photos", name))


def examine(
    pretrained: Classifier,
    network: torch.nn.Module,
    wanted: str,
    photo: Photo,
    settings: OccludePhotos,
    generator: torch.Generator,
) -> Seen:
    """Map the likeliest class of a photo by every block, and delete tiles.

    Args:
        pretrained: says what is seen.
        network: the same, with batch norm folded: says where.
        wanted: name of the photo that params.yaml asks for.
        photo: that one, or another in its place.
        settings: of the stage.
        generator: of the random orders, on the CPU.
    """
    pixels = network_pixels(pretrained, [photo.picture])[0]
    probabilities = predict(pretrained, pixels[None]).softmax(1)[0]
    target = int(probabilities.argmax())
    heat = [
        timed_map(network, pixels, target, block.side, block.stride, settings.fill)
        for block in settings.blocks
    ]
    curves = delete(network, pixels, target, heat, settings, generator)
    name, probability = pretrained.classes[target], probabilities[target].item()
    enlarged = is_small(photo, pretrained.crop)
    return Seen(wanted, photo, enlarged, pixels, name, probability, heat, curves)


def choose_photos(
    wanted: Sequence[str], photos: Sequence[Photo], side: int
) -> list[tuple[str, Photo]]:
    """Find photos by name; others, if possible large ones, take the place of those not there.

    Args:
        wanted: names of photos.
        photos: at least one, each of a name of its own.
        side: of the network's input in pixels.

    Returns:
        Each wanted name with its photo; fewer where the photos run out.
    """
    # A small photo has to be enlarged, which makes up what the map is about.
    ordered = sorted(photos, key=lambda photo: is_small(photo, side))
    names = [photo.name for photo in ordered]
    rows = find_or_replace(wanted, names)
    chosen = [
        (name, ordered[row]) for name, row in zip(wanted, rows, strict=True) if row is not None
    ]
    for name, photo in chosen:
        if photo.name != name:
            logging.warning(
                "%s in place of %s: no photo is so named, the nearest: %s",
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
    if len(chosen) < len(wanted):
        logging.warning("photos for %d of %d names", len(chosen), len(wanted))
    return chosen


def is_small(photo: Photo, side: int) -> bool:
    """Say whether a photo is smaller than the network's input, of that side in pixels."""
    return min(photo.picture.size) < side


def timed_map(
    network: torch.nn.Module, pixels: Tensor, target: int, size: int, stride: int, fill: float
) -> Tensor:
    """Compute a map, and log its throughput."""
    start = time.perf_counter()
    heat = occlusion_map(network, pixels, target, size=size, stride=stride, fill=fill)
    seconds = time.perf_counter() - start
    logging.info(
        "%d positions, %.1f s, %.0f a second", heat.numel(), seconds, heat.numel() / seconds
    )
    return heat


def delete(
    network: torch.nn.Module,
    pixels: Tensor,
    target: int,
    heat: Sequence[Tensor],
    settings: OccludePhotos,
    generator: torch.Generator,
) -> dict[str, list[Tensor]]:
    """Delete tiles by the mean importance of all maps, by its reverse, and at random."""
    side = pixels.shape[-1]
    importance = torch.stack(
        [
            tile_importance(of_block, side=side, stride=block.stride, tile=settings.tile)
            for block, of_block in zip(settings.blocks, heat, strict=True)
        ]
    ).mean(0)
    ordered = importance.argsort(descending=True, stable=True).tolist()
    orders = {
        "important": [ordered],
        "random": [
            torch.randperm(len(ordered), generator=generator).tolist()
            for _ in range(settings.random_orders)
        ],
        "unimportant": [ordered[::-1]],
    }
    return {
        name: [
            deletion_curve(network, pixels, target, order, tile=settings.tile).cpu()
            for order in of_kind
        ]
        for name, of_kind in orders.items()
    }


def describe(seen: Seen, blocks: Sequence[Block]) -> dict[str, Any]:
    """Summarize the maps and the curves of a photo."""
    return {
        "photo": seen.photo.name,
        "wanted": seen.wanted,
        "replaced": seen.photo.name != seen.wanted,
        "enlarged": seen.enlarged,
        "label": seen.photo.label,
        "class": seen.name,
        "probability": seen.probability,
        "blocks": [
            describe_map(block, heat, seen.pixels.shape[-1])
            for block, heat in zip(blocks, seen.heat, strict=True)
        ],
        "area_under_deletion": {
            order: [float(curve.mean()) for curve in seen.curves[order]] for order in ORDERS
        },
    }


def describe_map(block: Block, heat: Tensor, side: int) -> dict[str, Any]:
    """Say where a block costs most, in pixels from the upper left corner, and what is left."""
    worst = int(heat.argmin())
    row, column = divmod(worst, heat.shape[1])
    return {
        "size": block.side,
        "stride": block.stride,
        "positions": heat.numel(),
        "least_probability": heat.min().item(),
        "greatest_probability": heat.max().item(),
        "worst_at": [row * block.stride, column * block.stride],
        "share_below_half": (heat < 0.5 * heat.max()).double().mean().item(),
        "side": side,
    }


def deletion_rows(seen: Sequence[Seen]) -> list[dict[str, Any]]:
    """List the mean curve of each photo and order, for a CSV file."""
    return [
        {
            "photo": each.photo.name,
            "series": f"{each.photo.name}, {text}",
            "deleted": step,
            "probability": value,
        }
        for each in seen
        for order, text in ORDERS.items()
        for step, value in enumerate(torch.stack(each.curves[order]).mean(0).tolist())
    ]


if __name__ == "__main__":
    run_stage(main)
