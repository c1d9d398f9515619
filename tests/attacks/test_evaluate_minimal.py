"""Measures of minimal perturbations, by hand."""

import numpy as np
import pytest

from foolproof.attacks.evaluate_minimal import (
    PairMeasures,
    measure_pairs,
    norm_ratio,
    of_method,
    of_rank,
    summarize,
    summarize_by_method,
)
from foolproof.compute.intervals import (
    median_with_interval,
    rate_with_interval,
    ratio_with_interval,
)

CLASSES = ("dark", "bright")


def test_norms_and_probabilities_are_of_the_saved_pictures() -> None:
    originals = np.full((1, 3, 4, 4), 100, np.uint8)
    arrays = {
        "names": np.array(["cat.jpg"]),
        "labels": np.array([0]),
        "originals": originals,
        "photos": np.array([0]),
        "ranks": np.array([2]),
        "targets": np.array([1]),
        "normalized_steps": originals - np.uint8(51),
        "ddn": originals,
        "confident_steps": originals - np.uint8(102),
    }
    before = np.array([[0.75, 0.25]])
    crossed = np.array([[0.375, 0.625]])
    after = {"normalized_steps": crossed, "ddn": before, "confident_steps": crossed}
    plain, ddn, confident = measure_pairs(arrays, before, after, CLASSES, confidence=0.625)
    assert (plain.method, ddn.method) == ("normalized_steps", "ddn")
    assert (confident.method, confident.success) == ("confident_steps", True)
    *others, short = measure_pairs(arrays, before, after, CLASSES, confidence=0.63)
    assert others == [plain, ddn]
    assert not short.success
    assert (plain.photo, plain.target, plain.rank) == ("cat.jpg", "bright", 2)
    assert (plain.success, ddn.success) == (True, False)
    assert plain.l2 == pytest.approx(0.2 * np.sqrt(48))
    assert plain.linf == pytest.approx(0.2)
    assert plain.psnr == pytest.approx(-20 * np.log10(0.2))
    assert (plain.target_before, plain.target_after) == (0.25, 0.625)
    assert (plain.true_before, plain.true_after) == (0.75, 0.375)
    assert (ddn.l2, ddn.psnr) == (0, None)

    found = summarize([plain, ddn])
    assert found["success_rate"] == rate_with_interval(1, 2)
    assert found["median_l2"] == {"value": plain.l2, "low": None, "high": None, "n": 1}
    assert summarize([ddn])["median_l2"] is None
    assert summarize([])["success_rate"] is None
    by_method = summarize_by_method([plain, ddn, confident])
    assert [each["success_rate"]["count"] for each in by_method.values()] == [1, 0, 1]


def pair(photo: int, rank: int, l2: float, method: str = "ddn", **changes: object) -> PairMeasures:
    measures = PairMeasures(
        method=method,
        photo=f"{photo}.jpg",
        target="zebra",
        rank=rank,
        target_before=0.1,
        target_after=0.5,
        true_before=0.8,
        true_after=0.4,
        success=True,
        l2=l2,
        linf=l2 / 255,
        psnr=40.0,
    )
    return measures._replace(**changes)  # type: ignore[arg-type]


def test_median_is_over_photos_of_the_median_of_their_successful_pairs() -> None:
    pairs = [pair(photo, rank, photo * rank) for photo in range(1, 8) for rank in (1, 3)]
    pairs.append(pair(9, 2, 1000, success=False))
    found = summarize(pairs)
    assert found["median_l2"] == median_with_interval([2.0 * photo for photo in range(1, 8)])
    assert found["success_rate"] == rate_with_interval(14, 15)


def test_ratio_is_paired_by_photo_where_both_succeed() -> None:
    ddn = [pair(photo, rank, 1.0) for photo in range(3) for rank in (2, 9)]
    factors = [(2.0, 8.0), (3.0, 3.0), (5.0, 99.0)]
    stepped = [
        pair(photo, rank, factor, "normalized_steps", success=factor < 99)
        for photo, both in enumerate(factors)
        for rank, factor in zip((2, 9), both, strict=True)
    ]
    assert norm_ratio(stepped, ddn) == pytest.approx(ratio_with_interval([4, 3, 5], [1, 1, 1]))
    assert norm_ratio(of_rank(stepped, 9)[:1], of_rank(stepped, 2)[:1]) == {
        "value": pytest.approx(4),
        "low": None,
        "high": None,
        "n": 1,
    }
    assert norm_ratio([pair(0, 2, 0.0)], [pair(0, 2, 1.0)]) is None
    assert of_method([*ddn, *stepped], "ddn") == ddn
