"""Records of robust accuracies as `evaluate_robustness` writes them."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

Record = dict[str, Any]


def share(value: float, n: int) -> Record:
    """Give a `Rate` with an interval of one point on both sides."""
    return {
        "value": value,
        "low": value - 0.01,
        "high": value + 0.01,
        "count": round(value * n),
        "n": n,
    }


def gap(value: float, n: int, half: float = 0.02) -> Record:
    """Give a `RateDifference` with an interval of `half` on both sides."""
    return {
        "value": value,
        "low": value - half,
        "high": value + half,
        "only_first": round(max(value, 0) * n) + 1,
        "only_second": round(max(-value, 0) * n) + 1,
        "n": n,
    }


def robust(images: int, clean: float, *by_epsilon: tuple[str, float]) -> Record:
    """Give what the stage writes for a network."""
    return {
        "images": images,
        "clean": share(clean, images),
        "by_epsilon": {epsilon: share(accuracy, images) for epsilon, accuracy in by_epsilon},
        "misclassified_by": {"pgd_margin": 7},
        "out_of_reach": 3,
        "findings": [],
        "weights_sha256": "a1" * 32,
    }


def robust_group(networks: Mapping[str, Record], **gaps: float) -> Record:
    """Give what the stage writes for a group; the differences of a pair are alike.

    Args:
        networks: by name.
        gaps: of a network above the first one, 0 where left out.
    """
    comparisons = [
        {
            "network": second,
            "against": first,
            "by_epsilon": {
                radius: gap(gaps.get(second, 0) - gaps.get(first, 0), result["images"])
                for radius in ("0", *result["by_epsilon"])
            },
        }
        for (first, _), (second, result) in combinations(networks.items(), 2)
    ]
    return {"networks": dict(networks), "comparisons": comparisons}
