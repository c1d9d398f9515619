"""Which photos an attack starts from."""

from typing import Any

import pytest

from foolproof.answers.attacked_photos import attacked_photos_text, origin

RECORD: dict[str, Any] = {
    "architecture": "a_net",
    "photos_by": "label",
    "candidate_photos": 20,
    "labelled_photos": 20,
}


@pytest.mark.parametrize(
    ("change", "sentence", "start"),
    [
        ({}, "Those that `a_net` classifies correctly: 19 of 20 photos.", "true"),
        (
            {"photos_by": "prediction", "labelled_photos": 7},
            "of 20 photos, 7 with a label among its classes are misclassified. So all are",
            "predicted",
        ),
        (
            {"photos_by": "prediction", "labelled_photos": 0},
            "none has a label among its classes. So all are attacked, each starting from the class",
            "predicted",
        ),
    ],
)
def test_photos_are_those_with_a_class_to_start_from(
    change: dict[str, Any], sentence: str, start: str
) -> None:
    record = RECORD | change
    assert sentence in attacked_photos_text(record, 19)
    assert origin(record) == start
