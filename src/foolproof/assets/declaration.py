"""What has to be said about an asset so that every source can provide it.

A new asset is one `Asset` in a module of its own, with one converter for each file format in which
it comes, and one line in `foolproof.assets.catalogue`.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from foolproof.assets.errors import AssetError

Arrays = dict[str, NDArray[Any]]
"""The content of an asset: named arrays, written to one `.npz` file."""

Converter = Callable[[Mapping[str, Path]], Arrays]
"""Makes an asset's arrays of its verified files, given by file name without folder."""


@dataclass(frozen=True)
class Mirrored:
    """How an asset lies in a mirror, whose manifest gives licence, note and checksums.

    Attributes:
        files: names of the files that `convert` cannot do without; there may be others.
        convert: makes the arrays.
    """

    files: tuple[str, ...]
    convert: Converter


@dataclass(frozen=True)
class Official:
    """The files that the publishers of an asset offer for download.

    Attributes:
        hosts: base URLs with the same files, tried in this order, each with a slash at its end.
        files: the checksum of each file, see `foolproof.assets.checksum`.
        convert: makes the arrays.
        licence: the publishers' licence.
        note: what this is, in a sentence.
    """

    hosts: tuple[str, ...]
    files: Mapping[str, str]
    convert: Converter
    licence: str
    note: str


@dataclass(frozen=True)
class Embedded:
    """What installed packages contain of an asset, or a small stand-in made of that.

    Attributes:
        packages: the distributions that decide its content.
        subject: what it is, in words that complete "using the embedded …".
        kind: `stand-in` for the real data, a `sample` of them, or `complete`.
        make: makes the arrays, the same on every call.
        licence: the licence of the content.
        note: what this is and is not, in a sentence.
    """

    packages: tuple[str, ...]
    subject: str
    kind: Literal["stand-in", "sample", "complete"]
    make: Callable[[], Arrays]
    licence: str
    note: str


@dataclass(frozen=True)
class Asset:
    """A data set or a network's weights, and what each source needs to provide it.

    Attributes:
        name: the name in manifests, file names and commands.
        mirrored: how it lies in a mirror.
        official: how its publishers offer it; None where they do not.
        embedded: what packages contain of it; None where they do not.
        count_items: how many items the arrays hold.
        digests: SHA-256 of each array's bytes in the exact asset; empty where not known.
    """

    name: str
    mirrored: Mirrored
    official: Official | None
    embedded: Embedded | None
    count_items: Callable[[Arrays], int]
    digests: Mapping[str, str]

    def check_exact(self, arrays: Arrays) -> None:
        """Check that `arrays` are those of the exact asset, whatever its source claims.

        Raises:
            AssetError: naming the array, the expected and the found SHA-256.
        """
        for name, expected in self.digests.items():
            found = hashlib.sha256(np.ascontiguousarray(arrays[name]).data).hexdigest()
            if found != expected:
                raise AssetError(
                    f"{self.name} is said to be exact, but the SHA-256 of {name} is not that of "
                    f"the official data: expected {expected}, found {found}"
                )


@dataclass(frozen=True)
class Taken:
    """An asset as a source has provided it.

    Attributes:
        arrays: the content.
        files: the checksum of each file that it was made of, as `algorithm:hexadecimal digits`.
        origin: where it came from, in words that are the same on every machine.
        exact: whether the content equals the official one.
        stand_in: whether it only stands in for the real data.
        licence: the licence of the content.
        note: what this is, in a sentence.
    """

    arrays: Arrays
    files: Mapping[str, str]
    origin: str
    exact: bool
    stand_in: bool
    licence: str
    note: str
