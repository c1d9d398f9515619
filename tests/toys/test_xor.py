"""XOR perceptrons against torch.nn and torch.optim, and their limits against SciPy and sklearn."""

from math import inf, log

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from foolproof.toys.xor import (
    LABELS,
    POINTS,
    Activation,
    Training,
    collapsed_weights,
    confidences,
    draw_starts,
    hidden_units,
    identity,
    plane,
    probability_maps,
    steps_to_solve,
    train_xor,
    unpack,
    xor_logits,
    xor_loss,
)
from foolproof.toys.xor_outcomes import (
    LEVELS,
    OUTCOMES,
    SOLVED,
    classify,
    describe_stuck,
    smallest_curvature,
    spread_of_undecided,
)

RULES = {"confidence": 0.9, "level_tolerance": 0.01, "flat_gradient": 0.001}

# The hidden units are "or" and "and"; the output is what is in the first and not the second.
BY_HAND = torch.tensor([8, 8, 8, 8, -4, -12, 8, -8, -8], dtype=torch.float64)


@pytest.fixture(scope="module")
def trained() -> Training:
    """Forty starts of a spread that fails in several ways, trained until they are settled."""
    return train_xor(2 * draw_starts(40), steps=1500, learning_rate=1, snapshots=[0, 10])


def module_of(parameters: Tensor, activation: nn.Module) -> nn.Sequential:
    """Make the network of parameters (9,) from the layers of torch."""
    network = nn.Sequential(nn.Linear(2, 2), activation, nn.Linear(2, 1)).double()
    roles = unpack(parameters)
    shaped = (
        roles.hidden_weight,
        roles.hidden_bias,
        roles.output_weight[None],
        roles.output_bias[None],
    )
    with torch.no_grad():
        for own, given in zip(network.parameters(), shaped, strict=True):
            own.copy_(given)
    return network


def flat(network: nn.Module) -> Tensor:
    return torch.cat([values.detach().flatten() for values in network.parameters()])


@pytest.mark.parametrize(
    ("activation", "module"), [(torch.tanh, nn.Tanh()), (identity, nn.Identity())]
)
def test_training_in_a_batch_is_what_torch_does_with_each_network(
    activation: Activation, module: nn.Module
) -> None:
    starts = draw_starts(4).unflatten(0, (2, 2))
    found = train_xor(starts, steps=25, learning_rate=0.8, activation=activation)
    assert found.losses.shape == (26, 2, 2)
    for row in np.ndindex(2, 2):
        network = module_of(starts[row], module)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.8)
        for step in range(26):
            optimizer.zero_grad()
            logits = network(POINTS)[:, 0]
            loss = nn.functional.binary_cross_entropy_with_logits(logits, LABELS)
            loss.backward()
            torch.testing.assert_close(found.losses[step, *row], loss.detach())
            if step < 25:
                optimizer.step()
        torch.testing.assert_close(found.parameters[row], flat(network))
        torch.testing.assert_close(found.logits[row], logits.detach())
        gradients = [values.grad.flatten() for values in network.parameters()]  # type: ignore[union-attr]
        torch.testing.assert_close(found.gradients[row], torch.cat(gradients))


def test_every_start_has_draws_of_its_own_that_do_not_depend_on_how_many_there_are() -> None:
    few, many = draw_starts(3), draw_starts(200)
    torch.testing.assert_close(few, many[:3], rtol=0, atol=0)
    assert len(many.unique(dim=0)) == 200
    assert many.mean().item() == pytest.approx(0, abs=0.1)
    assert many.std().item() == pytest.approx(1, abs=0.1)


def test_snapshots_are_the_parameters_after_so_many_steps() -> None:
    starts = draw_starts(3)
    whole = train_xor(starts, steps=8, learning_rate=0.5, snapshots=[0, 5])
    assert list(whole.snapshots) == [0, 5]
    torch.testing.assert_close(whole.snapshots[0], starts, rtol=0, atol=0)
    part = train_xor(starts, steps=5, learning_rate=0.5)
    torch.testing.assert_close(whole.snapshots[5], part.parameters, rtol=0, atol=0)


def test_weights_by_hand_solve_it() -> None:
    logits = xor_logits(BY_HAND, torch.tanh)
    assert (logits > 0).tolist() == [False, True, True, False]
    assert confidences(logits).min() > 0.99
    assert xor_loss(logits) < 0.01


def test_most_small_starts_are_solved_and_stay_solved() -> None:
    found = train_xor(0.25 * draw_starts(40), steps=600, learning_rate=1)
    solved = classify(found, **RULES) == SOLVED
    assert solved.mean() >= 0.6
    steps = steps_to_solve(found.confidence, 0.9)
    assert ((steps <= 600).numpy() == solved).all()
    for row in np.flatnonzero(solved):
        assert (found.confidence[steps[row] :, row] >= 0.9).all()
        assert found.confidence[steps[row] - 1, row] < 0.9


def test_a_relapse_is_no_solution() -> None:
    confidence = torch.tensor([[0.5, 0.95, 0.2], [0.95, 0.95, 0.95], [0.3, 0.95, 0.95]])
    assert steps_to_solve(confidence, 0.9).tolist() == [3, 0, 1]


@pytest.mark.parametrize(("count", "positives"), [(2, 1), (3, 2), (3, 1), (4, 2)])
def test_the_levels_are_the_least_losses_of_points_with_one_output(
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
        (settled([-9, 9, 9, -9]), "solved"),
        (settled([-9, 9, 9, -9], gradient=1), "solved"),
        (settled([-9, 9, 0, 0]), "two_merged"),
        (settled([log(2), 9, log(2), log(2)]), "descending"),
        (settled([-9, log(2), log(2), log(2)]), "three_merged"),
        (settled([-log(2), -log(2), 9, -log(2)]), "three_merged"),
        (settled([0, 0, 0, 0]), "four_merged"),
        (settled([0, 0, 0, 0], gradient=0.01), "descending"),
        (settled([-9, 9, 9, 0]), "descending"),
        (settled([-9, 9, 1, 1]), "descending"),
    ],
)
def test_outcomes_follow_from_what_is_undecided_and_what_it_costs(
    training: Training, outcome: str
) -> None:
    assert classify(training, **RULES).item() == outcome


def test_what_is_called_merged_has_one_output_and_one_hidden_image(trained: Training) -> None:
    outcomes = classify(trained, **RULES)
    outputs = trained.logits.sigmoid()
    spread = spread_of_undecided(trained.parameters, 0.9)
    shares = {"two_merged": [1 / 2], "three_merged": [1 / 3, 2 / 3]}
    for outcome, expected in shares.items():
        rows = np.flatnonzero(outcomes == outcome)
        assert len(rows)
        for row in rows:
            undecided = confidences(trained.logits[row]) < 0.9
            common = outputs[row][undecided]
            assert min(abs(common - share).max() for share in expected) < 0.01
            assert spread[row] < 0.02
    assert (outcomes == SOLVED).any()


def test_spread_is_the_greatest_distance_between_undecided_images() -> None:
    # The readout is zero, so that nothing is decided: the farthest images are (-1, -1) and (1, 1).
    undecided = torch.tensor([40, 0, 0, 40, -20, -20, 0, 0, 0], dtype=torch.float64)
    both = torch.stack([undecided, BY_HAND])
    assert spread_of_undecided(both, 0.9).tolist() == pytest.approx([8**0.5, 0])


def test_the_smallest_curvature_is_that_of_torchs_hessian() -> None:
    parameters = draw_starts(5)
    found = smallest_curvature(parameters)
    for own, value in zip(parameters, found, strict=True):
        hessian = torch.autograd.functional.hessian(
            lambda p: xor_loss(xor_logits(p, torch.tanh)), own
        )
        assert value.item() == pytest.approx(np.linalg.eigvalsh(hessian)[0], abs=1e-12)


def test_reasons_are_described_from_their_own_starts(trained: Training) -> None:
    outcomes = classify(trained, **RULES)
    found = describe_stuck(trained, outcomes, 0.9)
    assert set(found) == set(outcomes) - {SOLVED}
    assert set(outcomes) <= set(OUTCOMES)
    curvature = smallest_curvature(trained.parameters).numpy()
    for reason, numbers in found.items():
        rows = outcomes == reason
        assert numbers["starts"] == rows.sum()
        assert numbers["greatest_loss"] == trained.losses[-1].numpy()[rows].max()
        assert numbers["curved_upwards"] == (curvature[rows] >= 0).sum()
        assert numbers["least_curvature"] == pytest.approx(curvature[rows].min())


def test_the_best_logistic_regression_on_xor_is_a_coin() -> None:
    """Where convex optimization ends is the bound of a network without hidden activation."""
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
    assert set(classify(found, **RULES)) == {"four_merged"}


def test_without_activation_two_layers_are_one_neuron() -> None:
    parameters = draw_starts(6)
    neuron = collapsed_weights(parameters)
    torch.testing.assert_close(
        xor_logits(parameters, identity), neuron[:, :2] @ POINTS.T + neuron[:, 2:]
    )


def test_the_maps_show_the_network() -> None:
    inputs = plane((0, 1), 3)
    assert inputs[0, 2].tolist() == [1, 0]
    hidden = hidden_units(BY_HAND, POINTS, torch.tanh)
    over_hidden, over_inputs = probability_maps(BY_HAND, hidden.view(2, 2, 2), inputs)
    expected = xor_logits(BY_HAND, torch.tanh).sigmoid()
    torch.testing.assert_close(over_hidden.flatten(), expected)
    # The corners of the input plane, with x2 along rows, are the four points of XOR.
    torch.testing.assert_close(over_inputs.T[::2, ::2].flatten(), expected)
