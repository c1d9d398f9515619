"""Photos from the packed file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foolproof.core.errors import FoolproofError
from foolproof.data.arrays import write_arrays
from foolproof.photos.photo import Photo, index_of_peppers, load_photos, unpack
from tests.photos.conftest import COLOURS, colour_jpeg, encode


def pack(path: Path, pictures: dict[str, bytes]) -> None:
    lengths = [len(data) for data in pictures.values()]
    write_arrays(
        path,
        bytes=np.frombuffer(b"".join(pictures.values()), np.uint8),
        offsets=np.cumsum([0, *lengths]),
        names=np.array(list(pictures), dtype=str),
        labels=np.array([f"class of {name}" for name in pictures], dtype=str),
    )


def test_unpack_returns_names_and_contents(tmp_path: Path) -> None:
    pictures = {"one.jpg": colour_jpeg(), "zwölf.png": encode(Image.fromarray(COLOURS)), "no": b""}
    pack(tmp_path / "packed.npz", pictures)
    with np.load(tmp_path / "packed.npz") as arrays:
        assert unpack(arrays) == list(pictures.items())


def test_load_photos_returns_names_and_labels(tmp_path: Path) -> None:
    pack(tmp_path / "photos.npz", {"a.jpg": colour_jpeg(), "b.png": colour_jpeg(30, 20)})
    photos = load_photos(tmp_path / "photos.npz")
    assert [(photo.name, photo.label, photo.picture.size) for photo in photos] == [
        ("a.jpg", "class of a.jpg", (60, 40)),
        ("b.png", "class of b.png", (30, 20)),
    ]


def test_broken_pack_is_refused_with_the_reason(tmp_path: Path) -> None:
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


def test_index_of_peppers_is_zero_without_peppers() -> None:
    photos = [Photo(name, Image.new("RGB", (1, 1)), None) for name in ("a.jpg", "peppers.png")]
    assert index_of_peppers(photos) == 1
    assert index_of_peppers(photos[:1]) == 0
