"""Taking an asset from the first source that has it."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from foolproof.assets.checksum import sha256_of
from foolproof.assets.declaration import Asset, Embedded, Taken
from foolproof.assets.errors import AssetError, NotRequestedError, UnavailableError
from foolproof.assets.mirror import VARIABLE, take_from_mirror
from foolproof.assets.network import PATIENCE, Patience
from foolproof.assets.official import take_from_official
from foolproof.core.files import write_json
from foolproof.data.arrays import write_arrays
from foolproof.params.data import Source

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """Where an asset came from and what it is; the same from run to run on the same source.

    Attributes:
        asset: its name.
        source: what it was taken from.
        stand_in: whether it is a stand-in for the real data.
        exact: whether the content equals the official one.
        items: how many images, or whatever it consists of.
        sha256: of the array file.
        licence: the licence of the content.
        note: what this is, in a sentence.
        origin: `mirror`, the official host, or the packages and their versions.
        files: the checksum of each file that it was made of, as `algorithm:hexadecimal digits`.
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


def acquire(
    asset: Asset,
    sources: Sequence[Source],
    folder: Path,
    *,
    mirror: str | None,
    patience: Patience = PATIENCE,
) -> Record:
    """Take an asset from the first source that has it.

    Writes `<asset>.npz`, the arrays, and then `<asset>.json`, the record, into `folder`. Neither is
    ever there in part, and a record is there only if it describes the array file beside it.
    Downloads go to the folder `.<asset>.download` in `folder`. When an error is raised, the process
    is killed, or the stand-in is used, it keeps what has arrived, from which the next call goes on.

    Args:
        asset: what to take.
        sources: where from, in this order.
        folder: where to.
        mirror: the mirror's folder or URL, if there is one.
        patience: how long to wait for a host.

    Returns:
        The record.

    Raises:
        AssetError: when a source has it but damaged, or when none has it; the message says why.
    """
    scratch = folder / f".{asset.name}.download"
    source, taken = _take_from_first(asset, sources, scratch, mirror, patience)
    array_path, record_path = folder / f"{asset.name}.npz", folder / f"{asset.name}.json"
    record_path.unlink(missing_ok=True)
    write_arrays(array_path, **taken.arrays)
    record = Record(
        asset=asset.name,
        source=source,
        stand_in=taken.stand_in,
        exact=taken.exact,
        items=asset.count_items(taken.arrays),
        sha256=sha256_of(array_path),
        licence=taken.licence,
        note=taken.note,
        origin=taken.origin,
        files=taken.files,
    )
    write_json(record_path, asdict(record))
    _clear(scratch, source)
    log.info("%s: %d items from %s in %s", asset.name, record.items, record.origin, array_path)
    return record


def _take_from_first(
    asset: Asset, sources: Sequence[Source], scratch: Path, mirror: str | None, patience: Patience
) -> tuple[Source, Taken]:
    passed_over: list[str] = []
    for source in sources:
        try:
            match source:
                case "mirror":
                    return source, take_from_mirror(asset, mirror, scratch, patience)
                case "official":
                    return source, take_from_official(asset, scratch, patience)
                case "embedded":
                    return source, _take_embedded(asset, passed_over)
        except UnavailableError as error:
            level = logging.INFO if isinstance(error, NotRequestedError) else logging.WARNING
            log.log(level, "%s: passing over %s: %s", asset.name, source, error)
            passed_over.append(f"{source}: {error}")
    raise AssetError(f"{asset.name}: no source in data.sources has it: {'; '.join(passed_over)}")


def _take_embedded(asset: Asset, passed_over: Sequence[str]) -> Taken:
    embedded = asset.embedded
    if embedded is None:
        raise UnavailableError("no package contains it")
    _say_what_is_used(asset, embedded, passed_over)
    return Taken(
        arrays=embedded.make(),
        files={},
        origin=", ".join(f"{package} {version(package)}" for package in embedded.packages),
        exact=False,
        stand_in=embedded.kind == "stand-in",
        licence=embedded.licence,
        note=embedded.note,
    )


def _say_what_is_used(asset: Asset, embedded: Embedded, passed_over: Sequence[str]) -> None:
    if passed_over:
        reason = "; ".join(passed_over)
        network = " or connect to a network" if asset.official else ""
        remedy = f"set {VARIABLE}{network} and run `make refresh`"
    else:
        reason = "data.sources names it first"
        official = " or official" if asset.official else ""
        remedy = f"name mirror{official} before embedded in data.sources"
    log.log(
        logging.INFO if embedded.kind == "complete" else logging.WARNING,
        "%s: using the embedded %s, because %s; %s to take the %s",
        asset.name,
        embedded.subject,
        reason,
        remedy,
        "published files" if embedded.kind == "complete" else "real data",
    )


def _clear(scratch: Path, source: Source) -> None:
    """Remove the downloads, unless they are the beginning of what the stand-in stands in for."""
    if not scratch.exists():
        return
    if source == "embedded":
        log.info("%s keeps what has been downloaded so far; the next download goes on", scratch)
    else:
        shutil.rmtree(scratch)
