"""Access to the official files of an asset."""

from dataclasses import replace

from foolproof.assets.declaration import Asset, Official


def official_of(asset: Asset) -> Official:
    """The official files of an asset that has some."""
    assert asset.official is not None
    return asset.official


def with_hosts(asset: Asset, *urls: str) -> Asset:
    """A copy of the asset with other official hosts."""
    return replace(asset, official=replace(official_of(asset), hosts=urls))
