"""Say which assets could now be taken from a better source than the one they came from."""

from pathlib import Path

from foolproof.assets.better import better_sources
from foolproof.assets.catalogue import asset_named
from foolproof.assets.mirror import mirror_location
from foolproof.files import read_json
from foolproof.params.base import load_section
from foolproof.params.data import Data
from foolproof.stage import run_stage

_PATIENCE = 2.0  # seconds: this follows every `make repro`, most of them without a network


def main() -> None:
    """Look at the record of every downloaded asset."""
    sources = load_section("data", Data).sources
    used = {path.stem: read_json(path)["source"] for path in sorted(Path("data").glob("*.json"))}
    better = better_sources(
        # Nothing is better than the first, and looking a network up takes seconds.
        [asset_named(name) for name, source in used.items() if source != sources[0]],
        used,
        sources,
        mirror=mirror_location(),
        seconds=_PATIENCE,
    )
    for name, source in better.items():
        print(
            f"{name}: came from {used[name]}; {source} can be reached now: "
            "run `make refresh` to take it from there"
        )


if __name__ == "__main__":
    run_stage(main)
