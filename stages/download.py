"""Download an asset from the first source that has it: data/<asset>.npz and its record."""

from pathlib import Path

from foolproof.assets.catalogue import asset_named
from foolproof.assets.download import download_asset
from foolproof.assets.mirror import mirror_location
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.params.data import Data


def main(asset: str) -> None:
    """Download a data set, or a network by its name in torchvision or timm."""
    download_asset(
        asset_named(asset),
        load_section("data", Data).sources,
        Path("data"),
        mirror=mirror_location(),
    )


if __name__ == "__main__":
    run_stage(main, asset=None)
