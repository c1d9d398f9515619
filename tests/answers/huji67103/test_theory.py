"""The theoretical questions of HUJI 67103."""

import pytest

from foolproof.answers.huji67103.complexity import complexity_answer, exact_text, experiment_text
from foolproof.answers.huji67103.receptive_fields import (
    costs_answer,
    factored_text,
    fields_answer,
    layers_text,
    many_layers_text,
    strides_answer,
    sum_text,
    two_layers_text,
)
from foolproof.answers.huji67103.shallow_as_deep import (
    deep_answer,
    deep_verdict,
    sizes_table,
    verification_text,
)
from tests.answers.huji67103.records import deep, fields, xor
from tests.answers.recorded import interval

# ---- Receptive fields ------------------------------------------------------------------------


def test_fields_are_those_of_the_chains() -> None:
    answer = fields_answer(fields()).answer
    assert answer == (
        "(i) 7\u00a0×\u00a07, (ii) 7\u00a0×\u00a07, (iii) 7\u00a0×\u00a07 and (iv) "
        "9\u00a0×\u00a09 pixels."
    )


def test_sum_has_the_product_of_the_strides_before_each_layer() -> None:
    layers = [
        {"kernel": 5, "stride": 2},
        {"kernel": 3, "stride": 3},
        {"kernel": 7, "stride": 1},
    ]
    assert sum_text(layers) == "1 + (5 − 1) · 1 + (3 − 1) · 2 + (7 − 1) · 6"
    assert layers_text(layers) == (
        "5\u00a0×\u00a05 with stride\u00a02, 3\u00a0×\u00a03 with stride\u00a03, 7\u00a0×\u00a07"
    )


def test_costs_are_those_of_the_chains() -> None:
    answer = costs_answer(fields())
    assert answer.answer.startswith(
        "(i): 49 weights and 49 multiplications; (iii): 34 weights and 34 multiplications"
    )


@pytest.mark.parametrize(("side", "word"), [(7, "the same"), (9, "another")])
def test_factored_chain_is_compared(side: int, word: str) -> None:
    chains = fields()["chains"]
    chains["iii"]["receptive_field"] = side
    text = factored_text(chains["i"], chains["iii"])
    assert f"has {word} receptive field with 69\u00a0% of the weights" in text
    assert "at most 33 degrees of freedom" in text


def test_growth_is_given_for_two_and_for_many_layers() -> None:
    found = fields()
    assert two_layers_text(found["two_layers"]) == (
        "So 5\u00a0×\u00a05 with a stride of 1, 2 and 3, then 3\u00a0×\u00a03, gives 7, 9 and 11 "
        "pixels."
    )
    assert many_layers_text(found["many_layers"]) == (
        "With 3 layers the sides are 7 (_s_ = 1), 15 (_s_ = 2) and 1,027 (_s_ = 3) pixels "
        "(@fig-strides)."
    )
    assert strides_answer(found).answer.startswith("Linearly in the stride of one layer")


# ---- A shallow network as a deep one ---------------------------------------------------------


def test_construction_is_verified_on_all_networks() -> None:
    assert deep_verdict(deep()).endswith("This is verified on all 20 random networks.")
    assert deep_answer(deep()).answer == deep_verdict(deep())


def test_contradictions_are_reported() -> None:
    found = deep()
    found["sizes"][0]["deep_neurons"] += 1
    assert "0 of 20 random networks differ, and one size of network has another" in (
        deep_verdict(found)
    )
    assert "3 of 20 random networks differ, and 0 sizes of network have" in (
        deep_verdict(deep() | {"wrong_networks": 3})
    )


@pytest.mark.parametrize(("wrong", "word"), [(0, "none"), (3, "3")])
def test_networks_beyond_the_tolerance_are_counted(wrong: int, word: str) -> None:
    text = verification_text(deep() | {"wrong_networks": wrong})
    assert f"$1.2 dot 10^(-16)$; {word} of the networks exceeds $1 dot 10^(-12)$" in text


@pytest.mark.parametrize(
    ("mean", "ci95", "sentence"),
    [
        (0.56, 0.05, "So the assumption matters: every interval is above zero."),
        (0.02, 0.05, "The interval is above zero for 1 of 2 sizes: only there"),
        (0.56, None, "The interval is above zero for 1 of 2 sizes: only there"),
    ],
)
def test_assumption_matters_where_a_single_sum_is_wrong(
    mean: float, ci95: float | None, sentence: str
) -> None:
    found = deep()
    found["sizes"][0]["one_sum_wrong_share"] = interval(mean, ci95, 10)
    assert sentence in verification_text(found)


def test_range_of_one_number_is_written_once() -> None:
    found = deep()
    assert "wrong at 56\u00a0% to 71\u00a0% of the inputs" in verification_text(found)
    found["sizes"] = found["sizes"][:1]
    assert "wrong at 56\u00a0% of the inputs" in verification_text(found)


def test_table_names_the_threshold() -> None:
    table = sizes_table(deep())
    assert "a difference above $1 dot 10^(-12)$" in table.caption
    assert table.rows[0] == ["4", "1", "20", "$1.2 dot 10^(-16)$", "56.0 ± 5.0\u00a0%", "0"]


# ---- Complexity ------------------------------------------------------------------------------


def test_failed_starts_are_counted_with_their_gradients() -> None:
    text = experiment_text(xor())
    assert "13 of 50 random starts of that network fail" in text
    assert "while 35 of 50 (70\u00a0%, 95\u00a0% interval 56–81\u00a0%) succeed" in text
    assert "is at most $9.3 dot 10^(-4)$." in text


def test_without_collapsed_starts_there_is_no_experiment() -> None:
    found = xor()
    found["failures"] = dict.fromkeys(found["failures"], 0)
    assert experiment_text(found) == ""
    assert complexity_answer(found).answer.startswith("No.")


def test_exact_example_has_the_loss_of_guessing() -> None:
    assert "a loss of $ln 2 approx 0.693$" in exact_text(xor())
