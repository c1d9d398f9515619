"""What would serve an asset is found without taking it, and soon where hosts do not answer."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from foolproof.assets.availability import Availability, find_sources
from foolproof.assets.declaration import Asset
from foolproof.params.data import Source
from tests.assets.hosts import Host
from tests.assets.officials import with_hosts

SECONDS = 1.0
NAMED = "foolproof.assets.availability.asset_named"
ALL: list[Source] = ["mirror", "official", "embedded"]

Serve = Callable[..., Availability]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Ask for one asset, given by its declaration in place of the catalogue's."""

    def ask(asset: Asset, mirror: object = None, sources: Sequence[Source] = ALL) -> Availability:
        monkeypatch.setattr(NAMED, {asset.name: asset}.__getitem__)
        location = None if mirror is None else str(mirror)
        return find_sources([asset.name], sources, mirror=location, seconds=SECONDS)[asset.name]

    return ask


def test_the_first_source_that_has_the_asset_serves(
    small_mnist: Asset, mirror: Path, host: Host, refused_url: str, serve: Serve
) -> None:
    unreachable = with_hosts(small_mnist, refused_url)
    assert serve(small_mnist, mirror).source == "mirror"
    assert serve(small_mnist, mirror).text == f"mirror {mirror}"
    assert serve(small_mnist) == Availability("official", f"official host {host.url[7:-1]}")
    assert serve(unreachable).source == "embedded"
    assert serve(unreachable).text.startswith("embedded stand-in (")
    assert serve(unreachable, sources=["mirror", "official"]) == Availability(
        None, "no source in data.sources has it now"
    )


def test_the_order_is_that_of_data_sources(
    small_mnist: Asset, mirror: Path, host: Host, serve: Serve
) -> None:
    assert serve(small_mnist, mirror, ["official", "mirror"]).source == "official"
    host.requests.clear()
    assert serve(small_mnist, mirror, ["embedded", "mirror"]).source == "embedded"
    assert host.requests == []


def test_a_mirror_tells_the_files_that_an_asset_would_be_made_of(
    small_mnist: Asset, mirror: Path, serve: Serve
) -> None:
    files = serve(small_mnist, mirror).files
    assert set(files) == set(small_mnist.mirrored.files)
    assert all(checksum.startswith("sha256:") for checksum in files.values())


def test_what_a_mirror_lists_needs_no_declaration(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of networks would cost the import of torchvision."""
    monkeypatch.setattr(NAMED, pytest.fail)
    found = find_sources(["mnist"], ALL, mirror=str(mirror), seconds=SECONDS)
    assert found["mnist"].source == "mirror"


def test_a_mirror_must_list_the_asset(small_mnist: Asset, mirror: Path, serve: Serve) -> None:
    (mirror / "MANIFEST.json").write_text('{"version": 1, "assets": {}}')
    assert serve(small_mnist, mirror, ["mirror", "embedded"]).source == "embedded"


def test_a_mirror_that_cannot_be_used_is_said_and_nothing_serves_in_its_place(
    small_mnist: Asset, tmp_path: Path, serve: Serve
) -> None:
    """As in `acquire`: a user who names a mirror means it."""
    nowhere = tmp_path / "nowhere"
    assert serve(small_mnist, nowhere) == Availability(
        None,
        f"FOOLPROOF_MIRROR={nowhere}: expected a folder or an http(s) URL, found no such folder",
    )


def test_one_official_host_is_enough(
    small_mnist: Asset, silent_url: str, refused_url: str, host: Host, serve: Serve
) -> None:
    asset = with_hosts(small_mnist, silent_url, refused_url, host.url)
    assert serve(asset).text == f"official host {host.url[7:-1]}"
    host.files = {}
    assert serve(asset).source == "embedded"


def test_what_no_publisher_offers_is_not_asked_for(
    small_mnist: Asset, host: Host, serve: Serve
) -> None:
    assert serve(replace(small_mnist, official=None)).source == "embedded"
    assert host.requests == []


@pytest.mark.parametrize("assets", [1, 8])
def test_all_questions_together_take_no_longer_than_asked_for(
    small_mnist: Asset, silent_url: str, assets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = with_hosts(small_mnist, f"{silent_url}a/", f"{silent_url}b/")
    many = {f"asset{number}": replace(silent, name=f"asset{number}") for number in range(assets)}
    monkeypatch.setattr(NAMED, many.__getitem__)
    begun = time.monotonic()
    found = find_sources(list(many), ["official", "embedded"], mirror=None, seconds=SECONDS)
    assert {each.source for each in found.values()} == {"embedded"}
    said = find_sources(list(many), ALL, mirror=silent_url, seconds=SECONDS)
    assert time.monotonic() - begun < 3 * SECONDS
    assert {each.text for each in said.values()} == {
        f"FOOLPROOF_MIRROR={silent_url}: no answer within 0.5 s"
    }
