"""Seeing whether a source that was preferred but not used can be reached now."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from foolproof.assets.declaration import Asset
from foolproof.assets.errors import AssetError
from foolproof.assets.mirror import read_manifest
from foolproof.assets.network import Patience, finished_within, obstacle
from foolproof.assets.official import first_urls
from foolproof.params.data import Source


def better_sources(
    assets: Sequence[Asset],
    used: Mapping[str, Source],
    sources: Sequence[Source],
    *,
    mirror: str | None,
    seconds: float,
) -> dict[str, Source]:
    """Find the assets that could now be taken from a source before the one used.

    Args:
        assets: those to look at.
        used: the source that each asset was taken from, by the asset's name.
        sources: the order of preference.
        mirror: the mirror's folder or URL, if there is one.
        seconds: how long to look, for all assets together.

    Returns:
        The first such source, by the asset's name; assets without one are left out.
    """
    probes = {
        (asset.name, source, number): probe
        for asset in assets
        for source in _before(sources, used[asset.name])
        for number, probe in enumerate(_probes(asset, source, mirror, seconds))
    }
    answers = finished_within(seconds, probes)
    better: dict[str, Source] = {}
    for key in probes:
        if answers.get(key):
            name, source, _ = key
            better.setdefault(name, source)
    return better


def _before(sources: Sequence[Source], used: Source) -> Sequence[Source]:
    return sources[: sources.index(used)] if used in sources else sources


def _probes(
    asset: Asset, source: Source, mirror: str | None, seconds: float
) -> list[Callable[[], bool]]:
    """The questions of which one must be answered with yes for the source to have the asset."""
    if source == "mirror" and mirror is not None:
        return [partial(_mirror_has, mirror, asset.name, seconds)]
    if source == "official" and asset.official is not None:
        return [partial(_can_download, url, seconds) for url in first_urls(asset.official).values()]
    return []


def _mirror_has(location: str, name: str, seconds: float) -> bool:
    try:
        return name in read_manifest(location, Patience(seconds, attempts=1)).assets
    except AssetError:
        return False


def _can_download(url: str, seconds: float) -> bool:
    return not obstacle(url, seconds)
