"""Evaluate the saved PGD attacks: examples, success rates by epsilon, and the constraint."""

from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.attacks.correctly_classified import description
from foolproof.attacks.evaluate_linf import describe_example, max_violations, rates_by_epsilon
from foolproof.compute.words import rate_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.data.levels import to_8_bit
from foolproof.figures.evaluate_linf import draw_examples, draw_sweep, sweep_rows
from foolproof.figures.predicted_image import predicted_images
from foolproof.figures.style import save_figures
from foolproof.networks.inference import to_pixels
from foolproof.params.attack_linf import AttackLinf
from foolproof.pretrained.load import predict
from foolproof.pretrained.stage import PhotoStage, photo_stage


def main() -> str:
    """Measure and draw the attacks of `attack_linf`."""
    arrays = read_arrays(Path("data/attacks/linf.npz"))
    with photo_stage(AttackLinf) as s:
        probabilities = classify_examples(s, arrays)
    settings, classes = s.settings, s.pretrained.classes
    requests = [(each.photo, each.target) for each in settings.examples]
    examples = [
        describe_example(index, requests, arrays, probabilities, classes)
        for index in range(len(arrays["requests"]))
    ]
    rates = rates_by_epsilon(arrays, settings.confidence)
    write_json(
        Path("metrics/attacks/linf.json"),
        {
            "network": s.name,
            "architecture": s.pretrained.architecture,
            "input_shape": list(arrays["originals"].shape[1:]),
            **description(arrays),
            "first_example": examples[0] | {"epsilon": settings.epsilon},
            "examples": examples,
            "pairs": len(arrays["pairs_targets"]),
            "success_epsilon": settings.success_epsilon,
            "success_rate": rates[settings.success_epsilon]["success_rate"],
            "by_epsilon": {f"{epsilon:g}": found for epsilon, found in rates.items()},
            **max_violations(arrays, settings.epsilon, settings.success_epsilon),
            "weights_sha256": s.weights_sha256,
        },
    )
    write_csv(Path("plots/evaluate_linf_sweep.csv"), sweep_rows(rates))
    figures = draw(s, arrays, probabilities, rates)
    save_figures(figures, Path("plots/evaluate_linf"), source=source_line("photos", s.name))
    epsilon = settings.success_epsilon
    return f"success at {epsilon:g}/255 {rate_in_words(rates[epsilon]['success_rate'])}"


def classify_examples(
    s: PhotoStage[AttackLinf], arrays: dict[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Compute the probabilities of the examples, results, and results at 8 bits, (E, K) each."""
    count = len(arrays["requests"])
    originals, images = (
        torch.from_numpy(arrays[key][:count]).to(s.device) for key in ("originals", "images")
    )
    views = {"original": originals, "image": images, "rounded": to_pixels(to_8_bit(images))}
    return {
        name: predict(s.pretrained, pixels).softmax(1).cpu().numpy()
        for name, pixels in views.items()
    }


def draw(
    s: PhotoStage[AttackLinf],
    arrays: dict[str, NDArray[Any]],
    probabilities: dict[str, NDArray[Any]],
    rates: dict[float, dict[str, Any]],
) -> dict[str, Figure]:
    """Draw the examples, and the success rates by epsilon."""
    architecture, classes = s.pretrained.architecture, s.pretrained.classes
    count = len(arrays["requests"])
    pairs = len(arrays["pairs_targets"])
    originals = predicted_images(arrays["originals"][:count], probabilities["original"], classes)
    results = predicted_images(arrays["images"][:count], probabilities["image"], classes)
    examples = {
        name: draw_examples(
            originals[:rows],
            results[:rows],
            epsilon=s.settings.epsilon,
            architecture=architecture,
        )
        for name, rows in (("example", 1), ("examples", count))
    }
    return examples | {
        "sweep": draw_sweep(
            rates,
            arrays["pairs_probabilities"],
            confidence=s.settings.confidence,
            title=f"{architecture}: {pairs} random pairs of photo and target",
        ),
    }


if __name__ == "__main__":
    run_stage(main)
