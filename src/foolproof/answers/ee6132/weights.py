"""EE6132, part 3: the attacked network, and the proof that its weights do not change."""

from collections.abc import Mapping
from typing import Any

from foolproof.answers.document import Paragraph
from foolproof.answers.ee6132.training import NAMES
from foolproof.answers.markup import code
from foolproof.answers.numbers import listed, percent


def strays(best: Mapping[str, Any], stages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """List the stages whose weights were not those of the chosen network."""
    chosen = best["weights_sha256"]
    return [stage for stage, record in stages.items() if record["weights_sha256"] != chosen]


def weights_verdict(best: Mapping[str, Any], stages: Mapping[str, Mapping[str, Any]]) -> str:
    """Say whether every stage worked on the same weights and left them unchanged."""
    found = strays(best, stages)
    if found:
        return (
            "The weights differ from those of the chosen network in "
            f"{listed([code(stage) for stage in found])}."
        )
    digest = best["weights_sha256"]
    return (
        f"SHA-256 `{digest[:16]}…` is equal in all {1 + len(stages)} stages: "
        f"{listed([code(stage) for stage in ('select_network', *stages)])}."
    )


def weights_warning(best: Mapping[str, Any], stages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Warn where the weights changed."""
    if not strays(best, stages):
        return []
    return [f"*Weights changed.* {weights_verdict(best, stages)} Part 3 asks that they stay."]


def weights_text(best: Mapping[str, Any], stages: Mapping[str, Mapping[str, Any]]) -> Paragraph:
    """Name the attacked network, and show that its weights stay.

    Args:
        best: metrics/mnist/best.json.
        stages: records of the stages that look into or attack the network, by their names.
    """
    return Paragraph(
        "The network is the one with the highest validation accuracy among all trained: "
        f"{NAMES[best['network']]}, seed {best['best_seed']}, epoch {best['best_epoch']}, "
        f"{percent(best['validation_accuracy'])} on the validation images. Its parameters are "
        "frozen. The attacks differentiate a copy with batch norm folded into the convolutions. "
        "Each stage hashes all weights of the network and of the copy before and after its work, "
        f"and fails if they change. {weights_verdict(best, stages)} Pixels are numbers in"
        "  [0, 1], grey levels divided by 255, and are clipped to that range after each "
        "step."
    )
