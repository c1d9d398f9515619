"""Measures of minimal perturbations, by hand."""

import numpy as np
import pytest

from foolproof.attacks.evaluate_minimal import measure_pairs, summarize, summarize_by_method

CLASSES = ("dark", "bright")


def test_norms_and_probabilities_are_of_the_saved_arrays() -> None:
    originals = np.full((1, 3, 4, 4), 0.4, np.float32)
    arrays = {
        "names": np.array(["cat.jpg"]),
        "labels": np.array([0]),
        "originals": originals,
        "photos": np.array([0]),
        "ranks": np.array([2]),
        "targets": np.array([1]),
        "normalized_steps": originals + np.float32(0.2),
        "ddn": originals,
    }
    before = np.array([[0.75, 0.25]])
    after = {"normalized_steps": np.array([[0.375, 0.625]]), "ddn": before}
    plain, ddn = measure_pairs(arrays, before, after, CLASSES)
    assert (plain.method, ddn.method) == ("normalized_steps", "ddn")
    assert (plain.photo, plain.target, plain.rank) == ("cat.jpg", "bright", 2)
    assert (plain.success, ddn.success) == (True, False)
    assert plain.l2 == pytest.approx(0.2 * np.sqrt(48), rel=1e-5)
    assert plain.linf == pytest.approx(0.2, rel=1e-5)
    assert plain.psnr == pytest.approx(-20 * np.log10(0.2), rel=1e-5)
    assert (plain.target_before, plain.target_after) == (0.25, 0.625)
    assert (plain.true_before, plain.true_after) == (0.75, 0.375)
    assert (ddn.l2, ddn.psnr) == (0, None)

    found = summarize([plain, ddn])
    assert (found["pairs"], found["success_rate"]) == (2, 0.5)
    assert found["median_l2"] == plain.l2
    assert summarize([ddn])["median_l2"] is None
    assert summarize([])["success_rate"] is None
    by_method = summarize_by_method([plain, ddn])
    assert [by_method[name]["success_rate"] for name in ("normalized_steps", "ddn")] == [1, 0]
