"""Decoding pictures of every kind."""

import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from foolproof.core.errors import FoolproofError
from foolproof.photos.decode import decode
from tests.photos.conftest import COLOURS, HEIC, RANDOM, encode

ORIENTATION = 0x0112


def decoded(data: bytes) -> NDArray[np.uint8]:
    picture = decode(data, "picture")
    assert picture.mode == "RGB"
    return np.asarray(picture)


def test_lossless_colour_is_kept() -> None:
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


def test_transparency_is_over_white() -> None:
    alpha = RANDOM.integers(0, 256, (6, 9, 1), dtype=np.uint8)
    alpha[0, :2, 0] = 0, 255
    transparent = np.concatenate([COLOURS, alpha], axis=2)
    share = alpha / 255
    expected = share * COLOURS + (1 - share) * 255
    found = decoded(encode(Image.fromarray(transparent)))
    assert np.abs(found - expected).max() <= 1
    np.testing.assert_array_equal(found[0, :2], [[255, 255, 255], COLOURS[0, 1]])


def test_transparency_of_grey_and_palette_is_over_white() -> None:
    grey = np.array([[[10, 0], [10, 255]]], np.uint8)
    assert decoded(encode(Image.fromarray(grey)))[0].tolist() == [[255] * 3, [10] * 3]
    palette = Image.new("P", (2, 1))
    palette.putpalette([200, 0, 0, 0, 0, 200])
    palette.putpixel((1, 0), 1)
    assert decoded(encode(palette))[0].tolist() == [[200, 0, 0], [0, 0, 200]]
    assert decoded(encode(palette, transparency=0))[0].tolist() == [[255] * 3, [0, 0, 200]]


def test_cmyk_becomes_rgb() -> None:
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
def test_exif_orientation_is_applied(
    orientation: int, upright: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encode(Image.fromarray(COLOURS), exif=exif)
    np.testing.assert_array_equal(decoded(data), upright(COLOURS))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_truncated_picture_is_refused_with_its_name(kind: str, share: float) -> None:
    noise = RANDOM.integers(0, 256, (50, 50, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), kind)
    with pytest.raises(FoolproofError, match=r"^holiday\.jpg: (not a|a damaged) picture"):
        decode(data[: int(share * len(data))], "holiday.jpg")


def test_text_is_refused() -> None:
    with pytest.raises(FoolproofError, match=r"^notes\.png: not a picture of a known format$"):
        decode(b"Dear diary,", "notes.png")


def test_floats_between_0_and_1_become_grey() -> None:
    levels = Image.fromarray(np.array([[0, 0.5, 1, np.nan]], np.float32))
    assert decoded(encode(levels, "TIFF"))[0, :, 0].tolist() == [0, 127, 255, 0]
    levels = Image.fromarray(np.array([[0, 100, 255, 300]], np.float32))
    assert decoded(encode(levels, "TIFF"))[0, :, 0].tolist() == [0, 100, 255, 255]


def test_a_photo_of_a_phone_with_200_megapixels_is_reduced_while_it_is_decoded() -> None:
    halves = Image.new("L", (16320, 12240))
    halves.paste(255, (8160, 0, 16320, 12240))
    picture = decode(encode(halves, "JPEG", quality=50), "phone.jpg")
    assert picture.size == (4080, 3060)
    row = np.asarray(picture)[1500, :, 0]
    assert row[:2030].max() == 0
    assert row[2050:].min() == 255


def test_a_larger_picture_that_cannot_be_reduced_is_refused_with_its_size() -> None:
    wide = encode(Image.new("1", (20_000, 10_000)))
    message = "wide.png: 20,000 × 10,000 are more than 100,000,000 pixels; reduce it, or save"
    with pytest.raises(FoolproofError, match=message):
        decode(wide, "wide.png")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # `read_folder` logs it with the name
@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"nonsense"])
def test_damaged_metadata_do_not_hide_a_picture(exif: bytes) -> None:
    picture = decode(encode(Image.new("RGB", (20, 10), "red"), "JPEG", exif=exif), "a.jpg")
    assert picture.size == (20, 10)


def test_a_picture_that_cannot_be_rotated_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Image.Image) -> Image.Image:
        raise ValueError("tag 274 has 70,000 values")

    monkeypatch.setattr("foolproof.photos.decode.ImageOps.exif_transpose", fail)
    np.testing.assert_array_equal(decoded(encode(Image.fromarray(COLOURS))), COLOURS)
    assert caplog.messages == [
        "picture: not rotated, since its EXIF data are damaged: tag 274 has 70,000 values"
    ]


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    animated = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decoded(animated)[0, 0].tolist() == [255, 0, 0]


def test_a_phones_heic_is_decoded() -> None:
    pixels = decoded(HEIC)
    assert pixels.shape == (64, 96, 3)
    assert np.abs(pixels.astype(int) - [200, 40, 40]).max() <= 6
