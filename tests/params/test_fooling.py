"""The sections of the attacks within an L-infinity ball."""

from pathlib import Path
from typing import Any

import pytest

from foolproof.params.base import ParamsError, validate
from foolproof.params.fooling import AttackLinf, Robustness

ATTACK: dict[str, Any] = {
    "seed": 0,
    "objective": "cross_entropy",
    "step": "sign",
    "step_size": 0.1,
    "steps": 40,
    "epsilon": 2,
    "examples": [{"photo": "peppers.png", "target": "space shuttle"}],
    "pairs": 100,
    "epsilons": [0.25, 8],
    "success_epsilon": 4,
    "confidence": 0.95,
}
VIEWS: dict[str, Any] = {
    "mirror": 0.5,
    "crop": 0.75,
    "rotation": 35,
    "grey": 1,
    "blur": 0,
    "noise": 0.02,
}
STRENGTHS: dict[str, Any] = {
    "rotation": [0, 45],
    "crop": [1, 0.5],
    "jpeg": [95, 10],
    "blur": [0, 3],
    "noise": [0, 0.2],
}
ROBUSTNESS: dict[str, Any] = {
    "seed": 0,
    "epsilon": 8,
    "step_size": 0.1,
    "steps": 150,
    "samples": 4,
    "views": VIEWS,
    "crop": 0.8,
    "rotation": 30,
    "strengths": STRENGTHS,
}
PATH = Path("params.yaml")


def test_good_values_are_taken() -> None:
    assert validate(AttackLinf, ATTACK, path=PATH).examples[0].target == "space shuttle"
    assert validate(Robustness, ROBUSTNESS, path=PATH).strengths.jpeg == [95, 10]


@pytest.mark.parametrize(
    ("key", "value", "expectation"),
    [
        ("seed", -1, "seed: input should be greater than or equal to 0, found -1"),
        ("objective", "logit", "objective: input should be 'probability', 'log_probability' or "),
        ("step", "adam", "step: input should be 'sign' or 'gradient', found 'adam'"),
        ("step_size", 0, "step_size: input should be greater than 0, found 0"),
        ("steps", 1.5, "steps: input should be a valid integer, found 1.5"),
        ("epsilon", float("inf"), "epsilon: input should be a finite number, found inf"),
        ("examples", [], "examples: list should have at least 1 item"),
        ("examples", [{"photo": "cat.jpg"}], "examples.0.target: this key is missing"),
        ("examples", [{"photo": 3, "target": "cat"}], "examples.0.photo: input should be a valid "),
        ("pairs", 0, "pairs: input should be greater than 0, found 0"),
        ("epsilons", [], "epsilons: list should have at least 1 item"),
        ("epsilons", [1, -2], "epsilons.1: input should be greater than 0, found -2"),
        ("epsilons", [1, 1.0], "epsilons: value error, a value is there twice"),
        ("success_epsilon", True, "success_epsilon: value error, a number is expected, found True"),
        ("confidence", 1, "confidence: input should be less than 1, found 1"),
        ("budget", 1, "budget: unknown key"),
    ],
)
def test_a_bad_value_of_the_attack_is_a_sentence_with_its_key(
    key: str, value: Any, expectation: str
) -> None:
    with pytest.raises(ParamsError) as error:
        validate(AttackLinf, {**ATTACK, key: value}, path=PATH)
    assert str(error.value).startswith(f"params.yaml: {expectation}")


@pytest.mark.parametrize(
    ("key", "value", "expectation"),
    [
        ("samples", 0, "samples: input should be greater than 0, found 0"),
        ("crop", 0, "crop: input should be greater than 0, found 0"),
        ("rotation", 181, "rotation: input should be less than or equal to 180, found 181"),
        ("views", {**VIEWS, "mirror": 2}, "views.mirror: input should be less than or equal to 1"),
        ("views", {**VIEWS, "blur": -1}, "views.blur: input should be greater than or equal to 0"),
        ("views", {**VIEWS, "zoom": 2}, "views.zoom: unknown key"),
        ("strengths", {**STRENGTHS, "jpeg": [0]}, "strengths.jpeg.0: input should be greater than"),
        ("strengths", {**STRENGTHS, "jpeg": [9.5]}, "strengths.jpeg.0: input should be a valid in"),
        ("strengths", {**STRENGTHS, "crop": [1.1]}, "strengths.crop.0: input should be less than "),
        (
            "strengths",
            {**STRENGTHS, "blur": []},
            "strengths.blur: list should have at least 1 item",
        ),
        ("strengths", {**STRENGTHS, "noise": [0, 0]}, "strengths.noise: value error, a value is "),
        ("strengths", {"crop": [1]}, "strengths.rotation: this key is missing; strengths.jpeg: "),
    ],
)
def test_a_bad_value_of_the_manipulations_is_a_sentence_with_its_key(
    key: str, value: Any, expectation: str
) -> None:
    with pytest.raises(ParamsError) as error:
        validate(Robustness, {**ROBUSTNESS, key: value}, path=PATH)
    assert str(error.value).startswith(f"params.yaml: {expectation}")
