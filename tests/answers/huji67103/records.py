"""Records as the stages write them."""

from math import log
from typing import Any

import numpy as np

from foolproof.compute.intervals import rate_with_interval
from foolproof.explain.ablation import Ablation, ablation
from foolproof.toys.receptive_fields import (
    CHAINS,
    count_weights,
    multiplications_in_a_map,
    multiplications_of_one_cell,
    receptive_field,
)
from tests.answers.recorded import interval

Metrics = dict[str, Any]

UNIT_METHODS = ("pixels", "l2", "total_variation", "all", "fourier_views")
ABLATION = ("pixels", "fourier", "pixels_views", "fourier_views")


def ratio(value: float, width: float | None = 0.2) -> Metrics:
    """Give a `Ratio` or `Median`, without an interval for a width of None."""
    low, high = (None, None) if width is None else (value - width, value + width)
    return {"value": value, "low": low, "high": high, "n": 20}


# ---- Feature visualization -------------------------------------------------------------------


def ablated(pixels: int, fourier: int, pixels_views: int, fourier_views: int) -> Ablation:
    """Compare methods of which so many, the first of 20 class images, transfer."""
    counts = (pixels, fourier, pixels_views, fourier_views)
    return ablation(**{key: np.arange(20) < of for key, of in zip(ABLATION, counts, strict=True)})


def neurons() -> Metrics:
    """Give what `evaluate_feature_visualization` writes; Fourier and views both help."""
    counts = {"pixels": 0, "fourier": 5, "pixels_views": 6, "fourier_views": 12}
    rates = {key: rate_with_interval(count, 20) for key, count in counts.items()}
    rates["prior"] = rate_with_interval(1, 10)
    slopes = {key: interval(-1.1, n=20) for key in ABLATION[1:]}
    slopes |= {"pixels": interval(-0.13, n=20), "prior": interval(-0.9, n=10)}
    slopes["photos"] = interval(-1.05, n=20)
    return {
        "architecture": "mobilenet_v2",
        "transfer_network": "squeezenet1_1",
        "transfer_network_classes": 1000,
        "common_classes": 20,
        "photos": 20,
        "success_rate_by_method": dict.fromkeys(rates, rate_with_interval(20, 20)),
        "transfer_top5_by_method": rates,
        "transfer_top1_by_method": rates,
        "own_minus_transfer_top1": {key: interval(0.9, 0.1, 20) for key in rates},
        "ablation": {name: ablated(*counts.values()) for name in ("top5", "top1")},
        "prior": {
            "first": "pixels",
            "second": "prior",
            "difference": interval(0.1, 0.226, 10),
            "mcnemar": {"only_first": 0, "only_second": 1, "p_value": 1.0},
        },
        "prior_band": {"limit": 0.0625, "inside": band(0.5), "outside": band(-0.2)},
        "spectrum_slope": slopes,
        "closer_to_photos_by": {key: interval(0.77, n=10) for key in (*ABLATION[1:], "prior")},
        "unit_spectrum_slope": {key: interval(-0.4, n=2) for key in UNIT_METHODS},
        "units_closer_to_photos_by": {key: interval(0.3, n=2) for key in UNIT_METHODS[1:]},
        "units_above_photos": rate_with_interval(2, 2),
        "units_highest_without_regularizer": rate_with_interval(0, 2),
        "desired_reached": interval(0.98, 0.03, n=2),
        "units": [unit("features.1:2", 1.25), unit("features.9:7", 2.5)],
        "classes": [{"class": "zebra"}] * 20,
        "weights_sha256": "a1" * 32,
    }


def band(closer: float) -> Metrics:
    """Give the exponents in a band of frequencies."""
    return {
        "first": interval(-0.2, n=10),
        "second": interval(-0.8, n=10),
        "photos": interval(-1.2, n=20),
        "closer": interval(closer, n=10),
    }


def unit(name: str, photo_activation: float) -> Metrics:
    """Give a unit that all methods activate more than the photos."""
    return {
        "unit": name,
        "photo": "zebra.jpg",
        "photo_activation": photo_activation,
        "activations": {method: 3.5 + row for row, method in enumerate(UNIT_METHODS)},
        "desired": 2 * photo_activation,
        "reached": 1.96 * photo_activation,
    }


# ---- Minimal perturbations -------------------------------------------------------------------


def minimal(l2: float | None) -> Metrics:
    """Give the results of a method; None stands for no success."""

    def median(value: float | None) -> Metrics | None:
        return None if value is None else ratio(value, 0.1 * value)

    return {
        "success_rate": rate_with_interval(0 if l2 is None else 20, 20),
        "median_l2": median(l2),
        "median_linf": median(l2 and l2 / 50),
        "median_psnr": median(l2 and 52.3),
        "median_target_before": median(l2 and 1.2e-7),
        "median_target_after": median(l2 and 0.44),
    }


def attack() -> Metrics:
    """Give what `evaluate_minimal` writes."""
    methods = {
        "normalized_steps": minimal(1.5),
        "ddn": minimal(0.75),
        "confident_steps": minimal(2.1),
    }
    return {
        "architecture": "mobilenet_v2",
        "classes": 1000,
        "attacked_photos": 20,
        "candidate_photos": 20,
        "labelled_photos": 20,
        "photos_by": "label",
        "ranks_left_out": [],
        "pairs": 40,
        "success_rate": rate_with_interval(40, 40),
        "median_l2": methods["ddn"]["median_l2"],
        "normalized_steps_over_ddn": ratio(2.0),
        "confident_over_normalized_steps": ratio(1.4),
        "last_rank_over_first": ratio(1.6),
        "methods": methods,
        "by_rank": {
            "2": methods,
            "1000": methods | {"normalized_steps": minimal(2.0), "ddn": minimal(1.2)},
        },
    }


def failed_attack() -> Metrics:
    """Give what it writes where no attack succeeds."""
    failed = dict.fromkeys(("normalized_steps", "ddn", "confident_steps"), minimal(None))
    return attack() | {
        "success_rate": failed["ddn"]["success_rate"],
        "median_l2": None,
        "methods": failed,
        "normalized_steps_over_ddn": None,
        "confident_over_normalized_steps": None,
        "last_rank_over_first": None,
        "by_rank": {"2": failed, "1000": failed},
    }


# ---- Occlusion -------------------------------------------------------------------------------


def occlusion() -> Metrics:
    """Give what `occlude_photos` writes."""
    return {
        "photos": [occluded("bell pepper")],
        "architecture": "mobilenet_v2",
        "scored": scored(0.21, 0.33),
    }


def scored(random_minus_important: float, unimportant_minus_random: float) -> Metrics:
    """Give the areas of 20 photos, with intervals of ± 0.05."""
    return {
        "photos_by": "label",
        "candidate_photos": 20,
        "labelled_photos": 20,
        "attacked_photos": 20,
        "block": {"side": 63, "stride": 16},
        "area": {order: interval(0.4, n=20) for order in ("important", "random", "unimportant")},
        "random_minus_important": interval(random_minus_important, n=20),
        "unimportant_minus_random": interval(unimportant_minus_random, n=20),
    }


def occluded(name: str) -> Metrics:
    """Give the map of a photo."""
    return {
        "photo": f"{name}.jpg",
        "requested": f"{name}.jpg",
        "replaced": False,
        "enlarged": False,
        "class": name,
        "probability": 0.94,
        "blocks": [
            {
                "size": 31,
                "stride": 8,
                "positions": 784,
                "min_probability": 0.123,
                "min_at": [104, 112],
                "share_below_half": 0.07,
            }
        ],
        "area_under_deletion": {"important": 0.1, "random": 0.35, "unimportant": 0.8},
    }


def curves(final: float) -> list[dict[str, str]]:
    """Give the first and the last row of the deletion curves, in the wrong order."""
    return [
        {"photo": photo, "deleted": deleted, "probability": str(probability)}
        for photo in ("bell pepper.jpg", "mean over photos")
        for deleted, probability in (("64", final), ("9", 0.5), ("0", 0.94))
    ]


# ---- Theory ----------------------------------------------------------------------------------


def fields() -> Metrics:
    """Give what `receptive_fields` writes."""
    return {
        "chains": {
            name: {
                "layers": [layer._asdict() for layer in chain],
                "receptive_field": receptive_field(chain),
                "weights": count_weights(chain),
                "multiplications": {
                    "in_a_map": multiplications_in_a_map(chain),
                    "of_one_cell": multiplications_of_one_cell(chain),
                },
            }
            for name, chain in CHAINS.items()
        },
        "two_layers": {"kernels": [5, 3], "receptive_fields": {"1": 7, "2": 9, "3": 11}},
        "many_layers": {
            "kernel": 3,
            "receptive_fields": {"1": [3, 5, 7], "2": [3, 7, 15], "3": [3, 9, 1027]},
        },
    }


def deep() -> Metrics:
    """Give what `shallow_as_deep` writes."""

    def size(neurons: int, inputs: int, wrong: float) -> Metrics:
        return {
            "neurons": neurons,
            "inputs": inputs,
            "deep_neurons": neurons * (2 * inputs + 3),
            "neurons_by_formula": neurons * (2 * inputs + 3),
            "max_difference": 1.2e-16,
            "wrong_networks": 0,
            "one_sum_wrong_share": interval(wrong, n=10),
            "one_sum_positive_difference": 0.0,
        }

    return {
        "tolerance": 1e-12,
        "networks": 20,
        "points": 1000,
        "wrong_networks": 0,
        "max_difference": 1.2e-16,
        "sizes": [size(4, 1, 0.56), size(64, 8, 0.71)],
    }


def xor() -> Metrics:
    """Give what `xor` writes."""
    return {
        "seeds": 50,
        "log2": log(2),
        "success_rate": rate_with_interval(35, 50),
        "failures": {
            "two_collapsed": 12,
            "three_collapsed": 1,
            "four_collapsed": 0,
            "not_converged": 2,
        },
        "failed_networks": {
            "two_collapsed": {"max_gradient": 9.3e-4},
            "three_collapsed": {"max_gradient": 2e-5},
            "not_converged": {"max_gradient": 0.5},
        },
    }
