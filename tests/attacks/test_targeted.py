"""Class-maximizing images near a reference: the tuning of beta and its summaries."""

from functools import partial

import pytest
import torch
from torch import Tensor

from foolproof.attacks.maximization import activation_maximization
from foolproof.attacks.targeted import (
    TunedResult,
    compare_distances,
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
    """The first pair has two other digits of its class, the others three, one of them nearer."""
    inf = torch.inf
    others = torch.tensor([[0.25, inf, 1.0], [0.375, 1.0, 0.125], [1.0, 0.0625, 1.0]])
    drawn, references = torch.tensor([0.25, 0.375, 1.0]), torch.tensor([8, 5, 8])
    found = summarize(tuned_by_hand(), torch.tensor([0, 1, 1]), references, drawn, others)
    assert (found["cells"], found["references"]) == (3, 2)
    rates = {name: found[name] for name in ("classified_rate", "success_rate")}
    assert {name: (rate["count"], rate["n"]) for name, rate in rates.items()} == {
        "classified_rate": (2, 3),
        "success_rate": (1, 3),
    }
    assert {rate["clusters"] for rate in rates.values()} == {2}
    means = {name: found[name]["mean"] for name in ("mean_confidence", "mean_mse")}
    assert means == {"mean_confidence": (0.75 + 0.5) / 2, "mean_mse": (0.25 + 0.3125) / 2}
    closer = (1 / 3 + (1 / 2 + 1 / 3) / 2) / 2
    assert found["closer_digits_of_class"]["mean"] == pytest.approx(closer)
    assert {found[name]["n"] for name in (*means, "closer_digits_of_class")} == {2}


def test_starts_are_compared_pair_by_pair_and_averaged_by_reference() -> None:
    first = tuned_by_hand()
    second = first.take(torch.tensor([2, 1, 0]))
    found = compare_distances(first, second, torch.tensor([8, 5, 8]))
    assert found is not None
    assert (found["mean"], found["n"]) == (0, 2)
    found = compare_distances(first, second, torch.tensor([1, 2, 3]))
    assert found is not None
    assert found["mean"] == 0
    assert found["ci95"] == pytest.approx(4.30265 * 0.375 / 3**0.5, rel=1e-5)


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


def test_min_of_drawn_is_among_the_finite_of_the_row_and_approaches_their_min() -> None:
    distances = torch.rand(5, 30, generator=new_generator(0))
    distances[:, ::3] = torch.inf
    few = min_of_drawn(distances, 2, new_generator(1))
    assert (few[:, None] == distances).any(1).all()
    assert few.isfinite().all()
    assert (few > distances.amin(1)).any()
    assert torch.equal(min_of_drawn(distances, 2000, new_generator(1)), distances.amin(1))


def test_nothing_to_draw_gives_no_limit() -> None:
    assert min_of_drawn(torch.full((1, 4), torch.inf), 3, new_generator(0)).tolist() == [torch.inf]
