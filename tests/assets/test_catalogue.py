"""The catalogue as a whole."""

import subprocess
import sys

import pytest

from foolproof.assets.catalogue import ASSETS
from foolproof.assets.declaration import Asset


def test_importing_it_is_cheap() -> None:
    heavy = ["torch", "torchvision", "sklearn", "skimage", "scipy", "pooch", "requests"]
    program = (
        "import sys, foolproof.assets.catalogue; "
        f"print(*(name for name in {heavy} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("asset", ASSETS.values(), ids=lambda asset: asset.name)
def test_every_declaration_is_complete(asset: Asset) -> None:
    assert asset.official.files
    assert asset.official.hosts
    assert all(host.startswith("http") and host.endswith("/") for host in asset.official.hosts)
    assert all(":" in checksum for checksum in asset.official.files.values())
    assert asset.official.licence
    assert asset.embedded.licence
