"""Question P3 of HUJI 67103."""

from typing import Any

import pytest

from foolproof.answers.huji67103.attack_minimal import (
    confident_text,
    method_verdict,
    methods_text,
    minimal_answer,
    rank_verdict,
    ranks_of,
    ranks_table,
    results_text,
    targets_text,
)
from tests.answers.compiled import project_params
from tests.answers.huji67103.records import attack, failed_attack, minimal, ratio

SETTINGS = project_params()["attack_minimal"]


def ranked(found: dict[str, Any]) -> str:
    return rank_verdict(found, ranks_of(found))


def test_answer_begins_with_the_success_rate() -> None:
    answer = minimal_answer(attack(), SETTINGS).answer
    assert answer.startswith(
        "DDN finds 8-bit images that are classified as their target for 40 of 40 (100\u00a0%, "
        "95\u00a0% interval 91–100\u00a0%) pairs of photo and target, with a median L2 norm of "
        "0.75 (95\u00a0% interval 0.68–0.83, n = 20)."
    )
    assert answer.endswith(
        "A target of rank 1,000 needs 1.60 (95\u00a0% interval 1.40–1.80, n = 20) times the norm "
        "of a target of rank 2, paired by photo."
    )


@pytest.mark.parametrize(
    ("value", "width", "expected"),
    [
        (1.6, 0.2, "A target of rank 1,000 needs 1.60 ("),
        (0.6, 0.2, "A target of rank 1,000 needs 0.60 ("),
        (1.1, 0.2, "The norms for targets of rank 1,000 and rank 2 do not differ significantly"),
        (1.6, None, "The paired ratio of the norms for targets of rank 1,000 and rank 2, 1.60 (n"),
    ],
)
def test_ranks_differ_where_the_ratio_excludes_one(
    value: float, width: float | None, expected: str
) -> None:
    assert ranked(attack() | {"last_rank_over_first": ratio(value, width)}).startswith(expected)


def test_one_rank_is_not_compared() -> None:
    found = attack()
    found["by_rank"].pop("1000")
    assert ranked(found) == ""


@pytest.mark.parametrize(
    ("value", "width", "expected"),
    [
        (2.0, 0.2, "photos: they stop at the first point across the decision boundary, while"),
        (0.5, 0.2, "times that of DDN, as a geometric mean over photos."),
        (1.1, 0.2, "as a geometric mean over photos: no significant difference."),
        (2.0, None, "as a geometric mean over photos, without an interval."),
    ],
)
def test_methods_are_compared_by_their_ratio(
    value: float, width: float | None, expected: str
) -> None:
    found = attack() | {"normalized_steps_over_ddn": ratio(value, width)}
    assert expected in method_verdict(found)


@pytest.mark.parametrize(("value", "written"), [(1.4, "1.40"), (0.9, "0.90")])
def test_norm_of_a_confident_target_is_compared_with_the_boundary(
    value: float, written: str
) -> None:
    found = attack() | {"confident_over_normalized_steps": ratio(value)}
    text = confident_text(found, SETTINGS)
    assert "a probability of 98\u00a0%, normalized steps succeed for 20 of 20 (100" in text
    assert f"pairs; the norm is then {written} (" in text
    assert text.endswith("times that at the boundary.")


def test_attack_without_success_has_no_norms() -> None:
    found = failed_attack()
    answer = minimal_answer(found, SETTINGS).answer
    assert answer.endswith(
        "for 0 of 20 (0\u00a0%, 95\u00a0% interval 0–16\u00a0%) pairs of photo and target."
    )
    assert confident_text(found, SETTINGS).endswith("interval 0–16\u00a0%) pairs.")
    assert "dB" not in results_text(found)
    assert "boundary" not in results_text(found)
    rows = ranks_table(found, ranks_of(found)).rows
    assert rows[0] == ["2", "–", "0 of 20", "–", "–", "–", "–", "–"]


def test_table_has_a_row_for_each_rank() -> None:
    rows = ranks_table(attack(), ranks_of(attack())).rows
    assert [row[0] for row in rows] == ["2", "1,000"]
    assert rows[1] == [
        "1,000",
        "$1.2 dot 10^(-7)$",
        "20 of 20",
        "2.00 (1.80–2.20)",
        "1.20 (1.08–1.32)",
        "6",
        "52.3 (47.1–57.5)",
        "44\u00a0%",
    ]


def test_ranks_are_sorted_by_number() -> None:
    found = attack()
    found["by_rank"] = {"1000": minimal(1.0), "10": minimal(1.0), "2": minimal(1.0)}
    assert [rank for rank, _ in ranks_of(found)] == [2, 10, 1000]


def test_visibility_and_end_are_those_of_the_medians() -> None:
    text = results_text(attack())
    assert "The median PSNR of DDN is 52.3 (95\u00a0% interval 47.1–57.5, n = 20) dB." in text
    assert "its median is 44\u00a0%." in text


def test_missing_ranks_are_named() -> None:
    found = attack() | {"classes": 10, "ranks_left_out": [100, 1000]}
    found["by_rank"].pop("1000")
    assert targets_text(found) == (
        "For each photo the classes of rank 2 of 10 by its own probabilities. So few classes have "
        "no rank 100 and 1,000, which `params.yaml` asks for."
    )
    assert "So few" not in targets_text(attack())


def test_settings_are_those_of_the_params() -> None:
    text = methods_text(SETTINGS)
    assert "steps of L2 norm 0.2 along" in text
    assert "(at most 100)" in text
    assert "(Rony et al. 2019), 30 steps" in text
