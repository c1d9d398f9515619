"""Question P2 of HUJI 67103."""

from typing import Any

import pytest

from foolproof.answers.document import Table
from foolproof.answers.huji67103.priors import (
    ablation_table,
    band_verdict,
    classes_table,
    prior_answer,
    prior_method,
    prior_tests,
    prior_transfer,
    prior_verdict,
    source_of,
    spectra_text,
    transfer_results,
    transfer_verdict,
)
from tests.answers.compiled import project_params
from tests.answers.huji67103.records import ablated, neurons
from tests.answers.recorded import interval

SETTINGS = project_params()["feature_visualization"]


def transfer(found: dict[str, Any]) -> str:
    return " ".join(transfer_results(found, SETTINGS))


def test_answer_begins_with_the_exponents() -> None:
    answer = prior_answer(neurons(), SETTINGS)
    assert answer.answer.startswith(
        "The spectral exponent is −0.13 ± 0.05 (n = 20) without and −0.90 ± 0.05 (n = 10) with the "
        "prior; photos have −1.05 ± 0.05 (n = 20). On the same 10 classes, the prior brings it "
        "closer to that of photos by 0.77 ± 0.05."
    )
    assert answer.glance.startswith("On 10 classes, the prior brings the spectral exponent closer")


@pytest.mark.parametrize(
    ("mean", "ci95", "expected"),
    [
        (0.77, 0.05, "the prior brings it closer to that of photos by 0.77 ± 0.05."),
        (-0.2, 0.05, "the prior brings it farther from that of photos by 0.20 ± 0.05."),
        (0.02, 0.05, "it not significantly closer to that of photos (0.02 ± 0.05)."),
        (0.77, None, "it closer to that of photos by 0.77, without an interval."),
        (-0.2, None, "it farther from that of photos by 0.20, without an interval."),
    ],
)
def test_effect_on_the_exponent_follows_its_interval(
    mean: float, ci95: float | None, expected: str
) -> None:
    found = neurons()
    found["closer_to_photos_by"]["prior"] = interval(mean, ci95, 10)
    assert prior_verdict(found).endswith(expected)


@pytest.mark.parametrize(
    ("mean", "ci95", "expected"),
    [
        (0.4, 0.2, "It raises the top-5 transfer to a second network (+40 ± 20 points, n = 10"),
        (-0.4, 0.2, "It lowers the top-5 transfer to a second network (−40 ± 20 points, n = 10"),
        (0.1, 0.2, "It does not change the top-5 transfer to a second network significantly (+10"),
        (0.0, 0.0, "It does not change the top-5 transfer to a second network significantly (0"),
        (0.4, None, "One class gives no interval of its effect on the transfer (+40 points"),
    ],
)
def test_help_of_the_prior_follows_its_interval(
    mean: float, ci95: float | None, expected: str
) -> None:
    found = neurons()
    found["prior"]["difference"] = interval(mean, ci95, 10)
    assert prior_transfer(found).startswith(expected)


def test_unmeasured_transfer_of_the_prior_is_left_out() -> None:
    found = neurons() | {"prior": None}
    assert prior_transfer(found) == ""
    assert list(prior_tests(found)) == []
    assert prior_answer(found, SETTINGS).answer == prior_verdict(found)


@pytest.mark.parametrize(("classes", "chance"), [(1000, "0.5"), (10, "50.0")])
def test_rate_by_chance_follows_the_number_of_classes(classes: int, chance: str) -> None:
    (text,) = prior_tests(neurons() | {"transfer_network_classes": classes})
    assert text == (
        "On the same 10 classes it changes the top-5 transfer by +10 ± 23 points (McNemar's exact "
        f"test, _p_ = 1.0); the rate by chance is {chance}\u00a0%."
    )


def test_prior_is_about_the_frequencies_of_the_reduced_image() -> None:
    assert "frequencies of up to 14 cycles an image" in prior_method(SETTINGS)


def test_exponents_are_compared_on_both_sides_of_the_limit() -> None:
    band = neurons()["prior_band"]
    text = band_verdict(band)
    assert (
        "Fitted up to that limit, 0.063 cycles a pixel, it is −0.20 ± 0.05 without and −0.80 ± "
        "0.05 with the prior (photos: −1.20 ± 0.05), closer to that of photos by 0.50 ± 0.05."
    ) in text
    assert text.endswith("farther from that of photos by 0.20 ± 0.05.")
    band["inside"]["closer"], band["outside"]["closer"] = (
        band["outside"]["closer"],
        band["inside"]["closer"],
    )
    swapped = band_verdict(band)
    assert swapped.index("farther") < swapped.index("closer to that of photos by 0.50")


def test_a_band_without_an_exponent_is_left_out() -> None:
    band = neurons()["prior_band"]
    assert "above the limit" not in band_verdict(band | {"outside": None})
    assert "up to that limit" not in band_verdict(band | {"inside": None})


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (
            (0, 5, 6, 12),
            "The difference, +60 ± 24 points (n = 20, paired), is due to both: +28 ± 12 points for "
            "the parametrization at equal views, ",
        ),
        (
            (0, 12, 0, 12),
            "is due to the parametrization, +60 ± 24 points at equal views; an effect of the views "
            "is not significant",
        ),
        (
            (0, 0, 12, 12),
            "is due to the views, +60 ± 24 points at equal parametrization; an effect of the "
            "Fourier coefficients is not significant",
        ),
        ((0, 0, 0, 12), "is due to the two together: neither alone has a significant gain"),
        ((0, 12, 0, 6), "at equal views; the views lower it by 15 ± 11."),
        ((2, 2, 2, 2), "points (n = 20, paired), is not significant."),
        ((12, 6, 6, 0), "is a loss: −30 ± 12 points for the parametrization at equal views"),
    ],
)
def test_source_of_the_gain_is_named_as_it_was_found(
    counts: tuple[int, int, int, int], sentence: str
) -> None:
    assert sentence in source_of({**ablated(*counts)})


@pytest.mark.parametrize(
    ("source", "sentence"),
    [("unclear", "cannot be assigned to either"), ("unknown", "One class gives no interval.")],
)
def test_sources_that_cannot_be_decided(source: str, sentence: str) -> None:
    assert sentence in source_of({**ablated(0, 5, 6, 12), "source": source})


def test_order_of_the_methods_turns_a_gain_into_a_loss() -> None:
    gain, loss = source_of({**ablated(0, 5, 6, 12)}), source_of({**ablated(12, 6, 5, 0)})
    assert "is due to both" in gain
    assert "is a loss" in loss


def test_transfer_is_given_for_the_best_and_the_plain_method() -> None:
    text = transfer_verdict(neurons(), same=False)
    assert text.startswith(
        "Of 20 class-maximizing images, `squeezenet1_1`, for which they were not optimized, has "
        "the class in its top 5 for 12 of 20 (60\u00a0%, 95\u00a0% interval 39–78\u00a0%) with "
        "Fourier coefficients and random views and for 0 of 20 (0\u00a0%, 95\u00a0% interval "
        "0–16\u00a0%) with neither."
    )
    assert "here the same network" in transfer_verdict(neurons(), same=True)


def test_networks_without_common_classes_have_no_transfer_rate() -> None:
    found = neurons() | {"common_classes": 0, "ablation": None, "prior": None}
    nothing = dict.fromkeys(found["transfer_top5_by_method"])
    found |= dict.fromkeys(
        ("transfer_top5_by_method", "transfer_top1_by_method", "own_minus_transfer_top1"), nothing
    )
    assert "`squeezenet1_1` has none of the 20 classes" in transfer(found)
    assert "specific to their network" not in transfer(found)
    assert [row[2:4] for row in classes_table(found).rows] == [["–", "–"]] * 6
    few = found | {"common_classes": 3, "transfer_network_classes": 4}
    assert "has 4 classes only, each of which is in its top 5" in transfer(few)
    blocks = prior_answer(few, SETTINGS).evidence
    assert [each.label for each in blocks if isinstance(each, Table)] == ["tab-classes"]


def test_some_common_classes_are_named() -> None:
    found = neurons() | {"common_classes": 3}
    assert "Of 3 class-maximizing images whose class it has, `squeezenet1_1`" in transfer(found)
    assert "of the 3 whose class it has" in classes_table(found).caption


@pytest.mark.parametrize(
    ("mean", "ci95", "specific"),
    [(0.9, 0.1, True), (-0.9, 0.1, False), (0.05, 0.1, False), (0.9, None, False)],
)
def test_images_are_specific_where_their_network_alone_predicts_the_class(
    mean: float, ci95: float | None, specific: bool
) -> None:
    found = neurons()
    found["own_minus_transfer_top1"]["pixels"] = interval(mean, ci95, 20)
    assert ("such images are specific to their network" in transfer(found)) is specific


@pytest.mark.parametrize("sign", [1, -1])
def test_methods_with_a_spectrum_closer_to_photos_are_listed(sign: int) -> None:
    found = neurons()
    for closer in found["closer_to_photos_by"].values():
        closer["mean"] *= sign
    text = spectra_text(found)
    assert ("are: Fourier (0.77 ± 0.05), pixels, views (0.77 ± 0.05)" in text) is (sign > 0)
    assert ("no method is significantly closer" in text) is (sign < 0)


def test_ablation_lists_pairs_and_effects() -> None:
    rows = ablation_table(neurons()).rows
    assert len(rows) == 6 + 3
    assert rows[2][0] == "Fourier, views against pixels"
    assert rows[2][4] == "< 0.001"
    assert rows[-1][0] == "interaction"
