"""Which classes `neurons` makes images of, and how it counts what another network recognizes."""

from PIL import Image

from foolproof.photos import Photo
from stages.neurons import choose_classes, share_in_top

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


def test_the_share_counts_ranks_up_to_the_top() -> None:
    found = [{"judge_rank": rank} for rank in (1, 5, 6, 900)]
    assert share_in_top(found, 5) == 0.5
    assert share_in_top(found, 1) == 0.25
