"""The attacked network, and the proof that its weights do not change."""

from foolproof.answers.ee6132.weights import weights_text, weights_warning
from tests.answers.ee6132.records import DIGEST, OTHER_DIGEST, mnist

BEST = mnist()["best"]


def test_equal_weights_are_said_in_a_line() -> None:
    stages = {"occlude": {"weights_sha256": DIGEST}, "attack_noise": {"weights_sha256": DIGEST}}
    assert weights_warning(BEST, stages) == []
    text = weights_text(BEST, stages).text.replace("\u00a0", " ")
    assert "with batch norm, seed 4, epoch 3, 99.30 % on the validation images" in text
    assert (
        "SHA-256 `a1a1a1a1a1a1a1a1…` is equal in all 3 stages: `select_network`, `occlude` and "
        "`attack_noise`." in text
    )


def test_other_weights_are_warned_of() -> None:
    stages = {
        "occlude": {"weights_sha256": DIGEST},
        "attack_noise": {"weights_sha256": OTHER_DIGEST},
    }
    sentence = "The weights differ from those of the chosen network in `attack_noise`."
    assert weights_warning(BEST, stages) == [
        f"*Weights changed.* {sentence} Part 3 asks that they stay."
    ]
    text = weights_text(BEST, stages).text
    assert sentence in text
    assert "is equal in all" not in text
