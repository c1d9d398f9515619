"""A better source is noticed once it can be reached, and quickly not noticed otherwise."""

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from foolproof.assets.better import better_sources
from foolproof.assets.declaration import Asset
from foolproof.params.data import Source
from tests.assets.officials import with_hosts

if TYPE_CHECKING:
    from tests.assets.conftest import Host

SECONDS = 1.0
ALL: list[Source] = ["mirror", "official", "embedded"]


def better(
    asset: Asset, used: Source, mirror: object = None, sources: list[Source] = ALL
) -> dict[str, Source]:
    location = None if mirror is None else str(mirror)
    return better_sources([asset], {"mnist": used}, sources, mirror=location, seconds=SECONDS)


def test_the_first_that_can_be_reached_is_named(small_mnist: Asset, mirror: Path) -> None:
    assert better(small_mnist, "embedded", mirror) == {"mnist": "mirror"}
    assert better(small_mnist, "embedded") == {"mnist": "official"}
    assert better(small_mnist, "official", mirror) == {"mnist": "mirror"}


def test_only_sources_before_the_one_used_are_better(
    small_mnist: Asset, mirror: Path, host: "Host"
) -> None:
    assert better(small_mnist, "mirror", mirror) == {}
    assert better(small_mnist, "official") == {}
    assert better(small_mnist, "embedded", mirror, ["embedded", "mirror", "official"]) == {}
    assert host.requests == []


def test_a_mirror_must_list_the_asset(small_mnist: Asset, mirror: Path, tmp_path: Path) -> None:
    (mirror / "MANIFEST.json").write_text('{"version": 1, "assets": {}}')
    assert better(small_mnist, "official", mirror) == {}
    assert better(small_mnist, "official", tmp_path / "nowhere") == {}


def test_one_official_host_is_enough(
    small_mnist: Asset, silent_url: str, refused_url: str, host: "Host"
) -> None:
    asset = with_hosts(small_mnist, silent_url, refused_url, host.url)
    assert better(asset, "embedded") == {"mnist": "official"}
    host.files = {}
    assert better(asset, "embedded") == {}


def test_what_no_publisher_offers_is_not_asked_for(small_mnist: Asset, host: "Host") -> None:
    assert better(replace(small_mnist, official=None), "embedded") == {}
    assert host.requests == []


@pytest.mark.parametrize("assets", [1, 8])
def test_all_questions_together_take_no_longer_than_one(
    small_mnist: Asset, silent_url: str, assets: int
) -> None:
    silent = with_hosts(small_mnist, f"{silent_url}a/", f"{silent_url}b/")
    many = [replace(silent, name=f"asset{number}") for number in range(assets)]
    begun = time.monotonic()
    used: dict[str, Source] = {asset.name: "embedded" for asset in many}
    assert better_sources(many, used, ALL, mirror=silent_url, seconds=SECONDS) == {}
    assert time.monotonic() - begun < 2 * SECONDS
