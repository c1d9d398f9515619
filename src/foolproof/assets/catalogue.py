"""All assets by name; cheap to import."""

from difflib import get_close_matches

from foolproof.assets.cifar10 import CIFAR10
from foolproof.assets.declaration import Asset
from foolproof.assets.errors import AssetError
from foolproof.assets.mnist import MNIST
from foolproof.assets.pets import PETS
from foolproof.assets.photos import PHOTOS

DATA_SETS = {asset.name: asset for asset in (CIFAR10, MNIST, PETS, PHOTOS)}


def asset_named(name: str) -> Asset:
    """Find a data set, or a network by its name in torchvision or else in timm.

    Raises:
        AssetError: with the most similar names, when there is none of this name.
    """
    if name in DATA_SETS:
        return DATA_SETS[name]
    # Imported lazily: torchvision and timm take seconds to import.
    from foolproof.assets.torchvision_networks import (  # noqa: PLC0415
        torchvision_asset,
        torchvision_names,
    )

    if name in torchvision_names():
        return torchvision_asset(name)
    from foolproof.assets.timm_networks import timm_asset, timm_names  # noqa: PLC0415

    if name in timm_names():
        return timm_asset(name)
    known = [*DATA_SETS, *torchvision_names(), *timm_names()]
    nearest = ", ".join(get_close_matches(name, known, n=5, cutoff=0))
    raise AssetError(
        f"{name!r} is neither a data set nor a network of torchvision or timm; "
        f"the nearest are: {nearest}"
    )
