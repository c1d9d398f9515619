"""The deep network against the shallow formula; its one-sum variant against the proof."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from foolproof.compute.seeds import new_generator
from foolproof.toys.shallow_as_deep import (
    TOLERANCE,
    Shallow,
    compare,
    count_hidden,
    count_neurons,
    deepen,
    deepen_with_one_sum,
    differences,
    random_shallow,
    run_deep,
    run_shallow,
    running_sums,
    terms,
)

DOUBLE = torch.float64
sizes = st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(0, 999))


def drawn(neurons: int, inputs: int, seed: int, points: int = 50) -> tuple[Shallow, Tensor]:
    """Sample a network and points."""
    generator = new_generator(seed)
    network = random_shallow(generator, neurons, inputs)
    return network, torch.randn(points, inputs, generator=generator, dtype=DOUBLE)


def hat() -> Shallow:
    """Make relu(x) - 2 relu(x - 1) + relu(x - 2) - 3, a hat above -3."""
    return Shallow(
        w=torch.ones(3, 1, dtype=DOUBLE),
        b=torch.tensor([0.0, -1, -2], dtype=DOUBLE),
        a=torch.tensor([1.0, -2, 1], dtype=DOUBLE),
        c=torch.tensor(-3.0, dtype=DOUBLE),
    )


def test_hat_function_equals_hand_computation() -> None:
    points = torch.tensor([-1.0, 0, 0.5, 1, 1.5, 2, 9], dtype=DOUBLE)[:, None]
    expected = [-3, -3, -2.5, -2, -2.5, -3, -3]
    assert run_shallow(hat(), points).tolist() == expected
    assert run_deep(deepen(hat()), points).tolist() == expected
    # After two terms the sum is x - 2 (x - 1), which is below 0 from x = 2 on.
    assert run_deep(deepen_with_one_sum(hat()), points).tolist() == [*expected[:-1], -3 + 7]


def test_matrices_of_the_hat_function_equal_hand_computation() -> None:
    first, _, second, _, third, _, output = deepen(hat())
    assert isinstance(first, nn.Linear)
    assert first.weight.tolist() == [[1], [-1], [1], [0], [0]]
    assert first.bias.tolist() == [0] * 5
    assert isinstance(second, nn.Linear)
    assert second.weight.tolist() == [
        [1, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],
        [1, -1, 0, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 0, 0, 0, 1],
    ]
    assert second.bias.tolist() == [0, 0, -1, 0, 0]
    assert isinstance(third, nn.Linear)
    assert third.weight.tolist()[3:] == [[0, 0, 0, 1, 0], [0, 0, 2, 0, 1]]
    assert isinstance(output, nn.Linear)
    assert output.weight.tolist() == [[0, 0, 1, 1, -1]]
    assert output.bias.tolist() == [-3]


@given(sizes)
@settings(max_examples=40)
def test_deep_network_equals_the_shallow_formula(size: tuple[int, int, int]) -> None:
    network, points = drawn(*size)
    w, b, a, c = (values.tolist() for values in network)
    found = run_deep(deepen(network), points).tolist()
    for point, output in zip(points.tolist(), found, strict=True):
        expected = c + sum(
            gain * max(0, offset + sum(u * v for u, v in zip(row, point, strict=True)))
            for row, offset, gain in zip(w, b, a, strict=True)
        )
        assert output == pytest.approx(expected, rel=1e-10, abs=1e-10)
    assert differences(network, deepen(network), points).max() <= TOLERANCE


@given(sizes)
@settings(max_examples=20)
def test_count_neurons_equals_the_number_in_the_layers(size: tuple[int, int, int]) -> None:
    neurons, inputs, seed = size
    deep = deepen(random_shallow(new_generator(seed), neurons, inputs))
    linear = [layer for layer in deep if isinstance(layer, nn.Linear)]
    assert len(linear) == neurons + 1
    assert {layer.out_features for layer in linear[:-1]} == {2 * inputs + 3}
    assert count_hidden(deep) == count_neurons(neurons, inputs) == neurons * (2 * inputs + 3)
    assert [type(module) for module in deep] == [nn.Linear, nn.ReLU] * neurons + [nn.Linear]


@given(sizes)
@settings(max_examples=40)
def test_one_sum_exceeds_the_output_by_the_minimum_of_its_partial_sums(
    size: tuple[int, int, int],
) -> None:
    # Each clamp of a running sum at 0 raises all that follows by the amount clamped.
    network, points = drawn(*size)
    partial = terms(network, points).cumsum(1)[:, :-1]
    fall = torch.cat([partial, torch.zeros(len(points), 1)], 1).amin(1)
    raised = run_deep(deepen_with_one_sum(network), points) - run_shallow(network, points)
    torch.testing.assert_close(raised, -fall, rtol=1e-10, atol=1e-10)


@given(sizes)
@settings(max_examples=20)
def test_running_sums_add_positive_and_negative_terms(size: tuple[int, int, int]) -> None:
    network, points = drawn(*size)
    sums = running_sums(network, points)
    expected = terms(network, points).T.cumsum(0)
    assert sums.shape == (*expected.shape, 2)
    assert (sums >= 0).all()
    assert (sums.diff(dim=0) >= 0).all()
    torch.testing.assert_close(sums[..., 0] - sums[..., 1], expected, rtol=1e-10, atol=1e-10)


def test_random_shallow_has_half_of_its_coefficients_negative() -> None:
    for neurons in range(1, 8):
        network = random_shallow(new_generator(neurons), neurons, 2)
        assert (network.a < 0).sum() == neurons // 2
        assert network.w.shape == (neurons, 2)
        assert network.b.shape == network.a.shape == (neurons,)
        assert network.c.shape == ()
        assert {values.dtype for values in network} == {DOUBLE}
    firsts = [random_shallow(new_generator(seed), 2, 1).a[0] > 0 for seed in range(30)]
    assert 0 < sum(firsts) < 30


def test_compare_measures_both_constructions() -> None:
    found = compare(new_generator(0), 6, 2, networks=5, points=100)
    assert (found.neurons, found.inputs, found.deep_neurons) == (6, 2, 6 * 7)
    assert found.wrong_networks == 0
    assert 0 < found.max_difference < 1e-14
    assert found.one_sum_positive_difference < 1e-14
    assert 0.1 < found.one_sum_wrong_share["mean"] < 0.9
    assert found.one_sum_wrong_share["n"] == 5
    assert compare(new_generator(0), 6, 2, networks=5, points=100) == found
    # With one hidden neuron there is no running sum.
    assert compare(new_generator(0), 1, 2, networks=5, points=100).one_sum_wrong_share["mean"] == 0


def test_compare_counts_wrong_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foolproof.toys.shallow_as_deep.deepen", deepen_with_one_sum)
    found = compare(new_generator(0), 6, 2, networks=5, points=100)
    assert found.wrong_networks > 0
    assert found.max_difference > 0.01
