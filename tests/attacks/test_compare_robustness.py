"""Comparison of two networks by robust accuracy, paired by seed."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from foolproof.attacks.compare_robustness import compare, robustly_correct
from foolproof.attacks.robust_accuracy import robust_accuracy
from foolproof.classifiers.classifier import classifier


@given(st.integers(2, 6), st.integers(3, 40), st.integers(0, 1000))
def test_interval_is_that_of_scipys_paired_t_test(seeds: int, images: int, seed: int) -> None:
    a, b = np.random.default_rng(seed).random((2, seeds, images)) < 0.6
    found = compare(("plain", a), ("norm", b))
    assert found["accuracy_by_seed"] == {
        "plain": pytest.approx(a.mean(1)),
        "norm": pytest.approx(b.mean(1)),
    }
    assert found["accuracy"]["norm"]["mean"] == pytest.approx(b.mean())
    assert found["difference"]["mean"] == pytest.approx(b.mean() - a.mean())
    assert found["difference"]["n"] == seeds
    differences = b.mean(1) - a.mean(1)
    if np.ptp(differences) > 1e-9:
        low, high = stats.ttest_rel(b.mean(1), a.mean(1)).confidence_interval()
        assert found["difference"]["ci95"] == pytest.approx((high - low) / 2)


def test_mcnemar_compares_the_networks_of_each_seed() -> None:
    first = np.array([[True] * 6 + [False] * 2, [True] * 8])
    second = np.array([[False] * 6 + [True] * 2, [True] * 8])
    tests = compare(("a", first), ("b", second))["mcnemar"]
    assert [(each["only_first"], each["only_second"]) for each in tests] == [(6, 2), (0, 0)]
    # Two-sided: 2 (1 + 8 + 28) / 2^8.
    assert [each["p_value"] for each in tests] == pytest.approx([74 / 256, 1])


def test_equal_differences_have_an_interval_of_exactly_zero() -> None:
    first = np.array([[True, False, False], [True, True, False], [True, False, True]])
    second = np.zeros_like(first)
    second[0, 0] = second[1, 0] = second[1, 1] = second[2, 0] = second[2, 2] = True
    difference = compare(("a", first), ("b", second))["difference"]
    assert difference == {"mean": 0, "ci95": 0, "n": 3}


def test_one_seed_has_no_interval() -> None:
    correct = np.ones((1, 4), bool)
    assert compare(("a", correct), ("b", correct))["difference"]["ci95"] is None


@pytest.mark.parametrize("shape", [(2, 4), (3, 5), (0, 4), (3, 0)])
def test_other_shapes_are_refused(shape: tuple[int, int]) -> None:
    other = np.ones((3, 4), bool) if min(shape) else np.ones(shape, bool)
    with pytest.raises(ValueError, match="expected equal shapes"):
        compare(("a", np.ones(shape, bool)), ("b", other))


def test_correct_images_are_those_of_the_accuracies_and_classify_so() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
    model = classifier(network, input_shape=(1, 4, 4))
    x, y = torch.rand(40, 1, 4, 4), torch.arange(40) % 3
    result = robust_accuracy(model, x, y, eps=[0.1, 0.01], steps=3)
    correct = robustly_correct(result)
    assert list(correct) == [0, 0.01, 0.1]
    np.testing.assert_array_equal(correct[0], (model(x).argmax(1) == y).numpy())
    assert [each.mean() for each in correct.values()] == pytest.approx(
        [result.clean_accuracy, *result.accuracy]
    )
    for images, each in zip(result.x_adv, list(correct.values())[1:], strict=True):
        np.testing.assert_array_equal(each, (model(images).argmax(1) == y).numpy())
