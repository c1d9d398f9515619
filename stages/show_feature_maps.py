"""Show feature maps of early, middle and late layers, and measure what they represent."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from foolproof.core.files import write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.explain.feature_maps import (
    LOW_LEVEL_FEATURES,
    choose_layers,
    feature_maps,
    layers_with_maps,
    low_level_features,
    min_max_normalize,
)
from foolproof.explain.layer_summary import (
    LayerSummary,
    change_with_depth,
    summarize_layer,
)
from foolproof.figures.show_feature_maps import (
    LayerMaps,
    channel_title,
    draw_feature_maps,
    layer_label,
)
from foolproof.figures.style import save_figure
from foolproof.params.show_feature_maps import ShowFeatureMaps
from foolproof.photos.photo import index_of_peppers
from foolproof.pretrained.load import network_pixels
from foolproof.pretrained.stage import photo_stage


def main() -> None:
    """Show the maps of the peppers, or of the first photo, of the layers in params.yaml."""
    with photo_stage(ShowFeatureMaps) as s:
        shown = index_of_peppers(s.photos)
        names = [photo.label or photo.name for photo in s.photos]
        pixels = network_pixels(s.pretrained, [photo.picture for photo in s.photos])
        sides = layers_with_maps(s.pretrained, pixels[:1])
        layers = choose_layers(s.settings.layers, sides)
        maps = feature_maps(s.pretrained, pixels, layers)
    found, rows, statistics = [], [], []
    for layer in layers:
        features = low_level_features(pixels, maps[layer].shape[-1])
        summary = summarize_layer(maps[layer], features, shown, s.settings.maps)
        statistics.append(summary.statistics)
        depth = 1 + list(sides).index(layer)
        found.append({"layer": layer, "depth": depth, **describe(summary, names)})
        drawn = maps[layer][shown, [each.channel for each in summary.shown]]
        label = layer_label(layer, depth, len(sides), summary)
        titles = [channel_title(each, names[each.most_active_in]) for each in summary.shown]
        rows.append(LayerMaps(label, min_max_normalize(drawn).cpu().numpy(), titles))
    write_json(
        Path("metrics/photos/feature_maps.json"),
        {
            "network": s.name,
            "architecture": s.pretrained.architecture,
            "photo": s.photos[shown].name,
            "photos": len(s.photos),
            "layers": found,
            "change": change_with_depth(statistics[0], statistics[-1]),
            "possible_layers": list(sides),
            "weights_sha256": s.weights_sha256,
        },
    )
    of_photo = low_level_features(pixels[shown, None], s.pretrained.crop)[0].cpu().numpy()
    figure = draw_feature_maps(
        pixels[shown].permute(1, 2, 0).cpu().numpy(),
        dict(zip(LOW_LEVEL_FEATURES.values(), of_photo, strict=True)),
        rows,
        architecture=s.pretrained.architecture,
    )
    path = Path("plots/show_feature_maps/feature_maps.png")
    save_figure(figure, path, source=source_line("photos", s.name))


def describe(summary: LayerSummary, names: list[str]) -> dict[str, Any]:
    """Name the statistics of a layer for the metrics.

    Args:
        summary: of the layer.
        names: labels of the photos, or their file names.
    """
    return {
        "channels": summary.channels,
        "side": summary.side,
        **summary.statistics.describe(),
        "closest_to_low_level_features": {
            feature: asdict(closest) for feature, closest in summary.closest.items()
        },
        "shown": [
            {
                "channel": each.channel,
                "correlations": each.correlations,
                "most_active_in": names[each.most_active_in],
            }
            for each in summary.shown
        ],
    }


if __name__ == "__main__":
    run_stage(main)
