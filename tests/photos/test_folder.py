"""A user's own photos."""

import logging
from pathlib import Path

import pytest

from foolproof.core.errors import FoolproofError
from foolproof.photos.folder import read_folder
from tests.photos.conftest import colour_jpeg


def test_folder_may_be_missing_or_without_pictures(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "photos") == []
    (tmp_path / "README.md").write_text("Put pictures here.")
    (tmp_path / "folder.jpg").mkdir()
    assert read_folder(tmp_path) == []


def test_pictures_of_a_folder_are_sorted_by_name(tmp_path: Path) -> None:
    for name in ("c.jpeg", "B.PNG", "a.JPG", "d.webp"):
        (tmp_path / name).write_bytes(colour_jpeg())
    (tmp_path / "e.txt").write_text("no picture, and not said to be one")
    photos = read_folder(tmp_path)
    assert [photo.name for photo in photos] == ["B.PNG", "a.JPG", "c.jpeg", "d.webp"]
    assert {photo.label for photo in photos} == {None}


def test_broken_picture_is_skipped_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cat.jpg").write_bytes(colour_jpeg())
    (tmp_path / "dog.jpg").write_text("no picture")
    with caplog.at_level(logging.WARNING):
        assert [photo.name for photo in read_folder(tmp_path)] == ["cat.jpg"]
    (message,) = caplog.messages
    assert message == f"{tmp_path}/dog.jpg: not a picture of a known format; skipped"


def test_folder_without_readable_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dog.jpg").write_text("no picture")
    with pytest.raises(FoolproofError, match=r": no file is a readable picture: dog\.jpg$"):
        read_folder(tmp_path)
