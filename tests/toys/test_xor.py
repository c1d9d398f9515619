"""XOR perceptrons against torch.nn and torch.optim."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from foolproof.toys.xor import (
    LABELS,
    POINTS,
    Activation,
    draw_starts,
    effective_weights,
    hidden_units,
    identity,
    label_probabilities,
    log_spaced_steps,
    plane,
    probability_maps,
    steps_to_success,
    train_xor,
    unpack,
    xor_logits,
    xor_loss,
)

# The hidden units compute "or" and "and"; the output is "or and not and".
BY_HAND = torch.tensor([8, 8, 8, 8, -4, -12, 8, -8, -8], dtype=torch.float64)


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
def test_train_xor_equals_torch_optim_sgd_on_each_network(
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


def test_draw_starts_samples_each_start_independently_of_their_number() -> None:
    few, many = draw_starts(3), draw_starts(200)
    torch.testing.assert_close(few, many[:3], rtol=0, atol=0)
    assert len(many.unique(dim=0)) == 200
    assert many.mean().item() == pytest.approx(0, abs=0.1)
    assert many.std().item() == pytest.approx(1, abs=0.1)


def test_snapshots_equal_shorter_trainings() -> None:
    starts = draw_starts(3)
    whole = train_xor(starts, steps=8, learning_rate=0.5, snapshots=[0, 5])
    assert list(whole.snapshots) == [0, 5]
    torch.testing.assert_close(whole.snapshots[0], starts, rtol=0, atol=0)
    part = train_xor(starts, steps=5, learning_rate=0.5)
    torch.testing.assert_close(whole.snapshots[5], part.parameters, rtol=0, atol=0)


def test_weights_set_by_hand_compute_xor() -> None:
    logits = xor_logits(BY_HAND, torch.tanh)
    assert (logits > 0).tolist() == [False, True, True, False]
    assert label_probabilities(logits).min() > 0.99
    assert xor_loss(logits) < 0.01


def test_steps_to_success_ignores_success_that_does_not_last() -> None:
    confidence = torch.tensor([[0.5, 0.95, 0.2], [0.95, 0.95, 0.95], [0.3, 0.95, 0.95]])
    assert steps_to_success(confidence, 0.9).tolist() == [3, 0, 1]


def test_effective_weights_give_the_logits_of_the_linear_network() -> None:
    parameters = draw_starts(6)
    neuron = effective_weights(parameters)
    torch.testing.assert_close(
        xor_logits(parameters, identity), neuron[:, :2] @ POINTS.T + neuron[:, 2:]
    )


def test_probability_maps_equal_the_outputs_at_the_four_points() -> None:
    inputs = plane((0, 1), 3)
    assert inputs[0, 2].tolist() == [1, 0]
    hidden = hidden_units(BY_HAND, POINTS, torch.tanh)
    over_hidden, over_inputs = probability_maps(BY_HAND, hidden.view(2, 2, 2), inputs)
    expected = xor_logits(BY_HAND, torch.tanh).sigmoid()
    torch.testing.assert_close(over_hidden.flatten(), expected)
    # The corners of the input plane, with x2 along rows, are the four points of XOR.
    torch.testing.assert_close(over_inputs.T[::2, ::2].flatten(), expected)


def test_log_spaced_steps_start_at_zero_and_end_at_the_last_step() -> None:
    steps = log_spaced_steps(3000, 200)
    assert (steps[0], steps[-1]) == (0, 3000)
    assert len(steps) <= 200
    assert (np.diff(steps) > 0).all()
    assert (np.diff(steps, 2)[50:] >= -1).all()
    assert log_spaced_steps(3, 200).tolist() == [0, 1, 2, 3]
