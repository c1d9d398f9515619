"""The section on robust accuracy, which three reports share."""

from collections.abc import Sequence
from typing import Any

import pytest

from foolproof.answers.document import Block, Bullets, Figure, Paragraph, Table
from foolproof.answers.robust_accuracy import halving_verdict, robust_accuracy
from tests.answers.robustness import robust, robust_group

NAMES = {
    "nobn": "without batch norm",
    "bn": "with batch norm",
    "robust": "with adversarial training",
}
SETTINGS = {"steps": 50, "targets": 9, "queries": 1000, "reach": 0.75}

Record = dict[str, Any]


@pytest.fixture
def record() -> Record:
    return robust_group(
        {
            "nobn": robust(4321, 0.987, ("0.1", 0.8), ("0.2", 0.123)),
            "bn": robust(4321, 0.987, ("0.1", 0.8), ("0.2", 0.123)),
            "robust": robust(4321, 0.985, ("0.1", 0.97), ("0.2", 0.94)),
            "not named": robust(4321, 0.5),
        }
    )


def blocks(record: Record, reach: float | None = 0.75) -> list[Block]:
    return robust_accuracy(record, NAMES, SETTINGS | {"reach": reach}, "plots/a.png", str)


def words(found: Sequence[Block]) -> str:
    texts = [each.text for each in found if isinstance(each, Paragraph)]
    items = [item for each in found if isinstance(each, Bullets) for item in each.items]
    return " ".join([*texts, *items]).replace("\u00a0", " ")


def tables(found: Sequence[Block]) -> list[list[list[str]]]:
    return [
        [[cell.replace("\u00a0", " ") for cell in row] for row in each.rows]
        for each in found
        if isinstance(each, Table)
    ]


def test_accuracies_are_those_of_the_record_with_intervals(record: Record) -> None:
    found = blocks(record)
    accuracies, differences = tables(found)
    assert accuracies[0] == [
        "without batch norm",
        "98.7 (97.7–99.7)",
        "80.0 (79.0–81.0)",
        "12.3 (11.3–13.3)",
    ]
    assert [row[0] for row in differences] == ["ε = 0", "ε = 0.1", "ε = 0.2"]
    (table,) = [each for each in found if getattr(each, "label", "") == "tab-robust-difference"]
    assert isinstance(table, Table)
    assert table.header[1:] == [
        "with batch norm against without batch norm",
        "with adversarial training against without batch norm",
        "with adversarial training against with batch norm",
    ]
    assert "the share of 4,321 test images whose class" in words(found)
    assert [each.path for each in found if isinstance(each, Figure)] == ["plots/a.png"]


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [(0.48, "ε = 0.1"), (0.495, "ε = 0.2"), (0.505, "ε = 0.2"), (0.52, "ε = 0.2")],
)
def test_most_images_are_misclassified_only_where_the_interval_says_so(
    record: Record, accuracy: float, expected: str
) -> None:
    record["networks"]["bn"] = robust(4321, 0.987, ("0.2", 0.2), ("0.1", accuracy))
    assert halving_verdict(record, NAMES, str) == (
        "The smallest ε at which most images are misclassified: ε = 0.2 without batch norm; "
        f"{expected} with batch norm; none with adversarial training."
    )


@pytest.mark.parametrize(
    ("difference", "word"),
    [(0.05, "higher"), (-0.05, "lower"), (0.01, "not significantly different")],
)
def test_networks_are_compared_by_the_interval_of_the_paired_difference(
    record: Record, difference: float, word: str
) -> None:
    record = robust_group(record["networks"], bn=difference)
    sentence = f"with batch norm against without batch norm: {word} at ε = 0, ε = 0.1 and ε = 0.2."
    assert sentence in words(blocks(record))


def test_each_epsilon_is_on_its_own_side(record: Record) -> None:
    by_epsilon = record["comparisons"][0]["by_epsilon"]
    by_epsilon["0.1"] |= {"value": 0.05, "low": 0.03, "high": 0.07}
    by_epsilon["0.2"] |= {"value": -0.05, "low": -0.07, "high": -0.03}
    found = blocks(record)
    assert "higher at ε = 0.1; lower at ε = 0.2; not significantly different at ε = 0." in words(
        found
    )
    assert [row[1] for row in tables(found)[1]] == [
        "0.0 (−2.0 to 2.0)",
        "+5.0 (3.0 to 7.0)",
        "−5.0 (−7.0 to −3.0)",
    ]


def test_findings_are_reasons_to_doubt(record: Record) -> None:
    assert "No sign of gradient masking was found" in words(blocks(record))
    record["networks"]["bn"]["findings"] = ["a first sign", "a second sign"]
    text = words(blocks(record))
    assert "Reasons to doubt these numbers: with batch norm: a first sign with batch norm" in text
    assert "No sign of gradient masking" not in text


def test_images_are_left_out_only_where_the_settings_say_so(record: Record) -> None:
    assert "more than 0.75 times the margin gained is missing" in words(blocks(record))
    assert "skipped likewise, by a factor of 1." in words(blocks(record))
    assert "skipped likewise" not in words(blocks(record, reach=None))
    assert "random search with 1,000 queries" in words(blocks(record))
