"""Records as the stages write them."""

from foolproof.compute.intervals import rate_with_interval
from tests.reports.conftest import Metrics

UNIT_METHODS = ("none", "l2", "total_variation", "all", "fourier")


def unit(name: str, photo_activation: float) -> Metrics:
    return {
        "unit": name,
        "photo": "zebra.jpg",
        "photo_activation": photo_activation,
        "activations": {method: 3.5 + row for row, method in enumerate(UNIT_METHODS)},
    }


def minimal(l2: float | None) -> Metrics:
    def median(value: float | None) -> Metrics | None:
        if value is None:
            return None
        return {"value": value, "low": 0.9 * value, "high": 1.1 * value, "n": 20}

    return {
        "success_rate": rate_with_interval(0 if l2 is None else 20, 20),
        "median_l2": median(l2),
        "median_linf": median(l2 and l2 / 50),
        "median_psnr": median(l2 and 52.3),
        "median_target_before": median(l2 and 1.2e-7),
        "median_target_after": median(l2 and 0.44),
    }


def ratio(value: float, width: float = 0.2) -> Metrics:
    return {"value": value, "low": value - width, "high": value + width, "n": 20}


def scored(random_minus_important: float, unimportant_minus_random: float) -> Metrics:
    """Give the areas of 20 photos, with intervals of ± 0.05."""

    def mean(value: float) -> Metrics:
        return {"mean": value, "ci95": 0.05, "n": 20}

    return {
        "photos_by": "label",
        "candidate_photos": 20,
        "labelled_photos": 20,
        "attacked_photos": 20,
        "block": {"side": 63, "stride": 16},
        "area": {order: mean(0.4) for order in ("important", "random", "unimportant")},
        "random_minus_important": mean(random_minus_important),
        "unimportant_minus_random": mean(unimportant_minus_random),
    }


def occluded(name: str, *, important: float) -> Metrics:
    block = {
        "size": 31,
        "stride": 8,
        "positions": 784,
        "min_probability": 0.123,
        "min_at": [104, 112],
        "share_below_half": 0.07,
    }
    return {
        "photo": f"{name}.jpg",
        "requested": f"{name}.jpg",
        "replaced": False,
        "enlarged": False,
        "class": name,
        "probability": 0.94,
        "blocks": [block],
        "area_under_deletion": {
            "important": important,
            "random": 0.35,
            "unimportant": 0.8,
        },
    }
