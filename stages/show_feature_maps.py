"""Show feature maps of early, middle and late layers, and measure what they have to tell."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.explain.feature_maps import (
    CUES,
    choose_layers,
    correlations,
    cues_of,
    feature_maps,
    layers_with_maps,
    measure_maps,
    most_telling,
    stretch,
)
from foolproof.figures.show_feature_maps import LayerMaps, draw_feature_maps
from foolproof.figures.style import save_figure
from foolproof.networks.weights import unchanged_weights
from foolproof.params.show_feature_maps import ShowFeatureMaps
from foolproof.photos.photo import index_of_peppers
from foolproof.pretrained.chosen import load_network_and_photos
from foolproof.pretrained.load import network_pixels


def main() -> None:
    """Look at the peppers, or the first photograph, through the layers that params name."""
    settings = load_section("show_feature_maps", ShowFeatureMaps)
    name, pretrained, _, photos = load_network_and_photos()
    shown = index_of_peppers(photos)
    names = [photo.label or photo.name for photo in photos]
    pixels = network_pixels(pretrained, [photo.picture for photo in photos])
    with unchanged_weights(pretrained.network) as digest:
        possible = layers_with_maps(pretrained, pixels[:1])
        layers = choose_layers(settings.layers, possible)
        maps = feature_maps(pretrained, pixels, layers)
    found, rows = [], []
    for layer in layers:
        cues = cues_of(pixels, maps[layer].shape[-1])
        numbers = describe(maps[layer], cues, shown, names, settings.maps)
        found.append({"layer": layer, "depth": 1 + list(possible).index(layer), **numbers})
        drawn = maps[layer][shown, [each["channel"] for each in numbers["shown"]]]
        rows.append(
            LayerMaps(
                label=about(found[-1], len(possible)),
                maps=stretch(drawn).cpu().numpy(),
                titles=[caption(each) for each in numbers["shown"]],
            )
        )
    write_json(
        Path("metrics/photos/feature_maps.json"),
        {
            "network": name,
            "architecture": pretrained.architecture,
            "photo": photos[shown].name,
            "photos": len(photos),
            "layers": found,
            "possible_layers": list(possible),
            "weights_sha256": digest,
        },
    )
    photo_cues = cues_of(pixels[shown, None], pretrained.crop)[0]
    figure = draw_feature_maps(
        pixels[shown].permute(1, 2, 0).cpu().numpy(),
        dict(zip(CUES.values(), photo_cues.cpu().numpy(), strict=True)),
        rows,
        title=f"Feature maps of {pretrained.architecture}: "
        "in each layer those that together tell most about this photo\n"
        "r: correlation with the closest of the cues beside the photo; "
        "most: the photo that the channel answers most",
    )
    save_figure(
        figure,
        Path("plots/show_feature_maps/feature_maps.png"),
        source=source_line("photos", name),
    )


def describe(
    maps: Tensor, cues: Tensor, shown: int, names: Sequence[str], count: int
) -> dict[str, Any]:
    """Measure a layer's maps over all photographs, and choose those that are shown of one.

    Args:
        maps: (N, channels, side, side).
        cues: of the same photographs, (N, 6, side, side).
        shown: row of the photograph whose maps are shown.
        names: what the photographs show.
        count: of maps that are shown.
    """
    overall = correlations(maps, cues)
    closest = overall.abs().argmax(0).tolist()
    here = correlations(maps[shown, None], cues[shown, None])
    favourites = maps.mean((2, 3)).argmax(0).tolist()
    return {
        "channels": maps.shape[1],
        "side": maps.shape[2],
        **measure_maps(maps, cues)._asdict(),
        "closest_to_cues": {
            cue: {"channel": channel, "correlation": overall[channel, index].item()}
            for index, (cue, channel) in enumerate(zip(CUES, closest, strict=True))
        },
        "shown": [
            {
                "channel": channel,
                "correlations": dict(zip(CUES, here[channel].tolist(), strict=True)),
                "most_active_in": names[favourites[channel]],
            }
            for channel in most_telling(maps, shown, count)
        ],
    }


def about(found: dict[str, Any], possible: int) -> str:
    """Say what is known of a layer, for the beginning of its row."""
    lines = [
        found["layer"],
        f"layer {found['depth']} of {possible}",
        f"{found['channels']} maps of {found['side']} × {found['side']}",
        f"{percent(found['sparsity'])} of all values are zero",
        f"variance explained by cues: {percent(found['explained_by_cues'])}",
    ]
    if found["between_photos"] is not None:
        lines.append(f"variance between photos: {percent(found['between_photos'])}")
    return "\n".join(lines)


def caption(found: dict[str, Any]) -> str:
    """Say of a map which cue it follows closest, and which photograph its channel likes best."""
    cue, value = max(found["correlations"].items(), key=lambda item: abs(item[1]))
    sign = "−" if value < 0 else ""
    return (
        f"channel {found['channel']}\n{CUES[cue]}: r = {sign}{abs(value):.2f}\n"
        f"most: {found['most_active_in']}"
    )


def percent(share: float) -> str:
    """Write a share in [0, 1] as a percentage."""
    return f"{100 * share:.0f} %"


if __name__ == "__main__":
    run_stage(main)
