"""Records as the stages write them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from foolproof.answers.cs5787.cifar10 import Trainings
from foolproof.compute.intervals import Interval, rate_with_interval
from foolproof.networks.cifar10 import NETWORKS
from foolproof.networks.structure import describe
from tests.answers.compiled import project_params, timing
from tests.answers.recorded import interval, losses, same_images
from tests.answers.robustness import robust, robust_group, share

Metrics = dict[str, Any]

DIGEST = "a1" * 32
MANIPULATIONS = ("none", "mirror", "crop", "rotation", "grey")


def trainings() -> Trainings:
    """Give what belongs to the trainings."""
    results = cifar10()
    described = {
        f"cifar10_{name}": asdict(describe(build(), (3, 32, 32)))
        for name, build in NETWORKS.items()
    }
    return Trainings(
        results={name: results[name] for name in NETWORKS},
        networks=described,
        layers={name: network.pop("layers") for name, network in described.items()},
        timings={
            "nobn": timing([12.3], "Abacus 1", "bfloat16"),
            "bn": timing([45.6], "Abacus 2", "bfloat16"),
            "deep": timing([78.9], "Abacus 3", "float32"),
        },
    )


def robustness_of_networks() -> Metrics:
    """Give the robust accuracies of the networks."""
    return robust_group({name: robust(4321, 0.987, ("2", 0.8), ("10", 0.123)) for name in NETWORKS})


def photo(file: str, label: str, probability: float) -> Metrics:
    return {
        "file": file,
        "label": label,
        "label_rank": 1,
        "label_probability": probability,
        "own": False,
        "top": [
            {"class": label, "probability": probability},
            {"class": "cucumber", "probability": 0.0133},
            {"class": "orange", "probability": 0.0092},
        ],
    }


def layer(name: str, depth: int, *, explained: float, correlation: float) -> Metrics:
    shown = {
        "channel": 7,
        "correlations": {"edges": explained, "brightness": -0.1},
        "most_active_in": "bell pepper",
    }
    return {
        "layer": name,
        "depth": depth,
        "channels": 32,
        "side": 112,
        "sparsity": interval(0.37, 0.02, 20),
        "explained_by_low_level_features": interval(explained, 0.02, 32),
        "between_photos": 0.2,
        "closest_to_low_level_features": {
            name: {"channel": channel, "correlation": r, "by_photo": interval(r, 0.05, 20)}
            for name, channel, r in (("brightness", 14, correlation), ("edges", 3, 0.1))
        },
        "shown": [shown] * 5,
    }


def accuracy(value: float) -> Metrics:
    return {"value": value, "ci95": 0.06, "low": value - 0.07, "high": value + 0.05}


def classifier(value: float, chosen: float) -> Metrics:
    return {
        "mean_per_class_accuracy": accuracy(value),
        "chosen": chosen,
        "grid": [1, 10],
        "training_accuracies": [1.0, 1.0],
        "validation_accuracies": [0.8, 0.85],
        "converged": True,
    }


def against(difference: float, only_first: int, only_second: int, p_value: float) -> Metrics:
    return {
        "difference": interval(difference, 0.05, 37),
        "only_first": only_first,
        "only_second": only_second,
        "p_value": p_value,
    }


def on_images(difference: Interval, p_value: float) -> Metrics:
    return {"seed": 0, "only_first": 5, "only_second": 7, "p_value": p_value} | {
        "difference": difference
    }


def superiority(smoothness: float, colour: float, orientation: float) -> Metrics:
    return {
        "smoothness": interval(smoothness, 0.04, 3),
        "colour": interval(colour, 0.06, 3),
        "orientation": interval(orientation, 0.05, 3),
    }


def filters(smoothness: float) -> Metrics:
    return {
        "filters": 64,
        "side": 11,
        "smoothness": smoothness,
        "colour": 0.2,
        "orientation": 0.3,
        "random": {"smoothness": 0.13, "colour": 0.6, "orientation": 0.1},
        "grey": 21,
        "coloured": 9,
        "oriented": 17,
        "noisy": 3,
        "faint": 2,
    }


def training(test_accuracy: float, seeds: int = 3) -> Metrics:
    def over_seeds(mean: float) -> Interval:
        return interval(mean, 0.003 if seeds > 1 else None, seeds)

    return {
        "test_accuracy": over_seeds(test_accuracy),
        "test_error": over_seeds(1 - test_accuracy),
        "test_loss": over_seeds(0.8),
        "training_accuracy": over_seeds(test_accuracy + 0.05),
        "training_loss": over_seeds(0.6),
        "test_accuracy_by_seed": [test_accuracy] * seeds,
        "first_seed_test_accuracy": rate_with_interval(round(10000 * test_accuracy), 10000),
        "seeds": list(range(seeds)),
        "epochs": 17,
        "weights_sha256": DIGEST,
    }


def rates(success: float) -> Metrics:
    rate = rate_with_interval(round(100 * success), 100)
    mean = {"mean": success, "ci95": 0.021, "n": 100}
    return {
        "success_rate": rate,
        "success_rate_8_bit": rate,
        "rounding": {"only_first": 0, "only_second": 0, "p_value": 1.0},
        "confident_rate": rate,
        "mean_confidence": mean,
        "mean_confidence_8_bit": mean,
        "mean_steps": 12.0,
    }


def example(name: str, predicted: str, confidence: float) -> Metrics:
    return {
        "photo": name,
        "label": "bell pepper",
        "target": "space shuttle",
        "requested": {"photo": name, "target": "space shuttle"},
        "replaced": False,
        "probability_before": 0.94,
        "predicted": predicted,
        "confidence": confidence,
        "confidence_8_bit": confidence,
    }


def manipulated(shares: Mapping[str, float], photos: int = 20) -> Metrics:
    """Give what photos of each kind, by its share that is classified as intended, become."""

    def mean(value: float, ci95: float = 0.081) -> Metrics:
        return {"mean": value, "ci95": None if photos == 1 else ci95, "n": photos}

    compared = {
        "probability": mean(shares["eot"] - shares["plain_large"]),
        "top1": {"only_first": 12, "only_second": 0, "p_value": 0.00049},
    }
    found = {
        kind: {
            "mean_probability": mean(share),
            "top1_rate": rate_with_interval(round(photos * share), photos),
            "destruction_rate": rate_with_interval(photos - round(photos * share), photos),
            "true_class_rate": rate_with_interval(0, photos),
        }
        for kind, share in shares.items()
    } | {"eot_over_plain": compared}
    return {
        **dict.fromkeys(MANIPULATIONS, found),
        "architecture": "mobilenet_v2",
        "photos_by": "label",
        "photos": [{}] * min(photos, 4),
        "epsilon": {"plain": 2, "plain_large": 8, "eot": 8},
        "gradients": {"plain": 40, "plain_large": 320, "eot": 320},
        "steps": {"plain": 40, "plain_large": 320, "eot": 160},
        "eot_over_plain_by_strength": {"rotation": {"0": compared, "30": compared}},
        "weights_sha256": DIGEST,
    }


def photos() -> Metrics:
    """Give what the stages on photos write, by part."""
    return {
        "classification": {
            "architecture": "mobilenet_v2",
            "classes": 1000,
            "preprocessing": {
                "resize": 257,
                "crop": 225,
                "interpolation": "bicubic",
                "mean": [0.485, 0.456, 0.406],
                "std": [0.229, 0.224, 0.225],
            },
            "top": 3,
            "own_figures": {},
            "labelled": 2,
            "top1": share(1.0, 2),
            "topk": share(1.0, 2),
            "photos": [
                photo("peppers.png", "bell pepper", 0.9396),
                photo("zebra.jpg", "zebra", 0.848),
            ],
        },
        "feature_maps": {
            "architecture": "mobilenet_v2",
            "photo": "peppers.png",
            "photos": 2,
            "possible_layers": ["a", "b", "c"],
            "change": {
                "sparsity": interval(0.3, 0.05, 20),
                "explained_by_low_level_features": interval(-0.59, 0.03, 1312),
            },
            "layers": [
                layer("features.0.2", 1, explained=0.62, correlation=0.97),
                layer("features.18.2", 3, explained=0.03, correlation=0.2),
            ],
        },
    }


def pets() -> Metrics:
    """Give what the stages on pets write, by part."""
    return {
        "features": {
            "architecture": "mobilenet_v2",
            "layer": "input of classifier.1",
            "activation": "ReLU6",
            "rectified": True,
            "dimension": 1280,
            "sparsity": 0.31,
            "min": 0.0,
            "max": 4.97,
        },
        "classifiers": {
            "C": 10.0,
            "folds": 6,
            "classes": 3,
            "training_images": 222,
            "test_images": 148,
            "mean_per_class_accuracy": accuracy(0.845),
            "classifiers": {
                "logistic_regression": classifier(0.845, 10.0),
                "svm": classifier(0.811, 0.1),
                "knn": classifier(0.77, 1),
            },
            "logistic_regression_against": {
                "svm": against(0.034, 8, 3, 0.227),
                "knn": against(0.075, 14, 3, 0.0127),
            },
            "per_class": {
                "Beagle": share(0.5, 4),
                "Birman": share(1.0, 4),
                "Pug": None,
            },
            "most_confused": [{"true": "Beagle", "predicted": "Birman", "images": 2, "share": 0.5}],
        },
    }


def cifar10() -> Metrics:
    """Give what the stages on CIFAR-10 write, by part."""
    return {
        "nobn": training(0.7412),
        "bn": training(0.7934),
        "deep": training(0.9056, seeds=1),
        "comparison": {
            "test_accuracy_difference": interval(0.0522, 0.005, 3),
            "training_loss": losses(-0.2, -0.3, n=3),
            "same_images": same_images(3, 0, n=3),
        },
        "deep_comparison": on_images(interval(0.1122, 0.007, 10000), 1e-30),
        "deep_views": {
            "test_accuracy": interval(0.9101, None, 1),
            "first_seed_test_accuracy": rate_with_interval(9101, 10000),
            "first_seed_comparison": on_images(interval(0.0045, 0.002, 10000), 0.001),
        },
        "filters": {
            "nobn": filters(0.5),
            "bn": filters(0.8),
            "deep": filters(0.9),
            "bn_above_nobn": superiority(0.81, 0.45, 0.3),
        },
    }


def attacks() -> Metrics:
    """Give what the attacks on photos write, by part."""
    return {
        "linf": {
            "architecture": "mobilenet_v2",
            "attacked_photos": 19,
            "candidate_photos": 20,
            "labelled_photos": 20,
            "photos_by": "label",
            "input_shape": [3, 224, 224],
            "examples": [example("peppers.png", "space shuttle", 0.9991)]
            + [example(f"{row}.jpg", "space shuttle", 0.99) for row in range(3)],
            "pairs": 100,
            "success_epsilon": 4,
            "success_rate": rate_with_interval(99, 100),
            "by_epsilon": {
                str(epsilon): rates(share)
                for epsilon, share in zip(
                    project_params()["attack_linf"]["epsilons"],
                    (0.8, 0.98, 0.99, 1.0),
                    strict=True,
                )
            },
            "first_example": example("peppers.png", "space shuttle", 0.9991) | {"epsilon": 2},
            "max_violation": 2.9e-8,
        },
        "robustness": manipulated({"clean": 1, "plain": 0, "plain_large": 0.25, "eot": 1}),
    }


def adder() -> Metrics:
    """Give what `adder` writes."""
    return {
        "bits": 10,
        "errors": 0,
        "pairs_checked": 1048576,
        "long_bits": 2000,
        "long_checked": 1000,
        "long_errors": 0,
        "transitions": 16,
        "transition_errors": 0,
        "margin": {"hidden": [0.5, 0.5, 0.5], "output": 0.5, "weights": 0.125},
        "example": {"first": "100111", "second": "110010", "sum": "1011001"},
        "parameters": {
            "U": [[1.0, 1.0]] * 3,
            "W": [[0.0, 1.0, 0.0]] * 3,
            "b_h": [-0.5, -1.5, -2.5],
            "v": [1.0, -1.0, 1.0],
            "b_y": -0.5,
            "h_0": [0.0, 0.0, 0.0],
        },
        "units": [
            {
                "total": 1,
                "hidden_sums": [0.5, -0.5, -1.5],
                "hidden": [1, 0, 0],
                "output_sum": 0.5,
                "output": 1,
                "carry": 0,
            }
        ],
    }
