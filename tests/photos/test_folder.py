"""A user's own photos: every file is read, or named with the reason."""

import logging
import os
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foolproof.photos import folder as module
from foolproof.photos.folder import SHORTER_SIDE, read_folder, with_own_photos
from foolproof.photos.photo import Photo
from tests.photos.conftest import HEIC, colour_jpeg, encode


def saved(kind: str) -> bytes:
    """A picture of 60 x 40 in a format."""
    return encode(Image.open(BytesIO(colour_jpeg())), kind)


def test_a_folder_may_be_missing_or_without_files(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "photos") == []
    (tmp_path / "folder.jpg").mkdir()
    for name in (".gitkeep", ".DS_Store", "._cat.jpg", "Thumbs.db", "desktop.ini"):
        (tmp_path / name).write_text("of the system")
    assert read_folder(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.JPG", colour_jpeg()),
        ("a.jfif", colour_jpeg()),
        ("without suffix", colour_jpeg()),
        ("said to be.txt", colour_jpeg()),
        ("a.png", saved("PNG")),
        ("a.webp", saved("WEBP")),
        ("a.bmp", saved("BMP")),
        ("a.tif", saved("TIFF")),
        ("a.gif", saved("GIF")),
        ("a.avif", saved("AVIF")),
        ("a.jp2", saved("JPEG2000")),
        ("a.ico", saved("ICO")),
        ("a.ppm", saved("PPM")),
        ("a.tga", saved("TGA")),
        ("IMG_0001.HEIC", HEIC),
        ("a_$b_$c.jpg", colour_jpeg()),
        ("\u732b.jpg", colour_jpeg()),
        ("two\u00a0\u202fblanks .jpg", colour_jpeg()),
        ("-rf.jpg", colour_jpeg()),
        ("100%d {x} \\ '\".jpg", colour_jpeg()),
        ("a" * 251 + ".jpg", colour_jpeg()),
    ],
)
def test_every_format_and_name_is_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    (photo,) = read_folder(tmp_path)
    assert photo.name == name
    assert (photo.picture.mode, photo.label) == ("RGB", None)
    assert min(photo.picture.size) >= 16
    assert caplog.messages == []


def test_a_photo_in_a_subfolder_is_named_by_its_path(tmp_path: Path) -> None:
    for name in ("c.jpeg", "trip/day 2/c.jpeg", "trip/c.jpeg", ".cache/c.jpeg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(colour_jpeg())
    names = [photo.name for photo in read_folder(tmp_path)]
    assert names == ["c.jpeg", "trip/c.jpeg", "trip/day 2/c.jpeg"]


@pytest.mark.parametrize(
    ("raw", "written"),
    [(b"caf\xe9.jpg", "caf\ufffd.jpg"), (b"two\nlines.jpg", "two\ufffdlines.jpg")],
)
def test_what_no_encoding_or_line_can_hold_gets_a_sign(
    tmp_path: Path, raw: bytes, written: str
) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw)).write_bytes(colour_jpeg())
    (photo,) = read_folder(tmp_path)
    assert photo.name == written
    photo.name.encode()


def test_no_photo_replaces_another(tmp_path: Path) -> None:
    """Neither by a sign that stands for different letters, nor by the name of a downloaded one."""
    own = tmp_path / "photos"
    for raw in (b"\xe9.jpg", b"\xe8.jpg", b"cat.jpg", b"cat.JPG", b"photos/cat.jpg"):
        path = Path(os.fsdecode(os.fsencode(own) + b"/" + raw))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(colour_jpeg())
    assert len({photo.name for photo in read_folder(own)}) == 5
    downloaded = [Photo("cat.jpg", Image.new("RGB", (8, 8)), "tabby")]
    names = [photo.name for photo in with_own_photos(downloaded, Path(os.path.relpath(own)))]
    assert len(set(names)) == len(names) == 6
    assert names[0] == "cat.jpg"


def test_an_own_photo_with_the_name_of_a_downloaded_one_has_its_folders_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("photos/cat.jpg", "photos/photos/cat.jpg"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(colour_jpeg())
    downloaded = [Photo("cat.jpg", Image.new("RGB", (8, 8)), "tabby")]
    names = [photo.name for photo in with_own_photos(downloaded, Path("photos"))]
    assert names == ["cat.jpg", "photos/cat.jpg (2)", "photos/cat.jpg"]


def refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> str:
    """What is said of the one thing in a folder that is no photo."""
    (tmp_path / "good.jpg").write_bytes(colour_jpeg())
    with caplog.at_level(logging.WARNING):
        assert [photo.name for photo in read_folder(tmp_path)] == ["good.jpg"]
    (message,) = caplog.messages
    return message.removeprefix(f"{tmp_path}/")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no picture", "not a picture of a known format"),
        (b"", "not a picture of a known format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture of a known format"),
        (b"%PDF-1.7", "not a picture of a known format"),
        (colour_jpeg()[:300], "a damaged picture: "),
        (saved("PNG")[:60], "a damaged picture: "),
        (HEIC[: len(HEIC) // 2], "not a picture of a known format"),
    ],
)
def test_what_is_no_picture_is_named_with_the_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, data: bytes, reason: str
) -> None:
    (tmp_path / "dog.jpg").write_bytes(data)
    said = refused(tmp_path, caplog)
    assert said.startswith(f"dog.jpg: {reason}")
    assert said.endswith("; skipped")


def test_links_are_followed_or_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "cat.jpg").write_bytes(colour_jpeg())
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "linked.jpg").symlink_to(elsewhere / "cat.jpg")
    (photos / "nowhere.jpg").symlink_to(elsewhere / "dog.jpg")
    (photos / "round").symlink_to(photos)
    assert [photo.name for photo in read_folder(photos)] == ["linked.jpg"]
    assert caplog.messages == [
        f"{photos}/round: a link to a folder; copy the folder instead; skipped",
        f"{photos}/nowhere.jpg: a link to nothing; skipped",
    ]


def test_a_pipe_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refused(tmp_path, caplog) == "pipe.jpg: not a file; skipped"


def test_an_unreadable_file_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.jpg").write_bytes(colour_jpeg())
    read = Path.read_bytes

    def deny(path: Path) -> bytes:
        if path.name == "mine.jpg":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", deny)
    assert refused(tmp_path, caplog) == "mine.jpg: cannot be read: Permission denied; skipped"


def test_a_warning_of_the_decoder_has_the_photos_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warn(*_: object) -> Image.Image:
        warnings.warn("odd colours", stacklevel=1)
        return Image.new("RGB", (40, 40))

    monkeypatch.setattr(module, "decode", warn)
    (tmp_path / "odd.png").write_bytes(b"-")
    assert len(read_folder(tmp_path)) == 1
    assert caplog.messages == [f"{tmp_path}/odd.png: odd colours"]


def test_a_large_photo_is_reduced_to_what_networks_see(tmp_path: Path) -> None:
    wide = np.tile(np.linspace(0, 255, 3000).astype(np.uint8), (2048, 1))
    (tmp_path / "wide.png").write_bytes(encode(Image.fromarray(wide)))
    (photo,) = read_folder(tmp_path)
    assert photo.picture.size == (1500, SHORTER_SIDE)
    row = np.asarray(photo.picture)[500, :, 0]
    np.testing.assert_allclose(row, np.linspace(0, 255, 1500), atol=2)
