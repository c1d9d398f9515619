"""Images made for a class: the formula, the constraint, and what tuning beta gives."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.class_images import (
    gaussian_start,
    nontargeted,
    targeted,
    targeted_with_tuned_beta,
)
from foolproof.compute.seeds import new_generator

TARGETS = torch.tensor([0, 7, 7, 2, 9])


@pytest.fixture
def start() -> Tensor:
    return gaussian_start(len(TARGETS), mean=128, std=25, generator=new_generator(0))


def test_noise_has_the_mean_and_spread_asked_for_in_grey_levels() -> None:
    noise = gaussian_start(100, mean=100, std=20, generator=new_generator(0))
    assert noise.shape == (100, 1, 28, 28)
    assert 255 * noise.mean().item() == pytest.approx(100, abs=0.3)
    assert 255 * noise.std().item() == pytest.approx(20, abs=0.3)
    flat = gaussian_start(2, mean=51, std=0, generator=new_generator(0))
    torch.testing.assert_close(flat, torch.full_like(flat, 0.2))


def test_noise_is_made_of_valid_pixels() -> None:
    noise = gaussian_start(10, mean=128, std=200, generator=new_generator(0))
    assert noise.min() == 0
    assert noise.max() == 1


def by_hand(
    network: nn.Module, start: Tensor, look_alike: Tensor, target: int, beta: float, steps: int
) -> Tensor:
    """Make one image as the formula says."""
    image = start.clone()
    for _ in range(steps):
        image = image.detach().requires_grad_()
        cost = network(image[None])[0, target] - beta * ((image - look_alike) ** 2).mean()
        cost.backward()
        assert image.grad is not None
        image = (image + 0.1 * image.grad).clamp(0, 1)
    return image.detach()


def test_images_follow_the_formula(network: nn.Module, start: Tensor) -> None:
    look_alikes = gaussian_start(len(TARGETS), mean=40, std=60, generator=new_generator(1))
    betas = torch.tensor([0.0, 30, 100, 300, 1000])
    free = nontargeted(network, start, TARGETS, steps=5, step_size=0.1)
    bound = targeted(network, start, TARGETS, look_alikes, beta=betas, steps=5, step_size=0.1)
    for row, target in enumerate(TARGETS.tolist()):
        for trace, beta in ((free, 0.0), (bound, betas[row].item())):
            expected = by_hand(network, start[row], look_alikes[row], target, beta, steps=5)
            torch.testing.assert_close(trace.inputs[row], expected, atol=1e-5, rtol=1e-4)
    assert (bound.inputs[1:] - free.inputs[1:]).abs().amax() > 0.1


def test_the_logit_rises_and_pixels_stay_valid(network: nn.Module, start: Tensor) -> None:
    trace = nontargeted(network, start, TARGETS, steps=100, step_size=0.03)
    assert (trace.logits.argmax(1) == TARGETS).all()
    assert (trace.history[-1] > trace.history[0] + 1).all()
    assert trace.inputs.min() == 0
    assert trace.inputs.max() == 1
    with torch.no_grad():
        torch.testing.assert_close(network(trace.inputs), trace.logits, atol=1e-4, rtol=1e-4)


def test_a_larger_beta_stays_nearer_to_the_look_alike(network: nn.Module, start: Tensor) -> None:
    look_alikes = torch.zeros_like(start)
    distances = [
        targeted(
            network,
            start,
            TARGETS,
            look_alikes,
            beta=torch.full((len(TARGETS),), beta),
            steps=50,
            step_size=0.03,
        )
        .inputs.square()
        .mean()
        for beta in (0.0, 100.0, 1000.0, 10000.0)
    ]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.01 * distances[0]


def test_each_problem_gets_the_first_beta_that_suffices(network: nn.Module, start: Tensor) -> None:
    """Held against every problem at every beta; each outcome is among them, failure too."""
    betas, confidence = [20000.0, 6000.0, 3000.0], 0.6
    look_alikes = gaussian_start(len(TARGETS), mean=40, std=60, generator=new_generator(1))
    attack = partial(targeted, network, start, TARGETS, look_alikes, steps=80, step_size=0.02)
    tuned = targeted_with_tuned_beta(
        network,
        start,
        TARGETS,
        look_alikes,
        betas=betas,
        confidence=confidence,
        steps=80,
        step_size=0.02,
    )
    traces = [attack(beta=torch.full((len(TARGETS),), beta)) for beta in betas]
    rows = torch.arange(len(TARGETS))
    reached = [trace.logits.softmax(1)[rows, TARGETS] >= confidence for trace in traces]
    for row, position in enumerate(tuned.solved_at.tolist()):
        sufficient = [at for at, solved in enumerate(reached) if solved[row]]
        assert position == (sufficient[0] if sufficient else len(betas))
        kept = traces[min(position, len(betas) - 1)].inputs[row]
        torch.testing.assert_close(tuned.images[row], kept, atol=1e-5, rtol=1e-4)
    assert tuned.solved_at.unique().tolist() == [0, 1, 2, 3]
    with torch.no_grad():
        probabilities = network(tuned.images).softmax(1)
    torch.testing.assert_close(tuned.probabilities, probabilities, atol=1e-4, rtol=1e-4)
    expected = (tuned.images - look_alikes).square().mean((1, 2, 3))
    torch.testing.assert_close(tuned.distances, expected)
