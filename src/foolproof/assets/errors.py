"""What can go wrong while an asset is taken from a source."""

from foolproof.core.errors import FoolproofError


class AssetError(FoolproofError):
    """An asset is damaged, wrong or nowhere to be had; the message says which and how."""


class UnavailableError(AssetError):
    """This source does not have the asset now; the next one may."""


class NotRequestedError(UnavailableError):
    """The user has not set this source up, so passing it over is no cause for alarm."""


class NetworkError(AssetError):
    """A host does not answer, lacks the file or breaks off; the message names the URL."""


class CertificateError(NetworkError):
    """A host's certificate is not trusted; the message says what to do."""


class TemporaryError(NetworkError):
    """The same request may succeed later.

    Attributes:
        wait: for how many seconds the host asks to be left alone.
    """

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class BusyError(TemporaryError):
    """A host answers that it cannot serve now."""


class ChecksumError(AssetError):
    """A host sent other bytes than expected; the message has both checksums."""
