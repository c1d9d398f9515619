"""Records as the stages write them."""

import numpy as np

from foolproof.compute.intervals import rate_with_interval
from foolproof.explain.ablation import Ablation, ablation
from tests.reports.conftest import DIGEST, Metrics

UNIT_METHODS = ("pixels", "l2", "total_variation", "all", "fourier_views")
ABLATION = ("pixels", "fourier", "pixels_views", "fourier_views")


def ablated(pixels: int, fourier: int, pixels_views: int, fourier_views: int) -> Ablation:
    """Compare methods of which so many, the first of 20 class images, transfer."""
    counts = (pixels, fourier, pixels_views, fourier_views)
    return ablation(**{key: np.arange(20) < of for key, of in zip(ABLATION, counts, strict=True)})


def exponent(mean: float, n: int = 20) -> Metrics:
    return {"mean": mean, "ci95": 0.05, "n": n}


def neurons() -> Metrics:
    """Give what `evaluate_feature_visualization` writes; Fourier and views both help."""
    counts = {"pixels": 0, "fourier": 5, "pixels_views": 6, "fourier_views": 12}
    rates = {key: rate_with_interval(count, 20) for key, count in counts.items()}
    rates["prior"] = rate_with_interval(1, 10)
    slopes = {key: exponent(-1.1) for key in ("fourier", "pixels_views", "fourier_views")}
    slopes |= {"pixels": exponent(-0.13), "prior": exponent(-0.9, 10), "photos": exponent(-1.05)}
    return {
        "architecture": "mobilenet_v2",
        "transfer_network": "squeezenet1_1",
        "transfer_network_classes": 1000,
        "common_classes": 20,
        "photos": 20,
        "success_rate_by_method": dict.fromkeys(rates, rate_with_interval(20, 20)),
        "transfer_top5_by_method": rates,
        "transfer_top1_by_method": rates,
        "own_minus_transfer_top1": {key: {"mean": 0.9, "ci95": 0.1, "n": 20} for key in rates},
        "ablation": {name: ablated(*counts.values()) for name in ("top5", "top1")},
        "prior": {
            "first": "pixels",
            "second": "prior",
            "difference": {"mean": 0.1, "ci95": 0.226, "n": 10},
            "mcnemar": {"only_first": 0, "only_second": 1, "p_value": 1.0},
        },
        "spectrum_slope": slopes,
        "closer_to_photos_by": {"prior": exponent(0.77, 10)},
        "unit_spectrum_slope": {key: exponent(-0.4, 2) for key in UNIT_METHODS},
        "units_closer_to_photos_by": {key: exponent(0.3, 2) for key in UNIT_METHODS[1:]},
        "units_above_photos": rate_with_interval(2, 2),
        "units_highest_without_regularizer": rate_with_interval(0, 2),
        "units": [unit("features.1:2", 1.25), unit("features.9:7", 2.5)],
        "classes": [{"class": "zebra"}] * 20,
        "weights_sha256": DIGEST,
    }


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
