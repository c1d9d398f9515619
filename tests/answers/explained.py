"""Records of explanation maps as the stages write them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from foolproof.answers.explanations import BOTH
from tests.answers.recorded import interval

Gains = Mapping[str, tuple[float, float]]

score = partial(interval, ci95=0.02, n=40)


def explained(gains: Gains, **more: Any) -> dict[str, Any]:
    """Give what a stage `explain` writes, on 40 images.

    Args:
        gains: of each method in deletion and insertion score, the same over each control.
        more: other values of the record.
    """
    controls = more.setdefault("controls", ["random"])
    return {
        "images": 40,
        "scores": {
            name: {
                "deletion": score(0.4 - deletion),
                "insertion": score(0.5 + insertion),
                "gain_over": {
                    control: {
                        "deletion": score(deletion),
                        "insertion": score(insertion),
                    }
                    for control in controls
                    if control != name
                },
            }
            for name, (deletion, insertion) in (
                {**gains, **dict.fromkeys(controls, (0.0, 0.0))}
            ).items()
        },
        "best": {kind: best(gains, index) for index, kind in enumerate(BOTH)},
        "completeness_error": score(0.123),
        "logit_difference": score(9.5),
        "weights_sha256": "a1" * 32,
    } | more


def best(gains: Gains, index: int) -> dict[str, Any]:
    """Name the method with the largest gain in the score of an index, and its gain on others."""
    method = max(gains, key=lambda name: gains[name][index])
    return {
        "method": method,
        "gain_over": {
            other: score(gains[method][index] - of_other[index])
            for other, of_other in gains.items()
            if other != method
        },
    }
