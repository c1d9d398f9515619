"""Reading a compressed tar archive once, from its beginning to its end."""

import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from foolproof.assets.errors import AssetError

_OPENERS: dict[str, Callable[..., IO[Any]]] = {".gz": gzip.open, ".xz": lzma.open}
_CHUNK_BYTES = 2**20


def read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give name and content of each regular file in a `.tar.gz` or `.tar.xz`, in its order.

    One file is in memory at a time.

    Raises:
        AssetError: naming the archive, when it is cut short, damaged or no such archive.
    """
    try:
        with (
            _OPENERS[path.suffix](path) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|") as archive,
        ):
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    yield member.name, content.read()
            # What follows a tar's end mark has no files, but ends with the checksum of it all.
            while unpacked.read(_CHUNK_BYTES):
                pass
    except (tarfile.TarError, EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        raise AssetError(f"{path.name}: the archive is cut short or damaged: {error}") from None
