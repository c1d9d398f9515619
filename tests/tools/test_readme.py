"""The README in Git says what the metrics in Git say, whatever was run since."""

import subprocess
from io import BytesIO
from pathlib import Path

from PIL import Image

from tools.readme import (
    GROUPS,
    PICTURES,
    README,
    copy_picture,
    results_table,
    with_table,
)

ROOT = Path(__file__).parents[1]


def committed(path: str) -> bytes:
    shown = ["git", "show", f"HEAD:{path}"]
    return subprocess.run(shown, cwd=ROOT, capture_output=True, check=True).stdout


def test_the_table_is_that_of_the_metrics(tmp_path: Path) -> None:
    for group in GROUPS:
        (tmp_path / f"{group}.json").write_bytes(committed(f"metrics/{group}.json"))
    text = committed(README.as_posix()).decode()
    table = results_table(tmp_path)
    assert table in text
    assert with_table(text, table) == text


def test_every_picture_is_shown() -> None:
    text = committed(README.as_posix()).decode()
    for copy in PICTURES.values():
        assert f"({copy})" in text
        with Image.open(BytesIO(committed(copy))) as picture:
            picture.verify()


def test_photos_are_copied_smaller_and_charts_as_they_are(tmp_path: Path) -> None:
    source = tmp_path / "large.png"
    Image.new("RGBA", (2000, 1000), "red").save(source)
    copy_picture(source, tmp_path / "copy.png")
    assert (tmp_path / "copy.png").read_bytes() == source.read_bytes()
    copy_picture(source, tmp_path / "copy.jpg")
    with Image.open(tmp_path / "copy.jpg") as copy:
        assert (copy.format, copy.size) == ("JPEG", (1000, 500))
