"""Records as the stages write them, in sizes that differ from those of the project."""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from foolproof.compute.clusters import clustered_rate
from foolproof.compute.intervals import Interval, Rate, rate_with_interval
from foolproof.compute.paired import RateDifference
from foolproof.networks.cis680 import cis680_cnn
from foolproof.networks.structure import describe
from foolproof.toys.surfaces import count_faster
from tests.answers.recorded import interval
from tests.answers.robustness import gap, robust, robust_group

Metrics = dict[str, Any]

DIGEST, OTHER_DIGEST = "a1" * 32, "b2" * 32
NETWORKS = ("first", "second", "nobn", "bn")


def single(value: float) -> Interval:
    return Interval(mean=value, ci95=None, n=1)


def training(accuracy: float) -> dict[str, Any]:
    return {
        "test_accuracy": single(accuracy),
        "test_loss": single(0.0321),
        "training_accuracy": single(0.9975),
        "training_loss": single(0.0123),
        "test_accuracy_by_seed": [accuracy],
        "first_seed_test_accuracy": rate_with_interval(round(10000 * accuracy), 10000),
        "seeds": [7],
        "epochs": 17,
        "weights_sha256": DIGEST,
    }


def descent(l2: int | None, cross_entropy: int | None) -> dict[str, Any]:
    """Give the steps under both losses; None where a descent did not converge."""
    both = l2 is not None and cross_entropy is not None
    return {
        "l2": l2,
        "cross_entropy": cross_entropy,
        "l2_converged": l2 is not None,
        "cross_entropy_converged": cross_entropy is not None,
        "ratio": l2 / cross_entropy if both and l2 and cross_entropy else None,
    }


def descents(by_sum: Mapping[str, Metrics]) -> Metrics:
    """Give descents by the w + b of their starts, and from how many each loss is faster."""
    return {"descent_by_sum": dict(by_sum), "faster_from": count_faster(by_sum.values())}  # type: ignore[arg-type]


def quantiles(median: float | None) -> dict[str, float | None]:
    shares = {"min": 0.2, "q05": 0.5, "q25": 0.7, "median": 1, "q75": 1.4, "q95": 2, "max": 3}
    return {
        name: None if median is None else share * median
        for name, share in (shares | {"mean": 1.1}).items()
    }


def rate(share: float | None, n: int = 500) -> Rate | None:
    return None if share is None or not n else rate_with_interval(round(share * n), n)


def change(value: float, half: float = 0.02, n: int = 500) -> RateDifference:
    """Give a paired difference of rates with an interval of `half` to both sides."""
    return RateDifference(
        value=value, low=value - half, high=value + half, only_first=9, only_second=1, n=n
    )


def rates(error: float | None, shuffled: float = 0.01, n: int = 500) -> dict[str, Any]:
    if error is None:
        return dict.fromkeys(
            (
                "error_rate",
                "same_class_rate",
                "same_class_of_errors",
                "mean_confidence",
                "clean_error_rate",
                "shuffled_error_rate",
                "excess",
                "shuffled_excess",
            )
        )
    return {
        "error_rate": rate(error, n),
        "same_class_rate": rate(error, n),
        "same_class_of_errors": rate(0.75, round(error * n)),
        "mean_confidence": interval(0.931, 0.02, 500),
        "clean_error_rate": rate(0.004, n),
        "shuffled_error_rate": rate(shuffled, n),
        "excess": change(error - shuffled, n=n),
        "shuffled_excess": change(shuffled - 0.004, n=n),
    }


def transfer(images: int, error: float | None, shuffled: float = 0.01) -> dict[str, Any]:
    """Give all networks but the attacked one the same error."""
    networks = dict.fromkeys(NETWORKS, rates(error, shuffled))
    amount = None if error is None else interval(61.7, 2, 500)
    return {
        "images": images,
        "mean_l1": amount,
        "shuffled_mean_l1": amount,
        "networks": networks | {"first": rates(None if error is None else 1.0, shuffled)},
        "retrained_over": dict.fromkeys(("nobn", "bn"), amount and interval(0.0, 0.02, 500)),
    }


def attack(attacked: int, successes: int, steps: float | None, error: float | None) -> Metrics:
    def times(factor: float) -> dict[str, float | None]:
        return quantiles(None if steps is None else factor * steps)

    return {
        "attacked": attacked,
        "successes": successes,
        "success_rate": rate(successes / attacked if attacked else None, attacked),
        "min_confidence": 0.901 if successes else None,
        "steps": times(1),
        "l0": times(14),
        "l1": times(2),
        "linf": times(0.004),
        "faint_rate": rate(0.97, successes),
        "transfer": transfer(successes, error),
    }


def by_strength(errors: dict[str, list[float | None]]) -> dict[str, Any]:
    """Give the transfer at rising confidences and numbers of steps, in an order of no meaning."""
    levels: dict[str, list[float]] = {"confidence": [0.5, 0.9, 0.999], "steps": [20, 40, 80]}
    points = {
        name: [
            {name: level, **transfer(0 if error is None else 500, error)}
            for level, error in reversed(list(zip(levels[name], errors[name], strict=True)))
        ]
        for name in levels
    }
    growth = {name: grown(levels[name], errors[name]) for name in levels}
    return {"transfer_by_strength": points, "transfer_growth": growth}


def grown(levels: list[float], errors: list[float | None]) -> Metrics | None:
    """Give the growth from the first level to the last."""
    first, last = errors[0], errors[-1]
    if first is None or last is None:
        return None
    return {
        "from": levels[0],
        "to": levels[-1],
        "images": 432,
        "error_rate": change(last - first, n=432),
        "shuffled_error_rate": change(0.0, n=432),
        "excess": interval(last - first, 0.05, 432),
    }


def effort() -> Metrics:
    """Give the comparisons of steps by target."""

    def steps(mean: float) -> Interval:
        return interval(mean, 3.0, 45)

    return {
        "targets": {
            "easiest": {"target": 8, "steps": steps(21)},
            "hardest": {"target": 1, "steps": steps(57)},
            "difference": steps(35),
        },
        "strokes": {"there": steps(21), "back": steps(57), "difference": steps(36)},
        "beyond_untargeted": steps(14),
    }


def pair_table(value: float | None) -> list[list[float | None]]:
    return [[None if i == j else value for j in range(10)] for i in range(10)]


def failed(*, starts: int, minima: int) -> dict[str, float]:
    return {
        "starts": starts,
        "min_loss": 0.347,
        "max_loss": 0.348,
        "max_gradient": 0.0009,
        "min_eigenvalue": -1e-5,
        "max_eigenvalue": 6e-5,
        "positive_semidefinite": minima,
        "max_distance": 0.00098,
    }


def surfaces() -> Metrics:
    """Give what `surfaces` writes."""
    return {
        "target": 0.5,
        "vanishing": {
            "l2": {
                "share_below_threshold": 0.4,
                "min_off_minimum": 6.1e-6,
                "min_at_sum": 12.0,
            },
            "cross_entropy": {
                "share_below_threshold": 0.012,
                "min_off_minimum": 0.037,
                "min_at_sum": 0.15,
            },
        },
        "max_l2_gradient": {
            "at_sum": 1.317,
            "gradient": 0.09623,
            "at_sum_on_grid": 1.35,
            "gradient_on_grid": 0.09617,
        },
        "gradients_by_sum": {
            "12": {"l2": 6.1e-6, "cross_entropy": 0.5, "ratio": 81377.6},
            "2": {"l2": 0.08, "cross_entropy": 0.38, "ratio": 4.76},
            "-4": {"l2": 0.017, "cross_entropy": 0.48, "ratio": 28.3},
        },
        **descents({"12": descent(None, 17), "2": descent(18, 7), "-4": descent(47, 9)}),
        "relu_zero_gradient_share": 0.506,
    }


def scales(success: dict[str, float], half: float = 0.05) -> Metrics:
    """Give the success rates by the scale of the starts, ascending, and their differences."""

    def difference(smaller: str, larger: str) -> Metrics:
        found = gap(success[larger] - success[smaller], 50, half)
        return {"smaller": float(smaller), "larger": float(larger), **found}

    stds = list(success)
    return {
        "success_rate_by_std": {
            std: rate_with_interval(round(50 * rate), 50) for std, rate in success.items()
        },
        "scales": {
            "neighbours": [difference(*pair) for pair in pairwise(stds)],
            "ends": difference(stds[0], stds[-1]) if len(stds) > 1 else None,
        },
    }


def xor() -> Metrics:
    """Give what `xor` writes."""
    return {
        "seeds": 50,
        "log2": 0.6931471805599453,
        "success_rate": rate_with_interval(35, 50),
        "success_rate_linear": rate_with_interval(0, 50),
        **scales({"0.1": 0.9, "2": 0.3, "10": 0.2}),
        "failures": {
            "two_collapsed": 13,
            "three_collapsed": 0,
            "four_collapsed": 0,
            "not_converged": 2,
        },
        "steps_to_success": {"median": 187.0, "min": 123, "max": 401},
        "failed_networks": {
            "two_collapsed": failed(starts=60, minima=60),
            "not_converged": failed(starts=7, minima=0),
        },
        "best_loss_linear": 0.6931471805599453,
        "linear": {
            "min_excess_loss": 0.0,
            "max_excess_loss": 1.7e-7,
            "max_effective_weight": 0.0023,
            "max_confidence": 0.5,
        },
        "shown": {
            "seed": 3,
            "success": True,
            "hidden_weight": [[3.87, -4.0], [-4.1, 3.98]],
            "hidden_bias": [-1.86, -1.92],
            "output_weight": [7.33, 7.32],
            "output_bias": 6.82,
            "hidden": [[-0.95, -0.96], [-1.0, 0.97], [0.97, -1.0], [-0.96, -0.97]],
            "probabilities": [0.001, 0.986, 0.985, 0.002],
        },
    }


def one_sided() -> Metrics:
    """Give what `evaluate_one_sided` writes."""
    steps = pair_table(33.0)
    steps[1][8], steps[8][1] = 21.0, 57.0
    return {
        "success_rate": rate_with_interval(991, 991),
        "median_steps": 27.0,
        "max_violation": 0.0,
        "transfer_rate": rate_with_interval(50, 991),
        "images": 1000,
        "correct": 991,
        "untargeted": attack(991, 991, 27.0, 0.05)
        | {
            "confusions": confusions(),
            "most_common_confusions": [
                {"true": 4, "predicted": 9, "count": 60, "share": 0.0605},
                {"true": 7, "predicted": 2, "count": 55, "share": 0.0555},
            ],
        },
        "targeted": attack(450, 450, 41.0, 0.08)
        | {
            "success_rate": clustered_rate(450, 450, 50),
            "effort": effort(),
            "images_by_class": [5] * 10,
            "success_by_pair": pair_table(1.0),
            "mean_steps_by_pair": steps,
        },
        **by_strength({"confidence": [0.03, 0.06, 0.2], "steps": [0.1, 0.4, 0.8]}),
        "weights_sha256": DIGEST,
    }


def confusions() -> list[list[int]]:
    """Count the pairs of true and predicted class: most fours as nines, most sevens as twos."""
    table = [[0 if i == j else 11 for j in range(10)] for i in range(10)]
    table[4] = [5, 5, 5, 5, 0, 5, 5, 5, 5, 60]
    table[7] = [5, 5, 55, 5, 5, 5, 5, 0, 5, 10]
    return table


def structure() -> tuple[Metrics, list[Metrics]]:
    """Give the counts and the layers of the network."""
    counts = asdict(describe(cis680_cnn(), (1, 28, 28)))
    return counts, counts.pop("layers")


def curves(*test_losses: float, accuracy: float = 0.991) -> list[dict[str, str]]:
    """Give the rows of both trainings' curves, whose test loss is the given one."""
    return [
        {
            "epoch": str(epoch),
            "series": f"{part}, {name} training",
            "loss": str(loss),
            "error": str(1 - accuracy),
            "accuracy": str(accuracy),
        }
        for part in ("training", "test")
        for name in ("first", "second")
        for epoch, loss in enumerate(test_losses, start=1)
    ]


def robustness() -> Metrics:
    """Give what `evaluate_robustness` writes for both trainings."""
    found = robust(4321, 0.987, ("0.1", 0.8), ("0.2", 0.123))
    return robust_group({"first": found, "second": found})
