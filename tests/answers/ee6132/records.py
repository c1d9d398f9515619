"""Records as the stages write them, in sizes that differ from those of the project."""

from dataclasses import asdict
from typing import Any

from foolproof.compute.clusters import clustered_rate
from foolproof.compute.intervals import Interval, Rate, Ratio, rate_with_interval
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.structure import describe
from tests.answers.compiled import timing
from tests.answers.explained import explained
from tests.answers.recorded import interval, losses, same_images
from tests.answers.robustness import robust, robust_group, share

Metrics = dict[str, Any]

DIGEST, OTHER_DIGEST = "a1" * 32, "b2" * 32


def ratio(value: float, half: float | None, n: int = 5) -> Ratio:
    """Give a ratio with an interval of `half` to both sides."""
    low, high = (None, None) if half is None else (value - half, value + half)
    return Ratio(value=value, low=low, high=high, n=n)


def training(accuracy: float) -> dict[str, Any]:
    return {
        "test_accuracy": interval(accuracy, 0.0004),
        "test_loss": interval(0.12, 0.002),
        "validation_accuracy": 0.993,
        "epochs": 17,
        "best_epoch": 3,
        "best_seed": 4,
    }


def patch(on_ink: float, beside: float, ci95: float = 0.01) -> dict[str, Interval]:
    means = {"on_ink": on_ink, "on_background": beside, "difference": on_ink - beside}
    return {name: interval(mean, ci95, 77) for name, mean in means.items()}


def energy(constant: float, gradient: float) -> Metrics:
    shares = {"constant": constant, "gradient": gradient, "detail": 1 - constant - gradient}
    return {part: interval(share, 0.02, 32) for part, share in shares.items()}


def filters(shallow: tuple[float, float], deep: tuple[float, float]) -> Metrics:
    """Give what `visualize` writes of the energy of the filters of two layers."""
    layers = {"conv1": energy(*shallow), "conv2": energy(*deep)}
    return {
        "layers": layers,
        "random": {"constant": 1 / 9, "gradient": 2 / 9, "detail": 6 / 9},
        "change": {
            part: interval(layers["conv2"][part]["mean"] - layers["conv1"][part]["mean"], 0.03, 64)
            for part in layers["conv1"]
        },
    }


def named_filters(edges: int) -> Metrics:
    """Give what `visualize` writes of single filters, with so many edge detectors of 32."""
    parts = {"constant": [19], "gradient": [*range(edges)], "detail": []}
    return {
        **{
            part: {"filters": found, "rate": rate_with_interval(len(found), 32), "random": 0.088}
            for part, found in parts.items()
        },
        "direction": 44.0 if edges else None,
        "sign": 1,
    }


def maps(sparsity: float, frequency: float, selectivity: float) -> Metrics:
    return {
        "sparsity": interval(sparsity, 0.01, 1000),
        "frequency": interval(frequency, 0.001, 1000),
        "dead_channels": share(0.0, 32),
        "class_selectivity": interval(selectivity, 0.05, 32),
    }


def activations(shallow: Metrics, deep: Metrics) -> Metrics:
    """Give what `visualize` writes of the maps of two layers."""
    return {
        "maps": {"input": maps(0.8, 0.11, 0.1), "conv1": shallow, "conv2": deep},
        "change": {
            key: interval(deep[key]["mean"] - shallow[key]["mean"], half, 1000)
            for key, half in (("sparsity", 0.01), ("frequency", 0.002), ("class_selectivity", 0.06))
        },
    }


def targeted(successes: int) -> dict[str, Any]:
    return {
        "cells": 63,
        "references": 7,
        "success_rate": clustered_rate(successes, 63, 7),
        "classified_rate": clustered_rate(63, 63, 7),
        "mean_confidence": interval(0.83, 0.02, 7),
        "mean_mse": interval(0.015, 0.002, 7),
        "closer_digits_of_class": interval(0.002, 0.001, 7),
    }


def noise() -> dict[str, Any]:
    """Give what `attack_noise` writes; its transfer is not significant."""
    rates: dict[str, Rate] = {
        name: clustered_rate(count, 81, 9)
        for name, count in (
            ("transfer_rate", 5),
            ("transfer_rate_shuffled_noise", 0),
            ("error_rate", 6),
            ("error_rate_shuffled_noise", 0),
        )
    }
    return {
        "success_rate": rate_with_interval(9, 9),
        "min_confidence": 0.9,
        "l2": interval(3.5, 0.3, 9),
        "linf": interval(0.8, 0.1, 9),
        "median_steps": 331.0,
        "max_steps": 805,
        **rates,
        "excess_transfer": interval(0.06, 0.07, 9),
        "excess_error": interval(0.07, 0.08, 9),
        "minimal": {
            "success_rate": rate_with_interval(8, 9),
            "l2": interval(2.5, 0.3, 8),
            "l2_ratio": Ratio(value=1.4, low=1.2, high=1.6, n=8),
            "linf": interval(0.6, 0.1, 8),
            "linf_ratio": Ratio(value=1.3, low=1.1, high=1.5, n=8),
        },
        "weights_sha256": DIGEST,
    }


def nontargeted() -> dict[str, Any]:
    """Give what `attack_nontargeted` writes."""
    found = {
        "success_rate": rate_with_interval(100, 100),
        "mean_confidence": interval(0.999, 0.0005, 100),
        "min_confidence": 0.99,
        "pixels_at_bounds": interval(0.6, 0.02, 100),
    }
    means = {
        "first": -0.1,
        "last": 17.4,
        "rise": 17.5,
        "early_rise": 12.5,
        "late_rise": 5.0,
        "early_minus_late": 7.5,
        "rising_steps": 0.9,
    }
    return {
        **found,
        "by_steps": {
            "100": found | {"pixels_at_bounds": interval(0.25, 0.02, 100)},
            "200": found,
        },
        "images": 100,
        "cost": {name: interval(mean, 0.05, 100) for name, mean in means.items()} | {"half": 100},
        "nearest_digit_mse": {
            "images": interval(0.3, 0.01, 100),
            "test_digits": interval(0.024, 0.002, 100),
            "farther": {"value": 0.99, "low": 0.96, "high": 1.0, "n": [100, 100]},
        },
        "weights_sha256": DIGEST,
    }


def robustness_comparison() -> Metrics:
    """Give what `compare_robustness` writes, as far as the report shows it."""
    accuracies = {
        "0": (interval(0.99, 0.001), interval(0.993, 0.001), interval(0.003, 0.004)),
        "0.2": (interval(0.011, 0.01), interval(0.001, 0.001), interval(-0.01, 0.01)),
        "0.05": (interval(0.95, 0.01), interval(0.855, 0.025), interval(-0.095, 0.02)),
        "0.1": (interval(0.7, 0.03), interval(0.77, 0.04), interval(0.07, 0.03)),
    }
    tests = [{"only_first": 9, "only_second": 2, "p_value": p} for p in (0.04, 0.001)]
    return {
        "images": 321,
        "seeds": [0, 1, 2, 3, 4],
        "by_epsilon": {
            epsilon: {
                "accuracy": {"nobn": nobn, "bn": bn},
                "difference": difference,
                "mcnemar": tests,
            }
            for epsilon, (nobn, bn, difference) in accuracies.items()
        },
        "findings": [],
    }


def mnist() -> Metrics:
    """Give what the stages on MNIST write, by part."""
    return {
        "nobn": training(0.9934),
        "bn": training(0.9938),
        "comparison": {
            "test_accuracy_difference": interval(0.0004, 0.0001),
            "training_loss": losses(-0.2, -0.3),
            "same_images": same_images(2, 1),
            "end": {
                name: {
                    "training_accuracy": interval(0.998, 0.001),
                    "validation_accuracy": interval(0.993, 0.001),
                }
                for name in ("nobn", "bn")
            },
            "epochs_to_target": {
                "nobn": {"reached": interval(0.65, 0.1), "never": 0},
                "bn": {"reached": interval(0.45, 0.1), "never": 0},
                "ratio": ratio(0.7, 0.1),
                "difference": interval(-0.2, 0.1),
            },
        },
        "robustness_comparison": robustness_comparison(),
        "best": {
            "network": "bn",
            "validation_accuracy": 0.993,
            "best_epoch": 3,
            "best_seed": 4,
            "weights_sha256": DIGEST,
        },
        "predictions": {
            "test_accuracy": rate_with_interval(98, 100),
            "mistakes": 2,
            "mean_confidence_right": interval(0.91, 0.01, 98),
            "mean_confidence_wrong": interval(0.6, 0.5, 2),
        },
        "activations": {
            **activations(maps(0.4, 0.12, 0.16), maps(0.6, 0.08, 0.33)),
            "filters": filters((0.2, 0.4), (0.15, 0.3)),
            "named_filters": named_filters(3),
            "images": 1000,
            "weights_sha256": DIGEST,
        },
        "occlusion": {
            "probability_whole": interval(0.914, 0.02, 77),
            "drops": {
                "grey": {"3": patch(0.1, 0.02), "11": patch(0.5, 0.1)},
                "black": {"3": patch(0.03, 0.01), "11": patch(0.4, 0.1)},
            },
            "largest": {
                "fill": "grey",
                "size": 11,
                "difference": interval(0.4, 0.01, 77),
                "not_below": [],
            },
            "fill_differences": {
                "reference": "grey",
                "by_fill": {
                    "black": {"3": interval(-0.06, 0.01, 77), "11": interval(-0.1, 0.2, 77)}
                },
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
        "nontargeted": nontargeted(),
        "targeted": {
            "success_rate": clustered_rate(60, 63, 7),
            "by_start": {"noise": targeted(61), "reference": targeted(60)},
            "mse_difference": {
                "first": "noise",
                "second": "reference",
                "difference": interval(-0.0005, 0.001, 7),
            },
            "betas": {"noise": tuning, "reference": tuning},
            "comparisons": 100,
            "weights_sha256": DIGEST,
        },
        "noise": noise(),
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
        "filters": {name: {"constant": 0.3, "gradient": 0.2, "detail": 0.5} for name in names},
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


def structures() -> tuple[Metrics, Metrics]:
    """Give what `describe_networks` writes: the counts, and the layers."""
    counts = {
        f"mnist_{name}": asdict(describe(build(), (1, 28, 28))) for name, build in NETWORKS.items()
    }
    return counts, {name: each.pop("layers") for name, each in counts.items()}


def batchnorm_timing() -> Metrics:
    """Give what `time_batchnorm` writes."""
    return {
        "seconds_per_epoch": {"nobn": [10.0, 10.0], "bn": [12.0, 12.0]},
        "ratio": ratio(1.2, 0.05, 2),
        "machine": timing([], "Timer", "float32")["machine"],
    }


def explanations() -> Metrics:
    """Give what `explain_mnist` writes."""
    gains = {"saliency": (0.1, 0.2), "gradcam": (0.3, 0.1)}
    return explained(gains, controls=["random", "intensity"], shown=7)


def robust_accuracies() -> Metrics:
    """Give what `evaluate_robustness` writes."""
    ordinary = robust(4321, 0.987, ("0.1", 0.8), ("0.2", 0.123))
    hardened = robust(4321, 0.985, ("0.1", 0.97), ("0.2", 0.94))
    return robust_group({"nobn": ordinary, "bn": ordinary, "robust": hardened})


def curves(*validation_losses: float) -> list[dict[str, str]]:
    """Give the rows of the training curves."""
    return [
        {"epoch": str(epoch), "series": f"{part}, {name} batch norm", "loss": str(loss)}
        for part in ("training", "validation")
        for name in ("without", "with")
        for epoch, loss in enumerate(validation_losses)
    ]


def confusion(*mistakes: tuple[int, int]) -> list[dict[str, str]]:
    """Give the true and the predicted classes of 100 images, ten of each class."""
    rows = [{"true": str(row % 10), "predicted": str(row % 10)} for row in range(100)]
    for true, predicted in mistakes:
        right = {"true": str(true), "predicted": str(true)}
        rows[rows.index(right)] = {"true": str(true), "predicted": str(predicted)}
    return rows


def transfer(**predicted: str) -> list[dict[str, str]]:
    """Give the predicted classes of the sums of each noise and each image.

    Args:
        predicted: where it is not the true class, by the noise and the image: `n0_3="0"`.
    """
    return [
        {
            "target": str(noise),
            "true": str(true),
            "predicted": predicted.get(f"n{noise}_{true}", str(true)),
            "confidence": "0.9",
        }
        for noise in range(10)
        for true in range(10)
    ]
