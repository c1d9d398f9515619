"""Outcomes of XOR trainings against SciPy, scikit-learn and torch's Hessian."""

from math import inf, log

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from foolproof.compute.intervals import rate_with_interval
from foolproof.toys.xor import (
    LABELS,
    POINTS,
    Training,
    draw_starts,
    effective_weights,
    hidden_units,
    identity,
    label_probabilities,
    steps_to_success,
    train_xor,
    xor_logits,
    xor_loss,
)
from foolproof.toys.xor_outcomes import (
    FAILURES,
    LEVELS,
    OUTCOMES,
    SUCCESS,
    classify,
    compare_scales,
    count_failures,
    describe_failures,
    describe_linear,
    describe_network,
    max_undecided_distance,
    min_hessian_eigenvalue,
    success_rate,
    summarize_steps,
)
from tests.toys.test_xor import BY_HAND

RULES = {"confidence": 0.9, "level_tolerance": 0.01, "flat_gradient": 0.001}


@pytest.fixture(scope="module")
def trained() -> Training:
    """Forty starts with a std that fails in several ways, trained to convergence."""
    return train_xor(2 * draw_starts(40), steps=1500, learning_rate=1, snapshots=[0, 10])


def test_most_starts_with_small_std_succeed_and_steps_to_success_are_exact() -> None:
    found = train_xor(0.25 * draw_starts(40), steps=600, learning_rate=1)
    success = classify(found, **RULES) == SUCCESS
    assert success.mean() >= 0.6
    steps = steps_to_success(found.confidence, 0.9)
    assert ((steps <= 600).numpy() == success).all()
    for row in np.flatnonzero(success):
        assert (found.confidence[steps[row] :, row] >= 0.9).all()
        assert found.confidence[steps[row] - 1, row] < 0.9


@pytest.mark.parametrize(("count", "positives"), [(2, 1), (3, 2), (3, 1), (4, 2)])
def test_levels_are_the_minima_of_the_loss_of_points_with_one_output(
    count: int, positives: int
) -> None:
    def loss(output: float) -> float:
        return -(positives * log(output) + (count - positives) * log(1 - output)) / 4

    found = minimize_scalar(loss, bounds=(1e-6, 1 - 1e-6), options={"xatol": 1e-10})
    assert LEVELS[count] == pytest.approx(found.fun, rel=1e-9)


def settled(logits: list[float], gradient: float = 0) -> Training:
    values = torch.tensor(logits, dtype=torch.float64)
    gradients = torch.zeros(9, dtype=torch.float64)
    gradients[0] = gradient
    loss = xor_loss(values)[None]
    return Training(torch.zeros(9), gradients, values, loss, loss, {})


@pytest.mark.parametrize(
    ("training", "outcome"),
    [
        (settled([-9, 9, 9, -9]), "success"),
        (settled([-9, 9, 9, -9], gradient=1), "success"),
        (settled([-9, 9, 0, 0]), "two_collapsed"),
        (settled([log(2), 9, log(2), log(2)]), "not_converged"),
        (settled([-9, log(2), log(2), log(2)]), "three_collapsed"),
        (settled([-log(2), -log(2), 9, -log(2)]), "three_collapsed"),
        (settled([0, 0, 0, 0]), "four_collapsed"),
        (settled([0, 0, 0, 0], gradient=0.01), "not_converged"),
        (settled([-9, 9, 9, 0]), "not_converged"),
        (settled([-9, 9, 1, 1]), "not_converged"),
    ],
)
def test_classify_follows_the_undecided_points_the_loss_and_the_gradient(
    training: Training, outcome: str
) -> None:
    assert classify(training, **RULES).item() == outcome


def test_collapsed_points_have_one_output_and_one_hidden_representation(trained: Training) -> None:
    outcomes = classify(trained, **RULES)
    outputs = trained.logits.sigmoid()
    distance = max_undecided_distance(trained.parameters, 0.9)
    shares = {"two_collapsed": [1 / 2], "three_collapsed": [1 / 3, 2 / 3]}
    for outcome, expected in shares.items():
        rows = np.flatnonzero(outcomes == outcome)
        assert len(rows)
        for row in rows:
            undecided = label_probabilities(trained.logits[row]) < 0.9
            common = outputs[row][undecided]
            assert min(abs(common - share).max() for share in expected) < 0.01
            assert distance[row] < 0.02
    assert (outcomes == SUCCESS).any()


def test_max_undecided_distance_is_the_maximum_over_undecided_pairs() -> None:
    # The output weights are zero, so all points are undecided: two lie at (-1, -1) and (1, 1).
    undecided = torch.tensor([40, 0, 0, 40, -20, -20, 0, 0, 0], dtype=torch.float64)
    both = torch.stack([undecided, BY_HAND])
    assert max_undecided_distance(both, 0.9).tolist() == pytest.approx([8**0.5, 0])


def test_min_hessian_eigenvalue_equals_that_of_torchs_hessian() -> None:
    parameters = draw_starts(5)
    found = min_hessian_eigenvalue(parameters)
    for own, value in zip(parameters, found, strict=True):
        hessian = torch.autograd.functional.hessian(
            lambda p: xor_loss(xor_logits(p, torch.tanh)), own
        )
        assert value.item() == pytest.approx(np.linalg.eigvalsh(hessian)[0], abs=1e-12)


def test_describe_failures_uses_the_starts_of_each_reason(trained: Training) -> None:
    outcomes = classify(trained, **RULES)
    found = describe_failures(trained, outcomes, 0.9)
    assert set(found) == set(outcomes) - {SUCCESS}
    assert set(outcomes) <= set(OUTCOMES)
    eigenvalues = min_hessian_eigenvalue(trained.parameters).numpy()
    for reason, numbers in found.items():
        rows = outcomes == reason
        assert numbers["starts"] == rows.sum()
        assert numbers["max_loss"] == trained.losses[-1].numpy()[rows].max()
        assert numbers["positive_semidefinite"] == (eigenvalues[rows] >= 0).sum()
        assert numbers["min_eigenvalue"] == pytest.approx(eigenvalues[rows].min())


def test_linear_networks_converge_to_logistic_regression_with_probability_one_half() -> None:
    """Convex optimization finds the bound of a network with a linear hidden layer."""
    oracle = LogisticRegression(C=inf, tol=1e-10).fit(POINTS.numpy(), LABELS.numpy())
    assert np.abs([*oracle.coef_[0], *oracle.intercept_]).max() < 1e-6
    probabilities = oracle.predict_proba(POINTS.numpy())
    np.testing.assert_allclose(probabilities, 0.5, atol=1e-6)
    least = -np.log(probabilities[range(4), LABELS.int().tolist()]).mean()
    assert least == pytest.approx(log(2), abs=1e-12)
    found = train_xor(draw_starts(20), steps=2000, learning_rate=1, activation=identity)
    assert (found.losses >= least - 1e-12).all()
    assert found.losses[-1].min() == pytest.approx(least, abs=1e-9)
    assert (found.confidence <= 0.5 + 1e-12).all()
    assert set(classify(found, **RULES)) == {"four_collapsed"}


def test_linear_networks_are_described_by_their_distance_from_the_minimum() -> None:
    training = train_xor(draw_starts(5), steps=300, learning_rate=1, activation=identity)
    found = describe_linear(training)
    losses = training.losses[-1] - log(2)
    assert (found["min_excess_loss"], found["max_excess_loss"]) == pytest.approx(
        (losses.min().item(), losses.max().item())
    )
    assert found["max_effective_weight"] == effective_weights(training.parameters).abs().max()
    assert found["max_confidence"] == training.confidence.max() <= 0.5 + 1e-12


def test_success_and_failures_are_counted_by_outcome() -> None:
    outcomes = np.array(["success", "two_collapsed", "success", "not_converged"])
    assert success_rate(outcomes) == rate_with_interval(2, 4)
    failures = {"two_collapsed": 1, "three_collapsed": 0, "four_collapsed": 0, "not_converged": 1}
    assert count_failures(outcomes) == failures
    assert set(failures) == set(FAILURES)
    confidence = torch.tensor([[0.5, 0.9, 0.2, 0], [0.9, 0.9, 0.2, 0], [0.9, 0.9, 0.9, 0]])
    steps = summarize_steps(confidence, outcomes, 0.9)
    assert steps == {"median": 1.5, "min": 1, "max": 2}
    assert summarize_steps(confidence[:, 3:], outcomes[3:], 0.9) is None


def test_describe_network_lists_parameters_representations_and_outputs() -> None:
    found = describe_network(BY_HAND)
    assert found["hidden_weight"] == [[8, 8], [8, 8]]
    assert (found["hidden_bias"], found["output_weight"]) == ([-4, -12], [8, -8])
    assert found["output_bias"] == -8
    hidden = hidden_units(BY_HAND, POINTS, torch.tanh)
    assert found["hidden"] == hidden.tolist()
    assert found["probabilities"] == xor_logits(BY_HAND, torch.tanh).sigmoid().tolist()


def test_scales_are_compared_on_the_same_draws() -> None:
    fails = "two_collapsed"
    outcomes = {
        1.0: np.array([SUCCESS, fails, fails, fails]),
        0.1: np.array([SUCCESS, SUCCESS, SUCCESS, fails]),
        0.5: np.array([SUCCESS, SUCCESS, fails, SUCCESS]),
    }
    found = compare_scales(outcomes)
    assert [(each["smaller"], each["larger"]) for each in found["neighbours"]] == [
        (0.1, 0.5),
        (0.5, 1.0),
    ]
    assert [each["value"] for each in found["neighbours"]] == [0, -0.5]
    assert (found["neighbours"][0]["only_first"], found["neighbours"][0]["only_second"]) == (1, 1)
    assert (found["ends"]["smaller"], found["ends"]["larger"]) == (0.1, 1.0)
    assert (found["ends"]["value"], found["ends"]["n"]) == (-0.5, 4)
    assert compare_scales({0.1: outcomes[0.1]}) == {"neighbours": [], "ends": None}
