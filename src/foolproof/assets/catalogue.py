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
    """Find a data set, or a network by torchvision's name.

    Raises:
        AssetError: with the most similar names, when there is none of this name.
    """
    if name in DATA_SETS:
        return DATA_SETS[name]
    # Importing torchvision takes seconds, which no data set is worth.
    from foolproof.assets.networks import network_asset, network_names  # noqa: PLC0415

    names = network_names()
    if name in names:
        return network_asset(name)
    similar = ", ".join(get_close_matches(name, [*DATA_SETS, *names], n=5, cutoff=0))
    raise AssetError(
        f"{name!r} is neither a data set nor a network of torchvision; the nearest are: {similar}"
    )
