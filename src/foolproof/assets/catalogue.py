"""Every asset by name; importing this is cheap."""

from difflib import get_close_matches

from foolproof.assets.cifar10 import CIFAR10
from foolproof.assets.declaration import Asset
from foolproof.assets.errors import AssetError
from foolproof.assets.mnist import MNIST
from foolproof.assets.pets import PETS
from foolproof.assets.photos import PHOTOS

DATA_SETS = {asset.name: asset for asset in (CIFAR10, MNIST, PETS, PHOTOS)}


def asset_named(name: str) -> Asset:
    """Find a data set, or a network by torchvision's or timm's name; torchvision's come first.

    Raises:
        AssetError: with the most similar names, when there is none of this name.
    """
    if name in DATA_SETS:
        return DATA_SETS[name]
    # Imported lazily: torchvision and timm take seconds to import.
    from foolproof.assets.networks import torchvision_asset, torchvision_names  # noqa: PLC0415

    if name in torchvision_names():
        return torchvision_asset(name)
    from foolproof.assets.timm_networks import timm_asset, timm_names  # noqa: PLC0415

    if name in timm_names():
        return timm_asset(name)
    every = [*DATA_SETS, *torchvision_names(), *timm_names()]
    similar = ", ".join(get_close_matches(name, every, n=5, cutoff=0))
    raise AssetError(
        f"{name!r} is neither a data set nor a network of torchvision or timm; "
        f"the nearest are: {similar}"
    )
