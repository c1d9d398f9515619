"""Sentences on the choice of the photos that an attack starts from."""

from collections.abc import Mapping
from typing import Any, Literal

from foolproof.answers.markup import code
from foolproof.answers.numbers import counted


def attacked_photos_text(record: Mapping[str, Any], attacked: int) -> str:
    """Say which photos are attacked.

    Args:
        record: of the attack, with `architecture`, `photos_by`, `candidate_photos` and
            `labelled_photos`.
        attacked: number of photos.
    """
    network, candidates = code(record["architecture"]), record["candidate_photos"]
    if record["photos_by"] == "label":
        return (
            f"Those that {network} classifies correctly: {attacked} of "
            f"{counted(candidates, 'photo')}."
        )
    labelled = record["labelled_photos"]
    none_right = (
        f"{labelled} with a label among its classes are misclassified"
        if labelled
        else "none has a label among its classes"
    )
    return (
        f"{network} classifies no photo correctly: of {counted(candidates, 'photo')}, "
        f"{none_right}. So all are attacked, each starting from the class that {network} predicts "
        "for it; no true class is known or right here."
    )


def origin(record: Mapping[str, Any]) -> Literal["true", "predicted"]:
    """Name the class that an attack starts from."""
    return "true" if record["photos_by"] == "label" else "predicted"
