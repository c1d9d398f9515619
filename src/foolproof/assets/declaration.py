"""Declaration of an asset: what each source needs to provide it.

A new asset is one `Asset` in its own module, with a converter for each file format, and one line in
`foolproof.assets.catalogue`.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from foolproof.assets.errors import AssetError

Arrays = dict[str, NDArray[Any]]
"""The content of an asset: named arrays, written to one `.npz` file."""

Converter = Callable[[Mapping[str, Path]], Arrays]
"""Converts verified files, given by name without folder, to arrays."""


def count_labels(arrays: Arrays) -> int:
    """Count the examples of a data set by its labels."""
    return sum(len(array) for name, array in arrays.items() if name.endswith("labels"))


@dataclass(frozen=True)
class Mirrored:
    """Files of an asset in a mirror, whose manifest gives licence, note and checksums.

    Attributes:
        files: names of the files that `convert` requires; a mirror may have more.
        convert: converts the files to arrays.
        name_of: names the required file that a mirror's file is, by its name there.
    """

    files: tuple[str, ...]
    convert: Converter
    name_of: Callable[[str], str] = str


@dataclass(frozen=True)
class Official:
    """Files that the publishers of an asset offer for download.

    Attributes:
        hosts: base URLs of the same files, in order of preference, each with a trailing slash.
        files: checksums by file name, see `foolproof.assets.checksum`.
        convert: converts the files to arrays.
        licence: the publishers' licence.
        note: the content in one sentence.
    """

    hosts: tuple[str, ...]
    files: Mapping[str, str]
    convert: Converter
    licence: str
    note: str


@dataclass(frozen=True)
class Embedded:
    """Content of an asset in installed packages, or a small stand-in made from packages.

    Attributes:
        packages: the distributions that determine the content.
        subject: a noun phrase that completes "using the embedded …".
        kind: `stand-in` for the real data, a `sample` of them, or `complete`.
        make: returns the arrays, the same in every call.
        licence: the licence of the content.
        note: the content and its limits in one sentence.
    """

    packages: tuple[str, ...]
    subject: str
    kind: Literal["stand-in", "sample", "complete"]
    make: Callable[[], Arrays]
    licence: str
    note: str


@dataclass(frozen=True)
class Asset:
    """A data set or the weights of a network.

    Attributes:
        name: the name in manifests, file names and commands.
        mirrored: the files in a mirror.
        count_items: counts the items of the arrays.
        items: their name.
        official: the publishers' files; None where there are none.
        embedded: the content in packages; None where there is none.
        digests: SHA-256 of each array of the exact asset; empty where unknown.
    """

    name: str
    mirrored: Mirrored
    count_items: Callable[[Arrays], int]
    items: str = "images"
    official: Official | None = None
    embedded: Embedded | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    def check_exact(self, arrays: Arrays) -> None:
        """Compare the digests of `arrays` with those of the exact asset.

        Raises:
            AssetError: naming the array, the expected and the found SHA-256.
        """
        for name, expected in self.digests.items():
            found = hashlib.sha256(np.ascontiguousarray(arrays[name]).data).hexdigest()
            if found != expected:
                raise AssetError(
                    f"{self.name} is declared exact, but the SHA-256 of {name} is not that of "
                    f"the official data: expected {expected}, found {found}"
                )


@dataclass(frozen=True)
class AssetContent:
    """The content of an asset, as one source provides it.

    Attributes:
        arrays: the content.
        files: checksums of the source's files, as `algorithm:hexadecimal digits`.
        origin: the source in words that are the same on every machine.
        exact: whether the content equals the official one.
        stand_in: whether it is a stand-in for the real data.
        licence: the licence of the content.
        note: the content in one sentence.
    """

    arrays: Arrays
    files: Mapping[str, str]
    origin: str
    exact: bool
    stand_in: bool
    licence: str
    note: str
