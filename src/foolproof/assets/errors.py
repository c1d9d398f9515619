"""Errors of obtaining an asset."""

from foolproof.core.errors import FoolproofError


class AssetError(FoolproofError):
    """An asset is damaged, invalid or unavailable; the message names it and the cause."""


class UnavailableError(AssetError):
    """This source does not have the asset now; the next source is tried."""


class NotConfiguredError(UnavailableError):
    """The user has not configured this source, so that its absence is no reason to warn."""


class NetworkError(AssetError):
    """A request fails; the message names the URL."""


class CertificateError(NetworkError):
    """A host's certificate is not trusted; the message names the remedy."""


class TemporaryError(NetworkError):
    """The same request may succeed later.

    Attributes:
        wait: seconds of the host's Retry-After header, else 0.
    """

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class BusyError(TemporaryError):
    """A host answers with status 429 or 5xx."""


class ChecksumError(AssetError):
    """A downloaded file has another checksum; the message names both."""
