"""Archives are read completely, and damaged ones are refused by name."""

from pathlib import Path

import pytest

from foolproof.assets.archive import read_archive
from foolproof.assets.errors import AssetError
from tests.assets.archives import pack_tar

FILES = {"b/second.txt": b"second", "b/empty": b"", "a/first.txt": bytes(range(256)) * 40}


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_read_archive_yields_files_in_stored_order(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.tar{suffix}"
    path.write_bytes(pack_tar(FILES, suffix))
    assert list(read_archive(path)) == list(FILES.items())


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_read_archive_refuses_truncation_at_any_byte(tmp_path: Path, suffix: str) -> None:
    content = pack_tar(FILES, suffix)
    path = tmp_path / f"a.tar{suffix}"
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(AssetError, match=rf"^a.tar{suffix}: the archive is cut short or"):
            list(read_archive(path))


def test_read_archive_verifies_stream_checksum(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(pack_tar(FILES, ".gz")[:-8] + bytes(8))
    with pytest.raises(AssetError, match="CRC check failed"):
        list(read_archive(path))


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_read_archive_refuses_other_formats(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.tar{suffix}"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(AssetError, match=r"^a\.tar.*: the archive is cut short or damaged: "):
        list(read_archive(path))
