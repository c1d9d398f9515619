"""Sequential reader of compressed tar archives.

Own code because tarfile stops at the tar's end mark and leaves the checksum of the compressed
stream unverified.
"""

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
    """Yield name and content of each regular file of a `.tar.gz` or `.tar.xz`, in stored order.

    One file is in memory at a time.

    Raises:
        AssetError: naming the archive, when it is truncated, damaged or of another format.
    """
    try:
        with (
            _OPENERS[path.suffix](path) as stream,
            tarfile.open(fileobj=stream, mode="r|") as archive,
        ):
            for member in archive:
                content = archive.extractfile(member)
                if content is not None:
                    yield member.name, content.read()
            # The rest of the stream has no files, but its checksum.
            while stream.read(_CHUNK_BYTES):
                pass
    except (tarfile.TarError, EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        raise AssetError(f"{path.name}: the archive is cut short or damaged: {error}") from None
