"""Availability of assets: the source that would provide each one now, found without downloads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from foolproof.assets.catalogue import asset_named
from foolproof.assets.declaration import Asset
from foolproof.assets.errors import AssetError
from foolproof.assets.fetch import RetryPolicy
from foolproof.assets.http import probe_all, run_within
from foolproof.assets.mirror import VARIABLE, Manifest, read_manifest
from foolproof.assets.official import first_urls
from foolproof.core.sources import Source


@dataclass(frozen=True)
class Availability:
    """The source that would provide an asset now.

    Attributes:
        source: None where no source has the asset, or the configured mirror is invalid.
        text: the source in words, or the cause of None.
        files: checksums of the mirror's files, as in an asset's record; empty for other sources.
    """

    source: Source | None
    text: str
    files: Mapping[str, str] = field(default_factory=dict)


def find_sources(
    names: Sequence[str], sources: Sequence[Source], *, mirror: str | None, seconds: float
) -> dict[str, Availability]:
    """Find the first source that has each asset now.

    Args:
        names: of the assets.
        sources: in order of preference.
        mirror: folder or URL of the mirror, if any.
        seconds: the time limit of all requests together.

    Raises:
        AssetError: for an unknown name.
    """
    manifest = _manifest_or_error(mirror, seconds / 2) if "mirror" in sources else None
    listed = manifest.assets if isinstance(manifest, Manifest) else {}
    # An asset in the mirror needs no declaration; those of networks take seconds to import.
    settled = listed if sources[0] == "mirror" else {}
    assets = {name: asset_named(name) for name in names if name not in settled}
    hosts = _reachable_hosts(assets.values(), seconds / 2) if "official" in sources else {}

    def first_source(name: str) -> Availability:
        for source in sources:
            if source == "mirror" and isinstance(manifest, AssetError):
                return Availability(None, str(manifest))
            if source == "mirror" and name in listed:
                files = {file.name: file.checksum for file in listed[name].files}
                return Availability(source, f"mirror {mirror}", files)
            if source == "official" and name in hosts:
                return Availability(source, f"official host {urlsplit(hosts[name]).netloc}")
            embedded = assets[name].embedded if source == "embedded" else None
            if embedded is not None:
                return Availability(source, f"embedded {embedded.subject}")
        return Availability(None, "no source in data.sources has it now")

    return {name: first_source(name) for name in names}


def _manifest_or_error(location: str | None, seconds: float) -> Manifest | AssetError | None:
    """Read the manifest of the configured mirror; return its error instead of raising it."""
    if location is None:
        return None

    def read() -> Manifest | AssetError:
        try:
            return read_manifest(location, RetryPolicy(timeout=seconds, attempts=1))
        except AssetError as error:
            return error

    late = AssetError(f"{VARIABLE}={location}: no answer within {seconds:g} s")
    return run_within(seconds, {location: read}).get(location, late)


def _reachable_hosts(assets: Iterable[Asset], seconds: float) -> dict[str, str]:
    """Find the first host that has each asset now, by the asset's name."""
    urls = {
        (asset.name, host): url
        for asset in assets
        if asset.official is not None
        for host, url in first_urls(asset.official).items()
    }
    errors = probe_all(urls.values(), seconds)
    found: dict[str, str] = {}
    for (name, host), url in urls.items():
        if url not in errors:
            found.setdefault(name, host)
    return found
