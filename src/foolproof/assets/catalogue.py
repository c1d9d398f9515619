"""Every asset by name; importing this is cheap."""

from foolproof.assets.declaration import Asset
from foolproof.assets.mnist import MNIST

ASSETS: dict[str, Asset] = {asset.name: asset for asset in (MNIST,)}
