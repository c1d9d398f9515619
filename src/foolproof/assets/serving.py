"""What each asset would be taken from now, found without taking it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from foolproof.assets.catalogue import asset_named
from foolproof.assets.declaration import Asset
from foolproof.assets.errors import AssetError
from foolproof.assets.mirror import VARIABLE, Manifest, read_manifest
from foolproof.assets.network import Patience, finished_within, obstacles
from foolproof.assets.official import first_urls
from foolproof.params.data import Source


@dataclass(frozen=True)
class Serving:
    """What an asset would be taken from now.

    Attributes:
        source: None where no source has it, or the mirror that is named cannot be used.
        text: the same in words, or why there is none.
        files: the checksum of each of the mirror's files, as in an asset's record; empty for other
            sources.
    """

    source: Source | None
    text: str
    files: Mapping[str, str] = field(default_factory=dict)


def servings(
    names: Sequence[str], sources: Sequence[Source], *, mirror: str | None, seconds: float
) -> dict[str, Serving]:
    """Find the first source that has each asset now.

    Args:
        names: of the assets.
        sources: the order of preference.
        mirror: the mirror's folder or URL, if there is one.
        seconds: how long to ask hosts, for all assets together.

    Raises:
        AssetError: for a name that is no asset.
    """
    manifest = _ask_mirror(mirror, seconds / 2) if "mirror" in sources else None
    listed = manifest.assets if isinstance(manifest, Manifest) else {}
    # An asset's declaration is not needed where the mirror has it, and torchvision, which has
    # those of the networks, takes seconds to import.
    settled = listed if sources[0] == "mirror" else {}
    assets = {name: asset_named(name) for name in names if name not in settled}
    hosts = _answering_hosts(assets.values(), seconds / 2) if "official" in sources else {}

    def serving(name: str) -> Serving:
        for source in sources:
            if source == "mirror" and isinstance(manifest, AssetError):
                return Serving(None, str(manifest))
            if source == "mirror" and name in listed:
                files = {file.name: file.checksum for file in listed[name].files}
                return Serving(source, f"mirror {mirror}", files)
            if source == "official" and name in hosts:
                return Serving(source, f"official host {urlsplit(hosts[name]).netloc}")
            embedded = assets[name].embedded if source == "embedded" else None
            if embedded is not None:
                return Serving(source, f"embedded {embedded.subject}")
        return Serving(None, "no source in data.sources has it now")

    return {name: serving(name) for name in names}


def _ask_mirror(location: str | None, seconds: float) -> Manifest | AssetError | None:
    """Read the manifest of the mirror, if one is named; return what is wrong with it."""
    if location is None:
        return None

    def ask() -> Manifest | AssetError:
        try:
            return read_manifest(location, Patience(seconds=seconds, attempts=1))
        except AssetError as error:
            return error

    silent = AssetError(f"{VARIABLE}={location}: no answer within {seconds:g} s")
    return finished_within(seconds, {location: ask}).get(location, silent)


def _answering_hosts(assets: Iterable[Asset], seconds: float) -> dict[str, str]:
    """Find the first host of each asset, by its name, that has the asset now."""
    urls = {
        (asset.name, host): url
        for asset in assets
        if asset.official is not None
        for host, url in first_urls(asset.official).items()
    }
    refused = obstacles(urls.values(), seconds)
    found: dict[str, str] = {}
    for (name, host), url in urls.items():
        if url not in refused:
            found.setdefault(name, host)
    return found
