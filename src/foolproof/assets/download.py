"""An asset's array file and record, from the first source that has the asset."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from foolproof.assets.checksum import sha256_of
from foolproof.assets.declaration import Asset, AssetContent, Embedded
from foolproof.assets.errors import AssetError, NotConfiguredError, UnavailableError
from foolproof.assets.fetch import DEFAULT_POLICY, RetryPolicy
from foolproof.assets.mirror import VARIABLE, load_mirrored
from foolproof.assets.official import load_official
from foolproof.core.files import write_json
from foolproof.core.sources import Source
from foolproof.data.arrays import write_arrays

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """The origin and content of an asset, equal for equal sources.

    Attributes:
        asset: the asset's name.
        source: the source.
        stand_in: whether the content is a stand-in for the real data.
        exact: whether the content equals the official one.
        items: the number of images or weights.
        sha256: of the array file.
        licence: the licence of the content.
        note: the content in one sentence.
        origin: `mirror`, the official host, or the packages with their versions.
        files: checksums of the source's files, as `algorithm:hexadecimal digits`.
    """

    asset: str
    source: Source
    stand_in: bool
    exact: bool
    items: int
    sha256: str
    licence: str
    note: str
    origin: str
    files: Mapping[str, str]


def download_asset(
    asset: Asset,
    sources: Sequence[Source],
    folder: Path,
    *,
    mirror: str | None,
    policy: RetryPolicy = DEFAULT_POLICY,
) -> Record:
    """Write an asset from the first source that has it.

    The outputs are `<asset>.npz`, the arrays, and `<asset>.json`, the record, written in this order
    and never in part. A record that exists describes the array file next to it. Downloads are in
    `.<asset>.download`. They survive an error, a killed process and the use of the stand-in, and
    the next call resumes them.

    Args:
        asset: the asset.
        sources: in order of preference.
        folder: the folder of the outputs.
        mirror: folder or URL of the mirror, if any.
        policy: timeout and retries.

    Returns:
        The record.

    Raises:
        AssetError: when the asset is damaged in a source or missing from all; the message says why.
    """
    scratch = folder / f".{asset.name}.download"
    source, content = _load_first(asset, sources, scratch, mirror, policy)
    array_path, record_path = folder / f"{asset.name}.npz", folder / f"{asset.name}.json"
    record_path.unlink(missing_ok=True)
    write_arrays(array_path, **content.arrays)
    record = Record(
        asset=asset.name,
        source=source,
        stand_in=content.stand_in,
        exact=content.exact,
        items=asset.count_items(content.arrays),
        sha256=sha256_of(array_path),
        licence=content.licence,
        note=content.note,
        origin=content.origin,
        files=content.files,
    )
    write_json(record_path, asdict(record))
    _clear(scratch, source)
    found = f"{record.items:,} {asset.items}"
    log.info("%s: %s from %s in %s", asset.name, found, record.origin, array_path)
    return record


def _load_first(
    asset: Asset,
    sources: Sequence[Source],
    scratch: Path,
    mirror: str | None,
    policy: RetryPolicy,
) -> tuple[Source, AssetContent]:
    skipped: dict[Source, UnavailableError] = {}
    for source in sources:
        try:
            match source:
                case "mirror":
                    content = load_mirrored(asset, mirror, scratch, policy)
                case "official":
                    content = load_official(asset, scratch, policy)
                case "embedded":
                    return source, _load_embedded(asset, _reasons(skipped))
        except UnavailableError as error:
            skipped[source] = error
            continue
        for passed, reason in skipped.items():
            level = logging.INFO if isinstance(reason, NotConfiguredError) else logging.WARNING
            log.log(level, "%s: skipping %s: %s", asset.name, passed, reason)
        return source, content
    reasons = "; ".join(f"{passed}: {reason}" for passed, reason in skipped.items())
    raise AssetError(f"{asset.name}: no source in data.sources has it: {reasons}")


def _reasons(skipped: Mapping[Source, UnavailableError]) -> list[str]:
    """Say why sources were skipped; that nobody configured one only where that is all."""
    tried = {k: v for k, v in skipped.items() if not isinstance(v, NotConfiguredError)}
    return [f"{source}: {reason}" for source, reason in (tried or skipped).items()]


def _load_embedded(asset: Asset, skipped: Sequence[str]) -> AssetContent:
    embedded = asset.embedded
    if embedded is None:
        raise UnavailableError("no package contains it")
    _log_embedded(asset, embedded, skipped)
    return AssetContent(
        arrays=embedded.make(),
        files={},
        origin=", ".join(f"{package} {version(package)}" for package in embedded.packages),
        exact=False,
        stand_in=embedded.kind == "stand-in",
        licence=embedded.licence,
        note=embedded.note,
    )


def _log_embedded(asset: Asset, embedded: Embedded, skipped: Sequence[str]) -> None:
    if skipped:
        reason = "; ".join(skipped)
        network = " or connect to a network" if asset.official else ""
        remedy = f"set {VARIABLE}{network} and run `make refresh`"
    else:
        reason = "data.sources names it first"
        official = " or official" if asset.official else ""
        remedy = f"name mirror{official} before embedded in data.sources"
    complete = embedded.kind == "complete"
    log.log(
        logging.INFO if complete else logging.WARNING,
        "%s: using the embedded %s, because %s; %s to take the %s",
        asset.name,
        embedded.subject,
        reason,
        remedy,
        "published files" if complete else "real data",
    )


def _clear(scratch: Path, source: Source) -> None:
    """Remove the downloads, except partial ones of an asset that is embedded for now."""
    if not scratch.exists():
        return
    if source == "embedded":
        log.info("%s keeps the partial download; the next download resumes it", scratch)
    else:
        shutil.rmtree(scratch)
