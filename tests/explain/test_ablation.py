"""Effects of two factors against rates and SciPy's tests, and the rule of the gain's source."""

from itertools import product
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from foolproof.compute.intervals import Interval
from foolproof.explain.ablation import (
    Effects,
    ablation,
    compare_transfer,
    factorial_effects,
    pairs_of_methods,
    source_of_gain,
)
from foolproof.explain.evaluation import Classification

METHODS = ("pixels", "fourier", "pixels_views", "fourier_views")

OUTCOMES = st.lists(st.tuples(*[st.booleans()] * 4), min_size=2, max_size=60)


def by_method(rows: list[tuple[bool, ...]]) -> dict[str, NDArray[np.bool_]]:
    return dict(zip(METHODS, np.array(rows, bool).T, strict=True))


def first_of(count: int, n: int = 40) -> NDArray[np.bool_]:
    return np.arange(n) < count


@given(OUTCOMES)
def test_effects_are_contrasts_of_the_rates(rows: list[tuple[bool, ...]]) -> None:
    success = by_method(rows)
    p, f, pv, fv = (success[key].mean() for key in METHODS)
    effects = factorial_effects(**success)
    expected = {
        "gain": fv - p,
        "parametrization": (f + fv) / 2 - (p + pv) / 2,
        "views": (pv + fv) / 2 - (p + f) / 2,
        "interaction": (fv - pv) - (f - p),
        "parametrization_alone": f - p,
        "views_alone": pv - p,
    }
    for key, value in expected.items():
        assert effects[key]["mean"] == pytest.approx(value)  # type: ignore[literal-required]
        assert effects[key]["n"] == len(rows)  # type: ignore[literal-required]


@given(OUTCOMES)
def test_main_effects_are_tested_as_by_scipys_paired_test(rows: list[tuple[bool, ...]]) -> None:
    """The interval excludes zero where the paired t test has p < 0.05."""
    success = by_method(rows)
    p, f, pv, fv = (success[key].astype(float) for key in METHODS)
    effect = factorial_effects(**success)["parametrization"]
    assert effect["ci95"] is not None
    if np.ptp(f + fv - p - pv) == 0:
        assert effect["ci95"] == 0
        return
    p_value = stats.ttest_rel(f + fv, p + pv).pvalue
    assert (abs(effect["mean"]) > effect["ci95"]) == (p_value < 0.05)


def test_pairs_hold_each_two_methods_once_with_mcnemars_test() -> None:
    success = {"a": first_of(0), "b": first_of(5), "c": first_of(6)}
    pairs = pairs_of_methods(success)
    assert [(pair["first"], pair["second"]) for pair in pairs] == [
        ("a", "b"),
        ("a", "c"),
        ("b", "c"),
    ]
    assert pairs[0]["difference"]["mean"] == 5 / 40
    assert pairs[0]["mcnemar"] == {"only_first": 0, "only_second": 5, "p_value": 2 / 2**5}


@pytest.mark.parametrize(
    ("counts", "source"),
    [
        ((0, 10, 10, 20), "both"),
        ((0, 20, 0, 20), "parametrization"),
        ((0, 0, 20, 20), "views"),
        ((0, 0, 0, 20), "interaction"),
        ((5, 5, 5, 5), "no gain"),
        ((0, 0, 0, 3), "no gain"),
        ((0, 0, 0, 6), "interaction"),
        ((20, 10, 10, 0), "loss"),
        ((20, 0, 0, 20), "no gain"),
        ((0, 20, 20, 20), "both"),
    ],
)
def test_source_of_gain_follows_the_counts_of_forty(counts: tuple[int, ...], source: str) -> None:
    success = dict(zip(METHODS, map(first_of, counts), strict=True))
    assert ablation(**success)["source"] == source


def effects_with(signs: dict[str, int]) -> Effects:
    """Make effects of these signs; 0 is an interval that includes zero."""
    names = Effects.__annotations__
    means = {name: Interval(mean=0.1 * signs.get(name, 0), ci95=0.05, n=40) for name in names}
    return cast("Effects", means)


def test_source_of_gain_covers_all_signs() -> None:
    """A main effect below zero or beside it never counts as a source."""
    names = ("parametrization", "views", "interaction", "parametrization_alone", "views_alone")
    for signs in product((-1, 0, 1), repeat=5):
        given_signs = dict(zip(names, signs, strict=True))
        source = source_of_gain(effects_with({"gain": 1, **given_signs}))
        if given_signs["interaction"] == 1 and max(signs[3:]) < 1:
            assert source == "interaction"
        else:
            assert (source in {"parametrization", "both"}) == (signs[0] == 1)
            assert (source in {"views", "both"}) == (signs[1] == 1)
        assert source_of_gain(effects_with({"gain": 0, **given_signs})) == "no gain"
        assert source_of_gain(effects_with({"gain": -1, **given_signs})) == "loss"


def test_one_class_has_no_source() -> None:
    one = np.ones(1, bool)
    assert ablation(pixels=~one, fourier=one, pixels_views=one, fourier_views=one)["source"] == (
        "unknown"
    )


def ranked(*ranks: int | None) -> list[Classification]:
    return [Classification(rank, None, "") for rank in ranks]


def test_transfer_is_compared_on_common_classes() -> None:
    others = {key: ranked(9, None, 3) for key in METHODS} | {"fourier_views": ranked(1, None, 5)}
    others["prior"] = ranked(2, None)
    own = {key: ranked(*[1] * len(found)) for key, found in others.items()}
    found = compare_transfer(own, others)
    rates = {
        key: rate and (rate["count"], rate["n"])
        for key, rate in found["transfer_top5_by_method"].items()
    }
    assert rates == dict.fromkeys(METHODS, (1, 2)) | {"fourier_views": (2, 2), "prior": (1, 1)}
    top1 = found["transfer_top1_by_method"]["fourier_views"]
    assert top1 is not None
    assert top1["count"] == 1
    specific = found["own_minus_transfer_top1"]
    assert {key: value and value["mean"] for key, value in specific.items()} == dict.fromkeys(
        METHODS, 1.0
    ) | {"fourier_views": 0.5, "prior": 1.0}
    assert found["ablation"] is not None
    assert found["ablation"]["top5"]["effects"]["gain"]["mean"] == 0.5
    assert found["prior"] is not None
    assert found["prior"]["difference"] == {"mean": 1.0, "ci95": None, "n": 1}


def test_transfer_without_common_classes_is_null() -> None:
    nothing = {key: ranked(None, None) for key in (*METHODS, "prior")}
    found = compare_transfer({key: ranked(1, 1) for key in nothing}, nothing)
    nulls = (found["ablation"], found["prior"], found["transfer_top5"])
    assert nulls == (None, None, None)
    assert set(found["transfer_top1_by_method"].values()) == {None}
    assert set(found["own_minus_transfer_top1"].values()) == {None}
