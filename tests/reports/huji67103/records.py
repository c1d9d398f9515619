"""Records as the stages write them."""

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
    return {
        "pairs": 20,
        "success_rate": 0.0 if l2 is None else 1.0,
        "median_l2": l2,
        "median_linf": l2 and l2 / 50,
        "median_psnr": l2 and 52.3,
        "median_target_before": l2 and 1.2e-7,
        "median_target_after": l2 and 0.44,
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
            "important": [important],
            "random": [0.3, 0.4],
            "unimportant": [0.8],
        },
    }
