"""Available sources are found without downloads and in bounded time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from foolproof.assets.availability import Availability, find_sources
from foolproof.assets.declaration import Asset
from foolproof.core.sources import Source
from tests.assets.hosts import Host
from tests.assets.officials import with_hosts

SECONDS = 1.0
NAMED = "foolproof.assets.availability.asset_named"
ALL: list[Source] = ["mirror", "official", "embedded"]

Find = Callable[..., Availability]


@pytest.fixture
def find(monkeypatch: pytest.MonkeyPatch) -> Find:
    """Find the source of one asset, given by its declaration."""

    def ask(asset: Asset, mirror: object = None, sources: Sequence[Source] = ALL) -> Availability:
        monkeypatch.setattr(NAMED, {asset.name: asset}.__getitem__)
        location = None if mirror is None else str(mirror)
        return find_sources([asset.name], sources, mirror=location, seconds=SECONDS)[asset.name]

    return ask


def test_find_sources_returns_first_source_with_asset(
    small_mnist: Asset, mirror: Path, host: Host, refused_url: str, find: Find
) -> None:
    unreachable = with_hosts(small_mnist, refused_url)
    assert find(small_mnist, mirror).source == "mirror"
    assert find(small_mnist, mirror).text == f"mirror {mirror}"
    assert find(small_mnist) == Availability("official", f"official host {host.url[7:-1]}")
    assert find(unreachable).source == "embedded"
    assert find(unreachable).text.startswith("embedded stand-in (")
    assert find(unreachable, sources=["mirror", "official"]) == Availability(
        None, "no source in data.sources has it now"
    )


def test_find_sources_follows_order_of_data_sources(
    small_mnist: Asset, mirror: Path, host: Host, find: Find
) -> None:
    assert find(small_mnist, mirror, ["official", "mirror"]).source == "official"
    host.requests.clear()
    assert find(small_mnist, mirror, ["embedded", "mirror"]).source == "embedded"
    assert host.requests == []


def test_find_sources_lists_checksums_of_mirror_files(
    small_mnist: Asset, mirror: Path, find: Find
) -> None:
    files = find(small_mnist, mirror).files
    assert set(files) == set(small_mnist.mirrored.files)
    assert all(checksum.startswith("sha256:") for checksum in files.values())


def test_find_sources_needs_no_declaration_of_mirrored_asset(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Declarations of networks would cost the import of torchvision."""
    monkeypatch.setattr(NAMED, pytest.fail)
    found = find_sources(["mnist"], ALL, mirror=str(mirror), seconds=SECONDS)
    assert found["mnist"].source == "mirror"


def test_find_sources_skips_mirror_without_asset(
    small_mnist: Asset, mirror: Path, find: Find
) -> None:
    (mirror / "MANIFEST.json").write_text('{"version": 1, "assets": {}}')
    assert find(small_mnist, mirror, ["mirror", "embedded"]).source == "embedded"


def test_find_sources_reports_invalid_mirror_without_replacement(
    small_mnist: Asset, tmp_path: Path, find: Find
) -> None:
    """As in `download_asset`."""
    nowhere = tmp_path / "nowhere"
    assert find(small_mnist, nowhere) == Availability(
        None,
        f"FOOLPROOF_MIRROR={nowhere}: expected a folder or an http(s) URL, found no such folder",
    )


def test_find_sources_accepts_any_reachable_official_host(
    small_mnist: Asset, silent_url: str, refused_url: str, host: Host, find: Find
) -> None:
    asset = with_hosts(small_mnist, silent_url, refused_url, host.url)
    assert find(asset).text == f"official host {host.url[7:-1]}"
    host.files = {}
    assert find(asset).source == "embedded"


def test_find_sources_sends_no_request_for_unpublished_asset(
    small_mnist: Asset, host: Host, find: Find
) -> None:
    assert find(replace(small_mnist, official=None)).source == "embedded"
    assert host.requests == []


@pytest.mark.parametrize("assets", [1, 8])
def test_find_sources_bounds_time_for_all_assets(
    small_mnist: Asset, silent_url: str, assets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = with_hosts(small_mnist, f"{silent_url}a/", f"{silent_url}b/")
    many = {f"asset{number}": replace(silent, name=f"asset{number}") for number in range(assets)}
    monkeypatch.setattr(NAMED, many.__getitem__)
    begun = time.monotonic()
    found = find_sources(list(many), ["official", "embedded"], mirror=None, seconds=SECONDS)
    assert {each.source for each in found.values()} == {"embedded"}
    unanswered = find_sources(list(many), ALL, mirror=silent_url, seconds=SECONDS)
    assert time.monotonic() - begun < 3 * SECONDS
    # The request's own timeout names the file too.
    for each in unanswered.values():
        assert each.text.startswith(f"FOOLPROOF_MIRROR={silent_url}: ")
        assert each.text.endswith(": no answer within 0.5 s")
