"""Part 4 of the report of CIS680: what is said of the attacks by added ink."""

import pytest

from tests.reports.cis680.records import attack, attack_of, by_strength, pair_table
from tests.reports.conftest import OTHER_DIGEST, Metrics, Report


@pytest.mark.parametrize(
    ("successes", "sentence"),
    [
        (100, "The attack succeeds on every test image that the network classifies correctly."),
        (97, "The attack succeeds on nearly every test image"),
        (60, "The attack succeeds on most, but not reliably."),
        (3, "The attack succeeds on a minority."),
    ],
)
def test_verdict_on_the_attack_follows_its_success(
    report: Report, metrics: Metrics, successes: int, sentence: str
) -> None:
    attack_of(metrics)["any_class"] |= {
        "attacked": 100,
        "successes": successes,
        "success_rate": successes / 100,
    }
    assert sentence in report.text(metrics)


def test_attacks_without_success_are_no_error(report: Report, metrics: Metrics) -> None:
    one_sided = attack_of(metrics)
    one_sided |= {"success_rate": 0.0, "median_steps": None, "transfer_rate": None}
    one_sided["any_class"] |= attack(991, 0, None, None) | {
        "changes": [[0] * 10] * 10,
        "most_common_changes": [],
    }
    one_sided["target"] |= attack(0, 0, None, None) | {
        "success_by_pair": pair_table(None),
        "mean_steps_by_pair": pair_table(None),
    }
    one_sided["transfer_by_strength"] = by_strength(
        {"confidence": [None, None, None], "steps": [None, None, None]}
    )
    text = report.text(metrics)
    assert "The attack never succeeds." in text
    assert "There was no image to attack." in text
    assert "No adversarial image was found" in text
    assert "What it means for security" not in text


def test_a_broken_constraint_and_other_weights_are_said_loudly(
    report: Report, metrics: Metrics
) -> None:
    text = report.text(metrics)
    assert "no pixel is darker than it was" in text
    assert "CONSTRAINT BROKEN" not in text
    assert "OTHER WEIGHTS" not in text
    attack_of(metrics).update(max_violation=0.25, weights_sha256=OTHER_DIGEST)
    text = report.text(metrics)
    assert "no pixel is darker than it was" not in text
    assert "a pixel breaks the constraints by 0.25" in text
    assert "CONSTRAINT BROKEN" in text
    assert "OTHER WEIGHTS" in text
