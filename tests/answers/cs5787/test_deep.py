"""CS5787, problem 3.3: sentences on the deep network."""

from typing import Any

import pytest

from foolproof.answers.cs5787.deep import (
    Ingredient,
    blocks_table,
    deep_answer,
    ingredients,
    ingredients_blocks,
    recipe_of,
)
from foolproof.answers.document import Answer, Paragraph
from foolproof.compute.intervals import Interval
from foolproof.core.files import read_csv
from tests.answers.compiled import project_params
from tests.answers.cs5787.records import cifar10, on_images, training, trainings
from tests.answers.cs5787.texts import text_of_answer
from tests.answers.recorded import interval
from tests.repository import ROOT

CONFIG = project_params()["train"]["deep"]


def answered(
    gain: Interval | None = None, views: Interval | None = None, **results: dict[str, Any]
) -> Answer:
    """Answer with other differences and other results by network."""
    found, given = cifar10(), trainings()
    if gain:
        found["deep_comparison"] = on_images(gain, 0.01)
    if views:
        found["deep_views"]["first_seed_comparison"] = on_images(views, 0.01)
    changed = given._replace(results={**given.results, **results})
    return deep_answer(changed, found["deep_comparison"], found["deep_views"], CONFIG, [])


def test_accuracies_begin_the_answer() -> None:
    answer = answered()
    assert answer.answer.startswith("9,056 of 10,000 (90.6\u00a0%, 95\u00a0% interval 90.0–91.1")
    assert (
        "9,101 of 10,000 (91.0\u00a0%, 95\u00a0% interval 90.4–91.6\u00a0%) by the mean over"
        in (answer.answer)
    )
    text = text_of_answer(answer)
    assert "Muon (Jordan et al. 2024), momentum 0.8, for the filters" in text
    assert "mirrored in every other epoch (at random in the first)" in text
    assert "7 convolutions and 1,972,792 parameters" in text


def test_several_seeds_give_a_mean() -> None:
    assert answered(deep=training(0.93)).answer.startswith("93.00 ± 0.30\u00a0% (n = 3 seeds)")


@pytest.mark.parametrize(
    ("mean", "deep", "views"),
    [
        (0.1, "It is more accurate than the sheet's network", "This gains accuracy"),
        (-0.1, "It is less accurate than the sheet's network", "This costs accuracy"),
        (0.001, "Its accuracy does not differ significantly from", "no significant effect"),
        (-0.001, "Its accuracy does not differ significantly from", "no significant effect"),
    ],
)
def test_verdicts_follow_the_interval_over_the_images(mean: float, deep: str, views: str) -> None:
    difference = interval(mean, 0.01, 10000)
    answer = answered(gain=difference, views=difference)
    assert deep in answer.answer
    assert views in text_of_answer(answer)


def test_one_image_gives_no_interval() -> None:
    answer = answered(gain=interval(1, None, 1), views=interval(1, None, 1))
    assert "A single test image gives no interval of the difference" in answer.answer
    assert "A single test image gives no interval of its effect" in text_of_answer(answer)


def test_blocks_have_all_parameters_and_begin_with_weights() -> None:
    table = blocks_table(trainings().layers["cifar10_deep"])
    assert sum(int(row[4].replace(",", "")) for row in table.rows) == 1972792
    assert [row[0] for row in table.rows][:2] == ["`conv1`", "`conv2`"]
    assert table.rows[1][1] == "convolution, max-pooling, batch norm, GELU"
    assert table.rows[-1][1] == "fully connected"


def rows(*accuracies: tuple[dict[str, Any], str, str]) -> list[dict[str, str]]:
    """Give rows of the benchmark: changes of the recipe, seed and accuracy."""
    return [
        {key: str(value) for key, value in {**recipe_of(CONFIG), **change}.items()}
        | {"seed": seed, "accuracy": accuracy}
        for change, seed, accuracy in accuracies
    ]


def test_ingredients_are_paired_by_seed() -> None:
    found = ingredients(
        rows(
            ({}, "0", "0.90"),
            ({}, "1", "0.88"),
            ({}, "2", "nan"),
            ({"mirror": "none"}, "1", "0.86"),
            ({"mirror": "none"}, "0", "0.87"),
            ({"mirror": "none"}, "2", "0.50"),
            ({"mirror": "none", "epochs": 16}, "0", "0.99"),
            ({"shift": 0}, "3", "0.80"),
        ),
        CONFIG,
    )
    assert list(found) == ["not mirrored"]
    assert found["not mirrored"].difference["mean"] == pytest.approx(-0.025)
    assert found["not mirrored"].accuracy["n"] == 2


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (interval(-0.02, 0.01, 3), "is significantly lower in 1 of 1 rows: not mirrored."),
        (interval(0.02, 0.01, 3), "None of the 1 rows is significantly lower"),
        (interval(-0.02, 0.03, 3), "None of the 1 rows is significantly lower"),
        (interval(-0.02, None, 1), "None of the 1 rows is significantly lower"),
    ],
)
def test_ingredients_matter_where_the_interval_is_below_zero(
    difference: Interval, sentence: str
) -> None:
    blocks = ingredients_blocks({"not mirrored": Ingredient(interval(0.88, 0.01, 3), difference)})
    assert isinstance(blocks[0], Paragraph)
    assert sentence in blocks[0].text


def test_unmeasured_ingredients_are_admitted() -> None:
    (only,) = ingredients_blocks({})
    assert isinstance(only, Paragraph)
    assert "was not measured" in only.text


def test_committed_benchmark_has_the_recipe_of_the_project() -> None:
    found = ingredients(read_csv(ROOT / "benchmarks/recipes/deep.csv"), CONFIG)
    assert {"not mirrored", "ReLU for GELU", "PyTorch's Muon"} <= found.keys()
