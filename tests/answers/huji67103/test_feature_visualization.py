"""Question P1 of HUJI 67103."""

from typing import Any

import pytest

from foolproof.answers.huji67103.feature_visualization import (
    units_answer,
    units_results,
    units_settings,
    units_table,
    units_verdict,
)
from foolproof.compute.intervals import rate_with_interval
from tests.answers.compiled import project_params
from tests.answers.huji67103.records import neurons
from tests.answers.recorded import interval


def settings(**changes: Any) -> dict[str, Any]:
    section: dict[str, Any] = project_params()["feature_visualization"]
    return section | changes


def results(found: dict[str, Any]) -> str:
    return " ".join(units_results(found))


def test_answer_gives_the_units_above_the_photos_in_all_and_by_method() -> None:
    found = neurons()
    found["units"][0]["activations"]["l2"] = 1.25
    answer = units_answer(found, settings()).answer
    assert answer.startswith("For 2 of 2 (100\u00a0%, 95\u00a0% interval 34–100\u00a0%) units, ")
    assert "each of the 5 optimized images activates the unit more than any of the 20 photos." in (
        answer
    )
    assert (
        "By method: no regularizer 2, L2 1, total variation 2, all regularizers 2 and Fourier, "
        "views 2 of 2 units."
    ) in answer


@pytest.mark.parametrize("successes", [0, 1, 2])
def test_verdict_counts_the_units(successes: int) -> None:
    found = neurons() | {"units_above_photos": rate_with_interval(successes, 2)}
    assert f"For {successes} of 2 (" in units_verdict(found)


def test_one_photo_is_the_one() -> None:
    assert units_verdict(neurons() | {"photos": 1}).endswith("more than the one photo.")


@pytest.mark.parametrize(
    ("activation", "failed"), [(0.0, True), (-1.0, True), (0.1, False), (9.0, False)]
)
def test_units_that_are_not_activated_are_named(activation: float, failed: bool) -> None:
    found = neurons()
    found["units"][1]["activations"]["all"] = activation
    named = "final activation of at most zero: `features.9:7` (all regularizers)." in results(found)
    assert named is failed


@pytest.mark.parametrize(
    ("mean", "ci95", "expected"),
    [
        (0.3, 0.05, "(n = 2; @tab-units), are: L2 (0.30 ± 0.05), total variation"),
        (0.02, 0.05, "(n = 2; @tab-units), are: total variation"),
        (-0.3, 0.05, "(n = 2; @tab-units), are: total variation"),
        (0.3, None, "(n = 2; @tab-units), are: total variation"),
    ],
)
def test_closer_regularizers_have_an_interval_above_zero(
    mean: float, ci95: float | None, expected: str
) -> None:
    found = neurons()
    found["units_closer_to_photos_by"]["l2"] |= {"mean": mean, "ci95": ci95}
    assert expected in results(found)


@pytest.mark.parametrize("sign", [1, -1])
def test_sign_of_the_gain_decides_whether_a_regularizer_is_closer(sign: int) -> None:
    found = neurons()
    for closer in found["units_closer_to_photos_by"].values():
        closer["mean"] *= sign
    none = "No regularizer brings the spectral exponent significantly closer" in results(found)
    assert none is (sign < 0)


def test_one_closer_regularizer_is_singular() -> None:
    found = neurons()
    for method, closer in found["units_closer_to_photos_by"].items():
        closer["mean"] = 0.3 if method == "l2" else -0.3
    assert "@tab-units), is: L2 (0.30 ± 0.05)." in results(found)


def test_highest_activation_is_counted() -> None:
    found = neurons()
    assert "highest without a regularizer for 0 of 2 (0" in results(found)
    found["units_highest_without_regularizer"] = rate_with_interval(2, 2)
    assert "highest without a regularizer for 2 of 2 (100" in results(found)


@pytest.mark.parametrize(("mean", "share"), [(0.98, "98 ± 3"), (0.5, "50 ± 3")])
def test_share_of_the_desired_activation_is_given(mean: float, share: str) -> None:
    found = neurons() | {"desired_reached": interval(mean, 0.03, n=2)}
    assert units_answer(found, settings(desired=2.5)).answer.endswith(
        "With a desired activation, 2.5 times the maximum over the photos, they reach "
        f"{share}\u00a0% of it (mean over 2 units; it is more than maximization with L2 reaches "
        "for 1)."
    )
    found["units"][1]["desired"] = 4.5
    assert units_answer(found, settings()).answer.endswith("(mean over 2 units).")


def test_photos_without_any_activation_leave_nothing_to_reach() -> None:
    answer = units_answer(neurons() | {"desired_reached": None}, settings()).answer
    assert answer.endswith("No unit has a desired activation other than 0.")


def test_units_of_the_params_are_named() -> None:
    assert "two channels of an early, a middle and a late" in units_settings(neurons(), settings())
    named = units_settings(neurons(), settings(units=["zebra"]))
    assert "@fig-units has the units of `feature_visualization.units`." in named


def test_table_has_a_dash_without_a_comparison() -> None:
    rows = units_table(neurons()).rows
    assert rows[0][1:] == ["2 of 2"] * 5
    assert rows[2][1:3] == ["–", "0.30 ± 0.05"]


@pytest.mark.parametrize(("photos", "written"), [(20, "20 photos"), (1, "one photo")])
def test_glance_counts_the_units(photos: int, written: str) -> None:
    glance = units_answer(neurons() | {"photos": photos}, settings()).glance
    assert glance.startswith("All optimized images activate 2 of 2 (100")
    assert glance.endswith(f" units more than {written}.")
