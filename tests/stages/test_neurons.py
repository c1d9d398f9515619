"""Which classes `neurons` makes images of."""

from PIL import Image

from foolproof.photos import Photo
from stages.neurons import choose_classes

CLASSES = [f"class {number}" for number in range(10)]


def photo(label: str | None) -> Photo:
    return Photo("a.png", Image.new("RGB", (8, 8)), label)


def test_classes_of_photos_come_first_and_others_fill_up() -> None:
    photos = [photo("class 7"), photo("unknown"), photo(None), photo("class 2"), photo("class 7")]
    chosen = choose_classes(CLASSES, photos, 5)
    assert chosen[:2] == ["class 7", "class 2"]
    assert len(set(chosen)) == 5
    assert set(chosen) <= set(CLASSES)
    assert choose_classes(CLASSES, photos, 1) == ["class 7"]
    assert sorted(choose_classes(CLASSES, photos, 99)) == CLASSES
