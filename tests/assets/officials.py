"""Looking at an asset's official files, and moving them to other hosts."""

from dataclasses import replace

from foolproof.assets.declaration import Asset, Official


def official_of(asset: Asset) -> Official:
    """What the publishers offer of an asset of which they do offer something."""
    assert asset.official is not None
    return asset.official


def with_hosts(asset: Asset, *urls: str) -> Asset:
    """The asset with other official hosts."""
    return replace(asset, official=replace(official_of(asset), hosts=urls))
