"""Small archives, IDX files and images."""

import gzip
import io
import lzma
import struct
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_COMPRESS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".xz": lzma.compress}


def pack_tar(files: Mapping[str, bytes], suffix: str) -> bytes:
    """Pack files and their folders as `.gz` or `.xz`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        folders = {name.rpartition("/")[0] for name in files} - {""}
        for folder in sorted(folders):
            entry = tarfile.TarInfo(folder)
            entry.type = tarfile.DIRTYPE
            archive.addfile(entry)
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return _COMPRESS[suffix](packed.getvalue())


def extract_tar(path: Path, folder: Path) -> None:
    """Extract an archive, with the usual filter where Python has it: from 3.11.4 on."""
    with tarfile.open(path) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(folder)


def encode(pixels: NDArray[np.uint8], kind: str = "PNG") -> bytes:
    """Encode an image, without loss as PNG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def idx_file(array: NDArray[np.uint8]) -> bytes:
    """Pack an array as a gzip-compressed IDX file."""
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)
