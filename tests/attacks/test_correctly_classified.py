"""The choice of photos, on a network that classifies by brightness."""

import logging
from collections import OrderedDict
from collections.abc import Sequence

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from foolproof.attacks.correctly_classified import (
    ClassifiedPhotos,
    correctly_classified,
    description,
)
from foolproof.photos.photo import Photo
from foolproof.pretrained.load import Pretrained

# The second and the last class have the same name, as two of ImageNet's.
CLASSES = ("dark", "crane", "bright", "crane")


class Brightness(nn.Module):
    """Predict one of four classes by the mean brightness."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.Parameter(torch.tensor([0.0, 1 / 3, 2 / 3, 1.0]))

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, 4)."""
        return -(pixels.mean((1, 2, 3))[:, None] - self.levels).abs()


def choose(*photos: tuple[int, str | None]) -> ClassifiedPhotos:
    """Choose among photos of one grey level each, by level and label."""
    network = nn.Sequential(OrderedDict(body=Brightness()))
    pretrained = Pretrained("brightness", network.eval(), CLASSES, resize=4, crop=4)
    return correctly_classified(
        [
            Photo(f"{index}.png", Image.new("RGB", (4, 4), (level,) * 3), label)
            for index, (level, label) in enumerate(photos)
        ],
        pretrained,
    )


def test_misclassified_and_unlabelled_photos_are_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    photos = choose((0, "dark"), (0, "bright"), (255, None), (255, "owl"), (170, "bright"))
    assert photos.names == ["0.png", "4.png"]
    assert photos.labels.tolist() == [0, 2]
    torch.testing.assert_close(photos.pixels.mean((1, 2, 3)), torch.tensor([0, 170 / 255]))
    assert description(photos.describe()) == {
        "candidate_photos": 5,
        "labelled_photos": 3,
        "attacked_photos": 2,
        "photos_by": "label",
    }
    assert caplog.messages == []


def test_both_classes_of_one_name_count_as_correct() -> None:
    photos = choose((255, "crane"), (85, "crane"))
    assert photos.by == "label"
    assert photos.labels.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("labels", "labelled"), [(("bright", "dark"), 2), ((None, None), 0), (("owl", "bright"), 1)]
)
def test_without_correct_photo_all_start_from_their_prediction(
    caplog: pytest.LogCaptureFixture, labels: Sequence[str | None], labelled: int
) -> None:
    with caplog.at_level(logging.WARNING):
        photos = choose((0, labels[0]), (255, labels[1]))
    assert photos.names == ["0.png", "1.png"]
    assert photos.labels.tolist() == [0, 3]
    assert (photos.by, photos.labelled) == ("prediction", labelled)
    assert caplog.messages == [
        f"brightness classifies none of 2 photos correctly, of which {labelled} have a label "
        "among its classes; all are attacked, each starting from its predicted class"
    ]
