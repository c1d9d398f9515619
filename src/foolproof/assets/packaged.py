"""Files inside installed packages: found without importing the package, verified by checksum."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from foolproof.assets.checksum import sha256_of
from foolproof.assets.errors import AssetError

REMEDY = "`rm .venv/ready && make environment` installs it again"


class PackagedFile(NamedTuple):
    """A file that a package of the package index carries."""

    package: str
    """The distribution's name."""

    place: str
    """Path below the folder in which packages are installed, with forward slashes."""

    sha256: str
    """Of the file, in hexadecimal digits."""

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.place.rpartition("/")[2]

    def path(self) -> Path:
        """Find the file and verify its checksum.

        Raises:
            AssetError: when the package or the file is missing, or the file was altered.
        """
        try:
            path = Path(str(distribution(self.package).locate_file(self.place)))
        except PackageNotFoundError:
            raise AssetError(f"the package {self.package} is not installed; {REMEDY}") from None
        if not path.is_file():
            raise AssetError(f"the package {self.package} lacks {self.place}; {REMEDY}")
        found = sha256_of(path)
        if found != self.sha256:
            raise AssetError(
                f"{self.place} of the package {self.package} was altered: expected SHA-256 "
                f"{self.sha256}, found {found}; {REMEDY}"
            )
        return path
