"""Download an asset from the first source that has it: data/<asset>.npz and its record."""

import argparse
from pathlib import Path

from foolproof.assets.catalogue import asset_named
from foolproof.assets.download import download_asset
from foolproof.assets.mirror import mirror_location
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.params.data import Data


def main() -> None:
    """Download the asset that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("asset", help="a data set, or a network by its name in torchvision or timm")
    asset = asset_named(parser.parse_args().asset)
    download_asset(
        asset, load_section("data", Data).sources, Path("data"), mirror=mirror_location()
    )


if __name__ == "__main__":
    run_stage(main)
