"""Statistics of the feature maps of a layer over photos, and of their change with depth."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from foolproof.compute.intervals import Interval, mean_with_interval
from foolproof.compute.paired import paired_difference, unpaired_difference
from foolproof.explain.feature_maps import (
    LOW_LEVEL_FEATURES,
    most_informative_channels,
    samples_by_position,
)


class FeatureMapStatistics(NamedTuple):
    """Statistics of the maps of one layer over N photos; all tensors are float64 on the CPU."""

    sparsity: Tensor
    """Share of activations that are exactly zero, of each photo, (N,)."""

    explained_by_low_level_features: Tensor
    """R^2 of a map's linear regression on the low-level features over all photos, of each of the
    channels that vary, (varying channels,); 0 of each channel where none varies."""

    between_photos: float | None
    """Share of the variance of a map that lies between the means of photos, not within photos: 0
    where only the position matters, 1 where only the photo does; the mean over the channels that
    vary. None for one photo."""

    def describe(self) -> dict[str, Any]:
        """Summarize them for the metrics, with intervals over photos or channels."""
        return {
            "sparsity": mean_with_interval(self.sparsity.tolist()),
            "explained_by_low_level_features": mean_with_interval(
                self.explained_by_low_level_features.tolist()
            ),
            "between_photos": self.between_photos,
        }


def change_with_depth(
    early: FeatureMapStatistics, late: FeatureMapStatistics
) -> dict[str, Interval]:
    """Compute the differences of a late layer's statistics and an early one's.

    Those of photos are paired; channels of different layers are independent samples.
    """
    return {
        "sparsity": paired_difference(late.sparsity.tolist(), early.sparsity.tolist()),
        "explained_by_low_level_features": unpaired_difference(
            late.explained_by_low_level_features.tolist(),
            early.explained_by_low_level_features.tolist(),
        ),
    }


def feature_map_statistics(maps: Tensor, features: Tensor) -> FeatureMapStatistics:
    """Compute the statistics of maps (N, channels, h, w).

    Args:
        maps: of one layer.
        features: low-level features of the same photos, (N, 6, h, w).
    """
    values, causes = samples_by_position(maps), samples_by_position(features)
    total = values.square().sum(0)
    varies = total > 0
    shared = (causes.T @ values).double()
    inverse = torch.linalg.pinv((causes.T @ causes).double(), hermitian=True)
    explained = (shared * (inverse @ shared)).sum(0)
    means = values.unflatten(0, (len(maps), -1)).mean(1)
    between = means.square().sum(0) * (len(values) / len(maps))

    def shares(part: Tensor) -> Tensor:
        return (part[varies] / total[varies] if varies.any() else part * 0).double().cpu()

    return FeatureMapStatistics(
        sparsity=(maps == 0).double().mean((1, 2, 3)).cpu(),
        explained_by_low_level_features=shares(explained),
        between_photos=shares(between).mean().item() if len(maps) > 1 else None,
    )


def correlations(maps: Tensor, features: Tensor) -> Tensor:
    """Correlate maps (N, channels, h, w) with low-level features (N, 6, h, w) over all positions.

    Returns:
        Pearson's r, (channels, 6), in [-1, 1]; 0 where the map or the feature does not vary.
    """
    values, causes = (
        samples / samples.norm(dim=0).clamp(min=torch.finfo(samples.dtype).tiny)
        for samples in (samples_by_position(maps), samples_by_position(features))
    )
    found: Tensor = values.T @ causes
    return found


@dataclass(frozen=True)
class ShownChannel:
    """A channel whose map of one photo is shown."""

    channel: int

    correlations: dict[str, float]
    """With the low-level features of this photo."""

    most_active_in: int
    """Index of the photo with the highest mean activation."""


@dataclass(frozen=True)
class ClosestChannel:
    """The channel with the highest |r| with a low-level feature over all photos."""

    channel: int
    correlation: float

    by_photo: Interval
    """The mean over the photos of r within each photo."""


@dataclass(frozen=True)
class LayerSummary:
    """Statistics of a layer over all photos, and the channels that are shown of one photo."""

    channels: int
    side: int
    statistics: FeatureMapStatistics
    closest: dict[str, ClosestChannel]
    shown: list[ShownChannel]


def summarize_layer(maps: Tensor, features: Tensor, photo: int, count: int) -> LayerSummary:
    """Compute the statistics of a layer, and choose channels of one photo.

    Args:
        maps: of all photos, (N, channels, side, side).
        features: low-level features of the same photos, (N, 6, side, side).
        photo: index of the photo whose maps are shown.
        count: of channels that are shown.
    """
    overall = correlations(maps, features)
    here = correlations(maps[photo, None], features[photo, None])
    most_active_in = maps.mean((2, 3)).argmax(0).tolist()
    photos = zip(maps.split(1), features.split(1), strict=True)
    within = torch.stack([correlations(*each) for each in photos])
    closest = enumerate(zip(LOW_LEVEL_FEATURES, overall.abs().argmax(0).tolist(), strict=True))
    return LayerSummary(
        channels=maps.shape[1],
        side=maps.shape[2],
        statistics=feature_map_statistics(maps, features),
        closest={
            name: ClosestChannel(
                channel,
                overall[channel, index].item(),
                mean_with_interval(within[:, channel, index].double().tolist()),
            )
            for index, (name, channel) in closest
        },
        shown=[
            ShownChannel(
                channel=channel,
                correlations=dict(zip(LOW_LEVEL_FEATURES, here[channel].tolist(), strict=True)),
                most_active_in=most_active_in[channel],
            )
            for channel in most_informative_channels(maps, photo, count)
        ],
    )
