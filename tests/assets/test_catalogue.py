"""The catalogue finds all assets by name, and is cheap to import."""

import subprocess
import sys

import pytest

from foolproof.assets.catalogue import DATA_SETS, asset_named
from foolproof.assets.declaration import Asset
from foolproof.assets.errors import AssetError


def test_catalogue_imports_no_heavy_package() -> None:
    heavy = ["torch", "torchvision", "timm", "sklearn", "skimage", "scipy", "requests"]
    program = (
        "import sys, foolproof.assets.catalogue; "
        f"print(*(name for name in {heavy} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout.split() == []


def test_asset_named_finds_data_sets_and_networks() -> None:
    for name in ("mnist", "cifar10", "pets", "photos", "mobilenet_v2", "tf_efficientnet_lite0"):
        assert asset_named(name).name == name


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("mobilnet_v2", "mobilenet_v2, "), ("cifar100", "cifar10, "), ("resnet_18", "resnet18, ")],
)
def test_asset_named_refuses_unknown_name_with_nearest_names(name: str, nearest: str) -> None:
    with pytest.raises(
        AssetError,
        match=f"^{name!r} is neither a data set nor a network of torchvision or timm; "
        f"the nearest are: {nearest}",
    ):
        asset_named(name)


@pytest.mark.parametrize(
    "asset",
    [*DATA_SETS.values(), asset_named("mobilenet_v2"), asset_named("tf_efficientnet_lite0")],
    ids=lambda asset: asset.name,
)
def test_declarations_are_complete(asset: Asset) -> None:
    if asset.official is not None:
        assert asset.official.files
        assert asset.official.hosts
        assert all(host.startswith("http") and host.endswith("/") for host in asset.official.hosts)
        assert all(":" in checksum for checksum in asset.official.files.values())
        assert asset.official.licence
    assert asset.mirrored.files
    if asset.embedded is not None:
        assert asset.embedded.packages
        assert asset.embedded.licence
        assert asset.embedded.note
