"""Which photos `occlude_photos` takes, and which it refuses."""

import logging

import pytest
from PIL import Image
from torch import nn

from foolproof.errors import FoolproofError
from foolproof.models.pretrained import Pretrained
from foolproof.photos import Photo
from stages.occlude_photos import check_sizes, choose_photos

PHOTOS = [
    Photo(name, Image.new("RGB", size), None)
    for name, size in (("cat.jpg", (300, 224)), ("tea.png", (500, 223)))
]
NETWORK = Pretrained("mobilenet_v2", nn.Sequential(), ("a", "b"), resize=256, crop=224)


def test_photos_are_chosen_by_name_in_the_order_that_is_asked_for() -> None:
    chosen = choose_photos(["tea.png", "cat.jpg"], PHOTOS, stand_in=False)
    assert [photo.name for photo in chosen] == ["tea.png", "cat.jpg"]


@pytest.mark.parametrize("stand_in", [False, True])
def test_a_name_that_is_not_there_is_refused_with_those_that_are(stand_in: bool) -> None:
    message = r"'dog\.jpg': none of the photos, which are: cat\.jpg, tea\.png"
    with pytest.raises(FoolproofError, match=message):
        choose_photos(["cat.jpg", "dog.jpg"], PHOTOS, stand_in=stand_in)


def test_stand_ins_that_share_no_name_serve_in_their_order(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        chosen = choose_photos(["peppers.png"], PHOTOS, stand_in=True)
    assert [photo.name for photo in chosen] == ["cat.jpg"]
    assert caplog.messages == ["the first photos in place of peppers.png"]


def test_a_photo_smaller_than_the_input_is_refused_with_both_sizes() -> None:
    check_sizes(PHOTOS[:1], NETWORK)
    message = "tea.png has 500 x 223 pixels; mobilenet_v2 sees 224 x 224"
    with pytest.raises(FoolproofError, match=message):
        check_sizes(PHOTOS, NETWORK)
