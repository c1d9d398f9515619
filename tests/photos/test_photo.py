"""Decoding photographs of every kind, and what a network sees of them."""

import logging
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from foolproof.core.errors import FoolproofError
from foolproof.data.arrays import write_arrays
from foolproof.photos.photo import (
    Photo,
    decode,
    load_photos,
    read_folder,
    row_of_peppers,
    to_network_pixels,
    unpack,
)

ORIENTATION = 0x0112
RANDOM = np.random.default_rng(0)
COLOURS = RANDOM.integers(0, 256, (6, 9, 3), dtype=np.uint8)


def encode(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def decoded(data: bytes) -> NDArray[np.uint8]:
    picture = decode(data, "picture")
    assert picture.mode == "RGB"
    return np.asarray(picture)


def colour_jpeg(width: int = 60, height: int = 40) -> bytes:
    smooth = np.linspace(0, 255, 3 * width * height).reshape(height, width, 3).astype(np.uint8)
    return encode(Image.fromarray(smooth), "JPEG")


def test_colour_stays_as_it_is() -> None:
    np.testing.assert_array_equal(decoded(encode(Image.fromarray(COLOURS))), COLOURS)
    lossless = encode(Image.fromarray(COLOURS), "WEBP", lossless=True)
    np.testing.assert_array_equal(decoded(lossless), COLOURS)


def test_grey_becomes_three_equal_channels() -> None:
    grey = COLOURS[..., 0]
    expected = np.repeat(grey[..., None], 3, axis=2)
    np.testing.assert_array_equal(decoded(encode(Image.fromarray(grey))), expected)
    bits = np.where(grey > 127, 255, 0).astype(np.uint8)
    one_bit = encode(Image.fromarray(bits).convert("1"))
    np.testing.assert_array_equal(decoded(one_bit)[..., 1], bits)


def test_sixteen_bits_of_grey_become_eight() -> None:
    levels = np.array([[0, 257, 257 * 100, 65535, 256]], np.uint16)
    grey = decoded(encode(Image.fromarray(levels)))
    assert grey[0, :, 0].tolist() == [0, 1, 100, 255, 0]


def test_sixteen_bits_of_colour_become_eight() -> None:
    levels = 257 * COLOURS.astype(">u2")
    height, width, _ = levels.shape

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    rows = b"".join(b"\0" + row.tobytes() for row in levels)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    )
    np.testing.assert_array_equal(decoded(data), COLOURS)


def test_transparency_lets_white_through() -> None:
    alpha = RANDOM.integers(0, 256, (6, 9, 1), dtype=np.uint8)
    alpha[0, :2, 0] = 0, 255
    transparent = np.concatenate([COLOURS, alpha], axis=2)
    share = alpha / 255
    expected = share * COLOURS + (1 - share) * 255
    found = decoded(encode(Image.fromarray(transparent)))
    assert np.abs(found - expected).max() <= 1
    np.testing.assert_array_equal(found[0, :2], [[255, 255, 255], COLOURS[0, 1]])


def test_transparency_of_grey_and_of_a_palette_lets_white_through() -> None:
    grey = np.array([[[10, 0], [10, 255]]], np.uint8)
    assert decoded(encode(Image.fromarray(grey)))[0].tolist() == [[255] * 3, [10] * 3]
    palette = Image.new("P", (2, 1))
    palette.putpalette([200, 0, 0, 0, 0, 200])
    palette.putpixel((1, 0), 1)
    assert decoded(encode(palette))[0].tolist() == [[200, 0, 0], [0, 0, 200]]
    assert decoded(encode(palette, transparency=0))[0].tolist() == [[255] * 3, [0, 0, 200]]


def test_printing_colours_become_red_green_and_blue() -> None:
    inks = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    red = decoded(encode(inks, "JPEG", quality=100))
    assert np.abs(red.astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda stored: stored),
        (2, lambda stored: stored[:, ::-1]),
        (3, lambda stored: stored[::-1, ::-1]),
        (4, lambda stored: stored[::-1]),
        (5, lambda stored: stored.transpose(1, 0, 2)),
        (6, lambda stored: np.rot90(stored, -1)),
        (7, lambda stored: stored[::-1, ::-1].transpose(1, 0, 2)),
        (8, np.rot90),
    ],
)
def test_a_photograph_is_turned_upright(
    orientation: int, upright: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encode(Image.fromarray(COLOURS), exif=exif)
    np.testing.assert_array_equal(decoded(data), upright(COLOURS))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_refused_with_its_name(kind: str, share: float) -> None:
    noise = RANDOM.integers(0, 256, (50, 50, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), kind)
    with pytest.raises(FoolproofError, match=r"^holiday\.jpg: (not a|a damaged) picture"):
        decode(data[: int(share * len(data))], "holiday.jpg")


def test_a_text_is_no_picture() -> None:
    with pytest.raises(FoolproofError, match=r"^notes\.png: not a picture of a known format$"):
        decode(b"Dear diary,", "notes.png")


def pack(path: Path, pictures: dict[str, bytes]) -> None:
    lengths = [len(data) for data in pictures.values()]
    write_arrays(
        path,
        bytes=np.frombuffer(b"".join(pictures.values()), np.uint8),
        offsets=np.cumsum([0, *lengths]),
        names=np.array(list(pictures), dtype=str),
        labels=np.array([f"class of {name}" for name in pictures], dtype=str),
    )


def test_files_come_out_of_the_pack_as_they_went_in(tmp_path: Path) -> None:
    pictures = {"one.jpg": colour_jpeg(), "zwölf.png": encode(Image.fromarray(COLOURS)), "no": b""}
    pack(tmp_path / "packed.npz", pictures)
    with np.load(tmp_path / "packed.npz") as arrays:
        assert unpack(arrays) == list(pictures.items())


def test_photographs_come_with_names_and_labels(tmp_path: Path) -> None:
    pack(tmp_path / "photos.npz", {"a.jpg": colour_jpeg(), "b.png": colour_jpeg(30, 20)})
    photos = load_photos(tmp_path / "photos.npz")
    assert [(photo.name, photo.label, photo.picture.size) for photo in photos] == [
        ("a.jpg", "class of a.jpg", (60, 40)),
        ("b.png", "class of b.png", (30, 20)),
    ]


def test_what_is_wrong_with_a_pack_is_said(tmp_path: Path) -> None:
    path = tmp_path / "photos.npz"
    with pytest.raises(FoolproofError, match=r"photos\.npz: no such file; `dvc repro` makes it"):
        load_photos(path)
    write_arrays(path, bytes=np.zeros(0, np.uint8), names=np.zeros(0, str))
    with pytest.raises(FoolproofError, match=r"photos\.npz: lacks the array labels, offsets"):
        load_photos(path)
    pack(path, {})
    with pytest.raises(FoolproofError, match=r"photos\.npz: holds no photographs"):
        load_photos(path)
    pack(path, {"a.jpg": colour_jpeg(), "b.jpg": b"nothing"})
    with pytest.raises(FoolproofError, match=r"^b\.jpg: not a picture"):
        load_photos(path)


def test_a_folder_may_be_missing_or_hold_no_pictures(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "photos") == []
    (tmp_path / "README.md").write_text("Put pictures here.")
    (tmp_path / "folder.jpg").mkdir()
    assert read_folder(tmp_path) == []


def test_pictures_of_a_folder_come_in_order_of_their_names(tmp_path: Path) -> None:
    for name in ("c.jpeg", "B.PNG", "a.JPG", "d.webp"):
        (tmp_path / name).write_bytes(colour_jpeg())
    (tmp_path / "e.txt").write_text("no picture, and not said to be one")
    photos = read_folder(tmp_path)
    assert [photo.name for photo in photos] == ["B.PNG", "a.JPG", "c.jpeg", "d.webp"]
    assert {photo.label for photo in photos} == {None}


def test_a_file_that_is_no_picture_is_skipped_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cat.jpg").write_bytes(colour_jpeg())
    (tmp_path / "dog.jpg").write_text("no picture")
    with caplog.at_level(logging.WARNING):
        assert [photo.name for photo in read_folder(tmp_path)] == ["cat.jpg"]
    (message,) = caplog.messages
    assert message == f"{tmp_path}/dog.jpg: not a picture of a known format; skipped"


def test_a_folder_without_any_readable_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dog.jpg").write_text("no picture")
    with pytest.raises(FoolproofError, match=r": no file is a readable picture: dog\.jpg$"):
        read_folder(tmp_path)


def test_the_peppers_come_before_the_first() -> None:
    photos = [Photo(name, Image.new("RGB", (1, 1)), None) for name in ("a.jpg", "peppers.png")]
    assert row_of_peppers(photos) == 1
    assert row_of_peppers(photos[:1]) == 0


@pytest.mark.parametrize("size", [(500, 375), (333, 517), (300, 300), (41, 59), (256, 1000)])
@pytest.mark.parametrize(("resize", "crop"), [(256, 224), (232, 224), (64, 64), (71, 50)])
def test_a_network_sees_what_torchvision_s_preset_shows(
    size: tuple[int, int], resize: int, crop: int
) -> None:
    from torchvision.transforms._presets import ImageClassification

    noise = RANDOM.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    preset = ImageClassification(crop_size=crop, resize_size=resize, mean=(0, 0, 0), std=(1, 1, 1))
    pixels = to_network_pixels(picture, resize, crop)
    assert pixels.dtype == torch.float32
    assert torch.equal(pixels, preset(picture))
