"""Images with their predicted class."""

import numpy as np
import pytest

from foolproof.figures.predicted_image import bounded_percent, predicted_images


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, "0.0 %"),
        (1e-9, "< 0.1 %"),
        (0.00049, "< 0.1 %"),
        (0.0006, "0.1 %"),
        (0.5, "50.0 %"),
        (0.9994, "99.9 %"),
        (0.9995, "> 99.9 %"),
        (0.9999999, "> 99.9 %"),
        (1.0, "100.0 %"),
    ],
)
def test_percentage_is_0_or_100_for_these_shares_only(share: float, expected: str) -> None:
    assert bounded_percent(share) == expected


def test_predicted_images_have_the_top_class_and_its_probability() -> None:
    images = np.random.default_rng(0).random((2, 3, 4, 5))
    first, second = predicted_images(images, np.array([[0.1, 0.9], [0.6, 0.4]]), ("cat", "dog"))
    assert (first.name, first.probability) == ("dog", 0.9)
    assert (second.name, second.probability) == ("cat", 0.6)
    assert first.pixels.shape == (4, 5, 3)
    assert second.pixels[3, 4, 2] == images[1, 2, 3, 4]
