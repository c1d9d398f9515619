"""Part 4 of the report of CIS680: the one-sided attacks."""

import pytest

from foolproof.compute.intervals import rate_with_interval
from tests.reports.cis680.records import attack, attack_of, by_strength, pair_table
from tests.reports.conftest import OTHER_DIGEST, Metrics, Report


@pytest.mark.parametrize(
    ("successes", "sentence"),
    [
        (100, "The attack succeeds on every test image that the network classifies correctly."),
        (97, "The attack succeeds on most."),
        (55, "The attack succeeds on about half: the interval includes 50 %."),
        (3, "The attack succeeds on a minority."),
    ],
)
def test_verdict_on_the_attack_follows_its_success(
    report: Report, metrics: Metrics, successes: int, sentence: str
) -> None:
    attack_of(metrics)["success_rate"] = rate_with_interval(successes, 100)
    attack_of(metrics)["untargeted"] |= {
        "attacked": 100,
        "successes": successes,
        "success_rate": rate_with_interval(successes, 100),
    }
    assert sentence in report.text(metrics).replace("\u00a0", " ")


def test_targets_are_compared_by_paired_intervals(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "450 of 450" in text
    assert "over 50 images" in text
    assert "the easiest target is 8 with 21 ± 3 (n = 45)" in text
    assert "strokes can be added, but not removed" in text
    assert "A target takes 14 ± 3 (n = 45) more steps than the untargeted attack" in text
    effort = attack_of(metrics)["targeted"]["effort"]
    effort["strokes"]["difference"]["ci95"] = effort["targets"]["difference"]["ci95"] = 40.0
    text = report.text(metrics)
    assert "strokes can be added" not in text
    assert "which is not significant (the two were chosen" in text
    assert ", not significant." in text


def test_report_compiles_without_success(report: Report, metrics: Metrics) -> None:
    one_sided = attack_of(metrics)
    one_sided |= {
        "success_rate": rate_with_interval(0, 991),
        "median_steps": None,
        "transfer_rate": None,
    }
    one_sided["untargeted"] |= attack(991, 0, None, None) | {
        "confusions": [[0] * 10] * 10,
        "most_common_confusions": [],
    }
    one_sided["targeted"] |= attack(0, 0, None, None) | {
        "effort": {
            "targets": None,
            "strokes": {"there": None, "back": None, "difference": None},
            "beyond_untargeted": None,
        },
        "success_by_pair": pair_table(None),
        "mean_steps_by_pair": pair_table(None),
    }
    one_sided |= by_strength({"confidence": [None, None, None], "steps": [None, None, None]})
    text = report.text(metrics)
    assert "The attack never succeeds." in text
    assert "There was no image to attack." in text
    assert "No adversarial image was found" in text
    assert "What it means for security" not in text


def test_violated_constraint_and_other_weights_give_warnings(
    report: Report, metrics: Metrics
) -> None:
    text = report.text(metrics)
    assert "holds in every pixel" in text
    assert "CONSTRAINT VIOLATED" not in text
    assert "OTHER WEIGHTS" not in text
    attack_of(metrics).update(max_violation=0.25, weights_sha256=OTHER_DIGEST)
    text = report.text(metrics)
    assert "holds in every pixel" not in text
    assert "a pixel violates the constraints by 0.25" in text
    assert "CONSTRAINT VIOLATED" in text
    assert "OTHER WEIGHTS" in text
