"""Paired comparisons of two trained networks, against SciPy and by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from foolproof.compute.intervals import Interval
from foolproof.training.comparison import (
    ImageComparison,
    compare_epochs,
    compare_on_images,
    compare_predictions,
    compare_training_losses,
    count_significant,
    summarize_end,
    summarize_epochs,
)


def assert_is_scipys(found: Interval | None, values: list[float], reference: list[float]) -> None:
    """Compare with the interval of SciPy's paired t-test."""
    expected = stats.ttest_rel(values, reference).confidence_interval()
    assert found is not None
    assert found["ci95"] is not None
    assert found["n"] == len(values)
    assert found["mean"] - found["ci95"] == pytest.approx(expected.low, abs=1e-12)
    assert found["mean"] + found["ci95"] == pytest.approx(expected.high, abs=1e-12)


def test_epochs_are_compared_over_seeds_with_which_both_reach_the_target() -> None:
    ours, theirs = [0.5, None, 0.4, 0.6, 0.3], [0.6, 0.5, 0.6, None, 0.5]
    found = compare_epochs(ours, theirs)
    values, reference = [0.5, 0.4, 0.3], [0.6, 0.6, 0.5]
    assert_is_scipys(found["difference"], values, reference)
    logs = stats.ttest_rel(np.log(values), np.log(reference)).confidence_interval()
    ratio = found["ratio"]
    assert ratio is not None
    assert ratio["value"] == pytest.approx(stats.gmean(np.divide(values, reference)))
    assert (ratio["low"], ratio["high"]) == pytest.approx((np.exp(logs.low), np.exp(logs.high)))
    assert ratio["n"] == 3


def test_epochs_that_are_never_reached_together_have_no_comparison() -> None:
    assert compare_epochs([0.5, None], [None, 0.4]) == {"difference": None, "ratio": None}


def test_epochs_to_the_target_are_averaged_and_the_others_counted() -> None:
    found = summarize_epochs([0.25, None, 0.75])
    assert found["never"] == 1
    assert found["reached"] is not None
    assert (found["reached"]["mean"], found["reached"]["n"]) == (0.5, 2)
    assert summarize_epochs([None, None]) == {"reached": None, "never": 2}


def curve(losses: list[list[float]]) -> pd.DataFrame:
    """Make a curve of two points an epoch; the losses are by seed, then by point."""
    return pd.DataFrame(
        [
            {"seed": seed, "epoch": (point + 1) / 2, "training_loss": loss, "test_accuracy": loss}
            for seed, row in enumerate(losses)
            for point, loss in enumerate(row)
        ]
    )


def test_training_losses_are_compared_by_epoch_and_paired_by_seed() -> None:
    ours = curve([[0.9, 0.7, 0.5, 0.3, 1.0, 1.0], [1.0, 0.8, 0.6, 0.4, 0.0, 0.0]])
    theirs = curve([[1.9, 1.8, 0.1, 0.1, 0.5, 0.5], [2.0, 1.8, 0.2, 0.2, 0.6, 0.6]])
    found = compare_training_losses(ours, theirs.sample(frac=1, random_state=0))
    means = ([0.8, 0.9], [1.85, 1.9]), ([0.4, 0.5], [0.1, 0.2])
    assert_is_scipys(found["differences"][0], *means[0])
    assert found["differences"][1]["mean"] == pytest.approx(0.3)
    assert (len(found["differences"]), found["lower"], found["higher"]) == (3, 1, 1)


def test_losses_of_a_single_seed_show_no_direction() -> None:
    found = compare_training_losses(curve([[0.1, 0.1]]), curve([[0.9, 0.9]]))
    assert (found["lower"], found["higher"], found["differences"][0]["ci95"]) == (0, 0, None)


def test_end_is_the_mean_over_seeds_at_the_last_epoch() -> None:
    found = summarize_end(curve([[0.9, 0.2], [0.8, 0.4]]))
    assert found.keys() == {"training_loss", "test_accuracy"}
    assert found["training_loss"]["mean"] == pytest.approx(0.3)
    assert found["training_loss"]["n"] == 2


def test_comparison_on_images_is_paired_by_image() -> None:
    random = np.random.default_rng(0)
    ours, theirs = random.random((2, 200)) < np.array([[0.9], [0.7]])
    found = compare_on_images(ours, theirs)
    assert_is_scipys(
        found["difference"], ours.astype(float).tolist(), theirs.astype(float).tolist()
    )
    only_ours, only_theirs = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    assert (found["only_first"], found["only_second"]) == (only_theirs, only_ours)
    expected = stats.binomtest(only_ours, only_ours + only_theirs).pvalue
    assert found["p_value"] == pytest.approx(expected)


def test_predictions_are_compared_for_each_seed() -> None:
    def arrays(*correct: list[bool]) -> dict[str, np.ndarray]:
        return {"seeds": np.array([3, 5]), "correct": np.array(correct)}

    first, second = compare_predictions(
        arrays([True] * 8, [True] * 4 + [False] * 4), arrays([False] * 8, [True] * 8)
    )
    assert (first["seed"], first["only_first"], first["only_second"]) == (3, 0, 8)
    assert (second["seed"], second["only_first"], second["only_second"]) == (5, 4, 0)


def test_significant_comparisons_are_counted_by_direction() -> None:
    def comparison(only_first: int, only_second: int) -> ImageComparison:
        correct = np.arange(40) < 20
        reference = correct.copy()
        reference[:only_second], reference[20 : 20 + only_first] = False, True
        return compare_on_images(correct, reference)

    found = count_significant(
        [comparison(0, 8), comparison(9, 0), comparison(12, 1), comparison(5, 4)]
    )
    assert found == {"better": 1, "worse": 2, "n": 4}
