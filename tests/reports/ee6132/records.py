"""Records as the stages write them, in sizes that differ from those of the project."""

from typing import Any

from foolproof.compute.intervals import Interval, Rate, rate_with_interval
from tests.reports.conftest import DIGEST, Metrics


def interval(mean: float, ci95: float | None, n: int = 5) -> Interval:
    return Interval(mean=mean, ci95=ci95, n=n)


def training(accuracy: float) -> dict[str, Any]:
    return {
        "test_accuracy": interval(accuracy, 0.0004),
        "test_loss": interval(0.12, 0.002),
        "validation_accuracy": 0.993,
        "epochs": 17,
        "best_epoch": 3,
        "best_seed": 4,
    }


def patch(on_ink: float, beside: float) -> dict[str, float]:
    return {"on_ink": on_ink, "on_background": beside, "difference": on_ink - beside}


def energy(constant: float, gradient: float) -> dict[str, float]:
    return {"constant": constant, "gradient": gradient, "detail": 1 - constant - gradient}


def maps(sparsity: float, frequency: float, selectivity: float) -> dict[str, float]:
    return {
        "sparsity": sparsity,
        "frequency": frequency,
        "dead_channels": 0.0,
        "class_selectivity": selectivity,
    }


def targeted(success: float) -> dict[str, Any]:
    return {
        "cells": 100,
        "success_rate": success,
        "classified_rate": 1.0,
        "mean_confidence": 0.83,
        "mean_mse": 0.015,
        "closer_test_digits": 0.002,
    }


def mnist() -> Metrics:
    """Give what the stages on MNIST write, by part."""
    return {
        "nobn": training(0.9934),
        "bn": training(0.9938),
        "comparison": {
            "test_accuracy_difference": interval(0.0004, 0.0001),
            "epochs_to_target": {
                "nobn": {"reached": interval(0.65, 0.1), "never": 0},
                "bn": {"reached": interval(0.45, 0.1), "never": 0},
            },
        },
        "best": {
            "network": "bn",
            "validation_accuracy": 0.993,
            "best_epoch": 3,
            "best_seed": 4,
            "weights_sha256": DIGEST,
        },
        "predictions": {
            "test_accuracy": 0.98,
            "mistakes": 2,
            "mean_confidence_right": 0.91,
            "mean_confidence_wrong": 0.6,
        },
        "activations": {
            "maps": {
                "input": maps(0.8, 0.11, 0.1),
                "conv1": maps(0.4, 0.12, 0.16),
                "conv2": maps(0.6, 0.08, 0.33),
            },
            "filters": {"conv1": energy(0.2, 0.4), "conv2": energy(0.15, 0.3)},
            "images": 1000,
            "weights_sha256": DIGEST,
        },
        "occlusion": {
            "mean_probability_whole": 0.914,
            "drops": {
                "grey": {"3": patch(0.1, 0.02), "11": patch(0.5, 0.1)},
                "black": {"3": patch(0.02, 0.01), "11": patch(0.4, 0.1)},
            },
            "weights_sha256": DIGEST,
        },
        "robust": robust_training(),
        "robust_comparison": robust_comparison(),
    }


def attacks() -> Metrics:
    """Give what the attacks write, by part."""
    tuning = {
        "640": {"tried": 100, "successes": 90, "mean_mse": 0.003},
        "10": {"tried": 10, "successes": 0, "mean_mse": None},
    }
    return {
        "nontargeted": {
            "by_steps": {
                "200": {
                    "success_rate": 1.0,
                    "mean_confidence": 0.999,
                    "min_confidence": 0.99,
                }
            },
            "success_rate": 1.0,
            "min_confidence": 0.99,
            "images": 100,
            "cost_first": -0.1,
            "cost_last": 17.4,
            "rising_steps": 0.9,
            "nearest_digit_mse": {"images": 0.3, "test_digits": 0.024},
            "weights_sha256": DIGEST,
        },
        "targeted": {
            "success_rate": 0.95,
            "by_start": {"noise": targeted(0.96), "reference": targeted(0.95)},
            "betas": {"noise": tuning, "reference": tuning},
            "comparisons": 100,
            "weights_sha256": DIGEST,
        },
        "noise": {
            "success_rate": 1.0,
            "min_confidence": 0.9,
            "transfer_rate": 0.07,
            "error_rate": 0.07,
            "error_rate_shuffled_noise": 0.0,
            "mean_l2": 3.5,
            "mean_linf": 0.8,
            "median_steps": 331.0,
            "max_steps": 805,
            "weights_sha256": DIGEST,
        },
    }


def robust_training() -> dict[str, Any]:
    """Give what `train_robust` writes."""
    return {
        "test_accuracy": rate_with_interval(9_871, 10_000),
        "test_pgd": rate_with_interval(433, 500),
        "epochs": 11,
        "validation": {
            "robust": {"pgd": rate_with_interval(431, 500)},
            "overfitted": {
                "fgsm": rate_with_interval(497, 500),
                "pgd": rate_with_interval(2, 500),
            },
        },
        "pgd_mcnemar": {"only_first": 429, "only_second": 0, "p_value": 1e-99},
    }


def robust_comparison() -> dict[str, Any]:
    """Give what `compare_robust_network` writes."""
    names = ("nobn", "bn", "robust")

    def rates(counts: tuple[int, int, int], n: int) -> dict[str, Rate]:
        return {
            name: rate_with_interval(count, n) for name, count in zip(names, counts, strict=True)
        }

    def changes(n: int, digits: int) -> dict[str, Any]:
        reached, as_target = rates((n, n - 1, n - 2), n), rates((1, 0, n // 2), n)
        return {
            "networks": {
                name: {
                    "reached": reached[name],
                    "nearest_target": as_target[name],
                    "l2": interval(2.5, 0.3, digits),
                }
                for name in names
            },
            "digits": digits,
            "norm_ratio": {
                name: {"value": 3.2, "low": 2.9, "high": 3.6, "n": digits} for name in names[:2]
            },
            "robust_minus": {name: interval(0.44, 0.12, digits) for name in names[:2]},
        }

    nearest, classified = rates((39, 31, 50), 50), rates((50, 50, 50), 50)
    return {
        "filters": {name: energy(0.3, 0.2) for name in names},
        "occlusion": {
            "ink_difference": {name: interval(0.12, 0.03, 17) for name in names},
            "robust_minus": {"nobn": interval(0.06, 0.02, 17), "bn": interval(0.01, 0.04, 17)},
        },
        "class_images": {
            "networks": {
                name: {
                    "classified": classified[name],
                    "nearest": nearest[name],
                    "predicted_by": {
                        other: rate_with_interval(44, 50) for other in names if other != name
                    },
                    "predicted_against_nearest": {
                        other: {"only_first": 1, "only_second": 14, "p_value": 0.00098}
                        for other in names
                        if (name, other) == ("bn", "nobn")
                    },
                }
                for name in names
            },
            "robust_minus": {name: interval(0.31, 0.2, 10) for name in names[:2]},
            "mcnemar": {
                name: {"only_first": 11, "only_second": 0, "p_value": 0.00097} for name in names[:2]
            },
            "test_digits": rate_with_interval(483, 500),
        },
        "targeted": changes(90, 10),
        "noise": changes(20, 20),
    }
