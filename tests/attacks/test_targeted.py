"""Class-maximizing images near a reference: the tuning of beta and its summaries."""

from functools import partial

import torch
from torch import Tensor

from foolproof.attacks.maximization import activation_maximization
from foolproof.attacks.targeted import (
    TunedResult,
    min_of_drawn,
    summarize,
    summarize_tuning,
    targeted_with_tuned_beta,
)
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.seeds import new_generator
from foolproof.optimize.starts import gaussian_start
from tests.attacks.conftest import TARGETS


def test_tuning_finds_the_first_beta_with_success(network: Classifier, start: Tensor) -> None:
    """Compared with every example at every beta; each result is among them, failure too."""
    betas, confidence = [20000.0, 6000.0, 3000.0], 0.6
    references = gaussian_start(len(TARGETS), mean=40, std=60, generator=new_generator(1))
    attack = partial(
        activation_maximization,
        network,
        TARGETS,
        start=start,
        reference=references,
        steps=80,
        step_size=0.02,
    )
    tuned = targeted_with_tuned_beta(
        network,
        start,
        TARGETS,
        references,
        betas=betas,
        confidence=confidence,
        steps=80,
        step_size=0.02,
    )
    results = [attack(beta=beta) for beta in betas]
    indices = torch.arange(len(TARGETS))
    reached = [
        predict(network, result.x_adv).softmax(1)[indices, TARGETS] >= confidence
        for result in results
    ]
    for index, position in enumerate(tuned.beta_index.tolist()):
        sufficient = [at for at, success in enumerate(reached) if success[index]]
        assert position == (sufficient[0] if sufficient else len(betas))
        kept = results[min(position, len(betas) - 1)].x_adv[index]
        torch.testing.assert_close(tuned.images[index], kept, atol=1e-5, rtol=1e-4)
    assert tuned.beta_index.unique().tolist() == [0, 1, 2, 3]
    with torch.no_grad():
        probabilities = network(tuned.images).softmax(1)
    torch.testing.assert_close(tuned.probabilities, probabilities, atol=1e-4, rtol=1e-4)
    expected = (tuned.images - references).square().mean((1, 2, 3))
    torch.testing.assert_close(tuned.distances, expected)


def tuned_by_hand() -> TunedResult:
    """Give three pairs: success at the first beta, at the second, and none."""
    probabilities = torch.tensor([[0.75, 0.25], [0.25, 0.75], [0.75, 0.25]])
    distances, beta_index = torch.tensor([0.5, 0.25, 0.125]), torch.tensor([0, 1, 2])
    return TunedResult(torch.empty(3, 0), probabilities, distances, beta_index)


def test_summary_counts_classified_images_nearer_than_drawn_digits() -> None:
    others = torch.tensor([[0.25, torch.inf], [0.375, 1.0], [1.0, 1.0]])
    found = summarize(tuned_by_hand(), torch.tensor([0, 1, 1]), others.amin(1), others)
    assert found == {
        "cells": 3,
        "classified_rate": 2 / 3,
        "success_rate": 1 / 3,
        "mean_confidence": (0.75 + 0.75 + 0.25) / 3,
        "mean_mse": 0.875 / 3,
        "closer_test_digits": 1 / 6,
    }


def test_tuning_summary_counts_trials_and_successes() -> None:
    assert summarize_tuning(tuned_by_hand(), 2) == [
        {"tried": 3, "successes": 1, "mean_mse": 0.5},
        {"tried": 2, "successes": 1, "mean_mse": 0.25},
    ]
    assert summarize_tuning(tuned_by_hand(), 4)[3] == {
        "tried": 0,
        "successes": 0,
        "mean_mse": None,
    }


def test_min_of_drawn_is_among_the_row_and_approaches_its_min() -> None:
    distances = torch.rand(5, 30, generator=new_generator(0))
    few = min_of_drawn(distances, 2, new_generator(1))
    assert (few[:, None] == distances).any(1).all()
    assert (few > distances.amin(1)).any()
    assert torch.equal(min_of_drawn(distances, 2000, new_generator(1)), distances.amin(1))
