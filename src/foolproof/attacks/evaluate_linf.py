"""Success rates and constraint violations of PGD under an L-infinity constraint."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from foolproof.attacks.perturbation import LEVEL, linf_violation
from foolproof.compute.intervals import Rate, mcnemar, mean_with_interval, rate_with_interval

Arrays = Mapping[str, NDArray[Any]]


def max_violations(arrays: Arrays, epsilon: float, success_epsilon: float) -> dict[str, float]:
    """Compute the max violation by the examples, and by the pairs at 8 bits.

    Args:
        arrays: of the stage `attack_linf`.
        epsilon: of the examples, in units of 1/255.
        success_epsilon: of the saved images of pairs, likewise.
    """
    originals, images = (torch.from_numpy(arrays[name]) for name in ("originals", "images"))
    photos = arrays["photos"][arrays["pairs_photos"]].astype(int)
    levels = int(np.abs(arrays["pairs_images"] - photos).max())
    return {
        "max_violation": linf_violation(images, originals, epsilon * LEVEL),
        "max_violation_8_bit": max(0.0, levels - success_epsilon) * LEVEL,
    }


def rates_by_epsilon(arrays: Arrays, confidence: float) -> dict[float, dict[str, Any]]:
    """Compute success rates and means over the pairs, by epsilon in units of 1/255.

    Args:
        arrays: of the stage `attack_linf`.
        confidence: probability of the target at which the attack stops.

    Returns:
        Rates and Intervals; `rounding` compares the success before (first) and after it (second).
    """
    rates = {}
    for index, epsilon in enumerate(arrays["epsilons"].tolist()):
        probabilities = arrays["pairs_probabilities"][index].astype(float)
        rounded = arrays["pairs_rounded_probabilities"][index].astype(float)
        success, success_8_bit = (
            arrays[f"pairs_{name}"][index] for name in ("success", "rounded_success")
        )
        rates[epsilon] = {
            "success_rate": _rate(success),
            "success_rate_8_bit": _rate(success_8_bit),
            "rounding": mcnemar(success, success_8_bit),
            "confident_rate": _rate(probabilities >= confidence),
            "mean_confidence": mean_with_interval(probabilities.tolist()),
            "mean_confidence_8_bit": mean_with_interval(rounded.tolist()),
            "mean_steps": float(arrays["pairs_steps"][index].mean()),
        }
    return rates


def _rate(holds: NDArray[np.bool_]) -> Rate:
    return rate_with_interval(int(holds.sum()), len(holds))


def describe_example(
    index: int,
    requests: Sequence[tuple[str, str]],
    arrays: Arrays,
    probabilities: Mapping[str, NDArray[Any]],
    classes: Sequence[str],
) -> dict[str, Any]:
    """Describe an example: request, choice, and probabilities.

    Args:
        index: of the example.
        requests: names of photos and target classes.
        arrays: of the stage `attack_linf`.
        probabilities: of all classes, (N, classes), of the `original`, the `image`, and the image
            `rounded` to 8 bits.
        classes: names.
    """
    label, target = int(arrays["labels"][index]), int(arrays["targets"][index])
    photo = str(arrays["names"][index])
    request = requests[arrays["requests"][index]]
    after = probabilities["image"][index]
    return {
        "photo": photo,
        "label": classes[label],
        "target": classes[target],
        "requested": {"photo": request[0], "target": request[1]},
        "replaced": (photo, classes[target]) != request,
        "probability_before": float(probabilities["original"][index, label]),
        "predicted": classes[int(after.argmax())],
        "confidence": float(after[target]),
        "confidence_8_bit": float(probabilities["rounded"][index, target]),
    }
