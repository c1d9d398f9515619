"""Transfer of additive perturbations to other images, with shuffled ones as a control."""

import torch

from foolproof.attacks.noise_transfer import add_to_each, predict_grid, shuffle_pixels, summarize
from foolproof.classifiers.classifier import Classifier
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


def test_summary_of_noise_by_hand() -> None:
    """Two targets and two images, of which the first noise turns the second into its target."""
    one_hot = torch.eye(2)
    result = OptimizationResult(
        inputs=torch.tensor([[3.0, -4.0], [0.0, 0.0]])[:, None, None],
        logits=torch.tensor([[0.0, 0.0], [0.0, 100.0]]),
        success=torch.tensor([False, True]),
        steps=torch.tensor([7, 2]),
        history=torch.empty(0),
        state=(),
    )
    targets = labels = torch.tensor([0, 1])
    probabilities = one_hot[torch.tensor([[0, 0], [0, 1]])]
    control = one_hot[torch.tensor([[0, 1], [1, 1]])]
    assert summarize(result, targets, labels, probabilities, control) == {
        "success_rate": 0.5,
        "min_confidence": 0.5,
        "transfer_rate": 0.5,
        "error_rate": 0.25,
        "error_rate_shuffled_noise": 0.25,
        "mean_l2": 2.5,
        "mean_linf": 2,
        "median_steps": 2,
        "max_steps": 7,
    }
