"""Transfer of additive perturbations to other images, with shuffled ones as a control."""

import pytest
import torch

from foolproof.attacks.noise_transfer import (
    add_to_each,
    compare_with_minimal,
    predict_grid,
    shuffle_pixels,
    summarize,
    summarize_transfer,
)
from foolproof.attacks.result import AttackResult
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.seeds import new_generator
from foolproof.optimize.loop import OptimizationResult


def test_each_noise_is_added_to_each_image_and_classified(network: Classifier) -> None:
    generator = new_generator(0)
    noise = torch.rand(2, 1, 28, 28, generator=generator) - 0.5
    images = torch.rand(3, 1, 28, 28, generator=generator)
    sums = add_to_each(noise, images)
    probabilities = predict_grid(network, sums)
    assert probabilities.shape == (2, 3, 10)
    for i in range(2):
        for j in range(3):
            expected = (images[j] + noise[i]).clamp(0, 1)
            assert torch.equal(sums[i, j], expected)
            alone = network(expected[None]).softmax(1)[0]
            torch.testing.assert_close(probabilities[i, j], alone, atol=1e-5, rtol=1e-4)


def test_shuffled_noise_has_the_same_values_elsewhere() -> None:
    noise = torch.rand(3, 1, 28, 28, generator=new_generator(0))
    shuffled = shuffle_pixels(noise, new_generator(1))
    assert torch.equal(shuffled.flatten(1).sort(1).values, noise.flatten(1).sort(1).values)
    assert not any(torch.equal(one, other) for one, other in zip(shuffled, noise, strict=True))
    assert torch.equal(shuffled, shuffle_pixels(noise, new_generator(1)))


def result_by_hand() -> OptimizationResult:
    """Give two perturbations of two pixels, of which the first leaves the valid range."""
    return OptimizationResult(
        inputs=torch.tensor([[0.5, -1.0], [0.0, 0.5]])[:, None, None],
        logits=torch.tensor([[0.0, 0.0], [0.0, 100.0]]),
        success=torch.tensor([False, True]),
        steps=torch.tensor([7, 2]),
        history=torch.empty(0),
        state=(),
    )


IMAGES = torch.tensor([[0.75, 0.5], [0.0, 0.25]])[:, None, None]


def test_summary_of_noise_has_the_norms_of_the_visible_change() -> None:
    """The first changes its pixels by 0.25 and -0.5, the second one of them by 0.5."""
    found = summarize(result_by_hand(), IMAGES, torch.tensor([0, 1]))
    assert (found["success_rate"]["count"], found["success_rate"]["n"]) == (1, 2)
    assert found["min_confidence"] == 0.5
    assert found["linf"] == {"mean": 0.5, "ci95": 0, "n": 2}
    assert found["l2"]["mean"] == pytest.approx((0.3125**0.5 + 0.5) / 2)
    assert (found["median_steps"], found["max_steps"]) == (2, 7)


def minimal_by_hand(l2: list[float]) -> AttackResult:
    return AttackResult(
        x_adv=IMAGES,
        x_adv_8_bit=IMAGES.byte(),
        success=torch.tensor([True, True]),
        success_8_bit=torch.tensor([True, True]),
        l2=torch.tensor(l2),
        linf=torch.tensor([0.1, 0.125]),
        steps=torch.ones(2),
        queries=torch.ones(2),
        history=torch.empty(0, 2),
    )


def test_noise_is_compared_with_the_minimal_attack_where_both_are_successful() -> None:
    found = compare_with_minimal(result_by_hand(), IMAGES, minimal_by_hand([1.0, 0.25]))
    assert found["success_rate"]["count"] == 2
    assert found["l2"]["mean"] == pytest.approx(0.625)
    assert found["l2_ratio"] == {"value": pytest.approx(2), "low": None, "high": None, "n": 1}
    assert found["linf_ratio"]["value"] == pytest.approx(4)
    without = compare_with_minimal(result_by_hand(), IMAGES, minimal_by_hand([1.0, 0.0]))
    assert without["l2_ratio"] is without["linf_ratio"] is None


def test_transfer_leaves_out_images_of_the_target_class() -> None:
    """Of three images the first noise turns one into its target, the second none."""
    targets, labels = torch.tensor([0, 1]), torch.tensor([0, 1, 2])
    predicted = torch.tensor([[2, 0, 2], [0, 2, 2]])
    control = torch.tensor([[0, 1, 0], [0, 1, 2]])
    found = summarize_transfer(targets, labels, predicted, control)
    rates = {name: (rate["count"], rate["n"]) for name, rate in found.items() if "rate" in name}
    assert rates == {
        "transfer_rate": (1, 4),
        "transfer_rate_shuffled_noise": (1, 4),
        "error_rate": (1, 4),
        "error_rate_shuffled_noise": (1, 4),
    }
    assert found["excess_error"] == {"mean": 0, "ci95": 0, "n": 2}


def test_difference_from_shuffled_noise_is_averaged_by_noise() -> None:
    targets, labels = torch.tensor([8, 9]), torch.tensor([0, 1])
    predicted, control = torch.tensor([[8, 8], [0, 9]]), torch.tensor([[0, 1], [0, 1]])
    found = summarize_transfer(targets, labels, predicted, control)
    assert found["excess_transfer"] == mean_with_interval([1, 0.5])
    assert found["transfer_rate"]["clusters"] == 2
