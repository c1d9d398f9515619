"""The sections of `attack_linf`, `attack_eot` and `robustness`."""

from pathlib import Path
from typing import Any

import pytest

from foolproof.core.params import ParamsError, Section, validate
from foolproof.params.attack_eot import AttackEot
from foolproof.params.attack_linf import AttackLinf
from foolproof.params.robustness import Robustness
from tests.params.photo_attacks import ATTACK, EOT, ROBUSTNESS

# Ends of ranges and lists of several values are valid too.
VIEWS: dict[str, Any] = {**EOT["views"], "grey": 1, "blur": 0}
STRENGTHS: dict[str, Any] = {**ROBUSTNESS["strengths"], "jpeg": [95, 10], "noise": [0, 0.2]}
PATH = Path("params.yaml")


def test_valid_sections_are_accepted() -> None:
    attack = validate(AttackLinf, {**ATTACK, "epsilons": [0.25, 8]}, path=PATH)
    assert attack.examples[0].target == "rocket"
    assert attack.epsilons == [0.25, 8]
    assert validate(AttackEot, {**EOT, "views": VIEWS}, path=PATH).views.grey == 1
    extremes = {**ROBUSTNESS, "strengths": STRENGTHS}
    assert validate(Robustness, extremes, path=PATH).strengths.jpeg == [95, 10]


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
def test_invalid_value_of_attack_linf_is_named_with_its_key(
    key: str, value: Any, expectation: str
) -> None:
    with pytest.raises(ParamsError) as error:
        validate(AttackLinf, {**ATTACK, key: value}, path=PATH)
    assert str(error.value).startswith(f"params.yaml: {expectation}")


@pytest.mark.parametrize(
    ("key", "value", "expectation"),
    [
        ("samples", 0, "samples: input should be greater than 0, found 0"),
        ("epsilon", 0, "epsilon: input should be greater than 0, found 0"),
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
def test_invalid_value_of_attack_eot_and_robustness_is_named_with_its_key(
    key: str, value: Any, expectation: str
) -> None:
    section: type[Section] = AttackEot if key in EOT else Robustness
    valid = EOT if key in EOT else ROBUSTNESS
    with pytest.raises(ParamsError) as error:
        validate(section, {**valid, key: value}, path=PATH)
    assert str(error.value).startswith(f"params.yaml: {expectation}")
