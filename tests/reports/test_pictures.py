"""Smaller copies of pictures look like their originals."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio

from foolproof.reports.pictures import MIN_PSNR_JPEG, encoded, psnr, smaller, smaller_copies


def png(pixels: np.ndarray) -> bytes:
    return encoded(Image.fromarray(pixels), "PNG")


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def test_a_photo_becomes_a_jpeg_that_looks_alike() -> None:
    original = png(astronaut())
    copy = smaller(original)
    assert opened(copy).format == "JPEG"
    assert len(copy) < len(original) / 3
    assert psnr(opened(original), opened(copy)) >= MIN_PSNR_JPEG


def test_lines_get_a_palette_without_a_change() -> None:
    pixels = np.full((200, 300, 3), 255, np.uint8)
    pixels[::10] = (0, 114, 178)
    pixels[:, ::7] = (213, 94, 0)
    copy = smaller(png(pixels))
    assert opened(copy).mode == "P"
    assert np.array_equal(np.asarray(opened(copy).convert("RGB")), pixels)


def test_noise_stays_as_it_is() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    copy = smaller(png(noise))
    assert psnr(opened(png(noise)), opened(copy).convert("RGB")) >= MIN_PSNR_JPEG


def test_psnr_equals_that_of_scikit_image() -> None:
    image, other = astronaut(), np.clip(astronaut() + 3, 0, 255).astype(np.uint8)
    found = psnr(Image.fromarray(image), Image.fromarray(other))
    assert found == pytest.approx(peak_signal_noise_ratio(image, other))
    assert psnr(Image.fromarray(image), Image.fromarray(image)) == float("inf")


def test_copies_have_the_paths_of_the_originals_and_are_removed(tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots/a.png").write_bytes(png(astronaut()))
    with smaller_copies(["plots/a.png"], tmp_path) as folder:
        assert opened((tmp_path / folder / "plots/a.png").read_bytes()).size == (512, 512)
    assert [path.name for path in tmp_path.iterdir()] == ["plots"]
