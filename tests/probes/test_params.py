"""The section of the classifiers."""

from pathlib import Path
from typing import Any

import pytest

from foolproof.core.params import ParamsError, validate
from foolproof.params.logistic_regression import LogisticRegression
from tests.probes.test_logistic_regression import SETTINGS


@pytest.mark.parametrize(
    ("key", "value", "expectation"),
    [
        ("folds", 1, "folds: input should be greater than or equal to 2, found 1"),
        ("C_values", [], "C_values: list should have at least 1 item"),
        ("C_values", [1, -1], "C_values.1: input should be greater than 0, found -1"),
        ("C_values", [1.0, 1.0], "C_values: value error, a value is there twice"),
        ("neighbours", [0], "neighbours.0: input should be greater than 0, found 0"),
        ("max_iter", 0, "max_iter: input should be greater than 0, found 0"),
    ],
)
def test_invalid_values_are_rejected_with_their_key(key: str, value: Any, expectation: str) -> None:
    with pytest.raises(ParamsError) as error:
        validate(LogisticRegression, {**SETTINGS, key: value}, path=Path("params.yaml"))
    assert str(error.value).startswith(f"params.yaml: {expectation}")
