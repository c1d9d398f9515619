"""The adder against Python's integers, its transitions against the truth table, its margins."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from foolproof.compute.seeds import new_generator
from foolproof.core.errors import FoolproofError
from foolproof.core.params import ParamsError, validate
from foolproof.params.adder import Adder
from foolproof.toys.adder import (
    ADDER,
    CARRY,
    Network,
    add,
    add_stepwise,
    count_errors,
    count_errors_of_all_pairs,
    count_wrong,
    input_bits,
    margins,
    random_pairs,
    run,
    to_bits,
    to_numbers,
    transitions,
    truth_table,
)

NUMBERS = range(2**5)
PAIRS = [(a, b) for a in NUMBERS for b in NUMBERS]


def changed(name: str, index: tuple[int, ...], value: float) -> Network:
    """Make the adder with another value at one place."""
    values = getattr(ADDER, name).clone()
    values[index] = value
    return ADDER._replace(**{name: values})


# The adder with the sign of one nonzero weight or bias changed, for each of them.
BROKEN = [
    changed(name, tuple(index), -getattr(ADDER, name)[tuple(index)].item())
    for name in ("U", "W", "b_h", "v", "b_y")
    for index in getattr(ADDER, name).nonzero().tolist()
]


def test_add_solves_the_example_of_the_sheet() -> None:
    inputs = input_bits([0b100111], [0b110010])
    assert inputs[:, 0].T.tolist() == [[1, 1, 1, 0, 0, 1, 0], [0, 1, 0, 0, 1, 1, 0]]
    assert run(ADDER, inputs).outputs[:, 0].tolist() == [1, 0, 0, 1, 1, 0, 1]
    assert add(ADDER, [0b100111], [0b110010]) == [0b1011001]


def test_run_equals_the_equations_of_the_sheet() -> None:
    generator = new_generator(0)
    network = Network(*(torch.randn(p.shape, generator=generator) for p in ADDER))
    inputs = torch.randint(2, (9, 5, 2), generator=generator).float()
    found = run(network, inputs)
    for row in range(5):
        before: Tensor = network.h_0
        for step, bits in enumerate(inputs[:, row]):
            hidden = [
                float(network.U[k].dot(bits) + network.W[k].dot(before) + network.b_h[k] > 0)
                for k in range(3)
            ]
            before = torch.tensor(hidden)
            assert found.hidden[step, row].tolist() == hidden
            assert found.outputs[step, row] == float(network.v.dot(before) + network.b_y > 0)


def test_add_stepwise_records_inputs_carries_hidden_states_and_outputs() -> None:
    found = add_stepwise(ADDER, 0b11, 0b01)
    assert found.inputs.tolist() == [[1, 1], [1, 0], [0, 0]]
    assert found.carries.tolist() == [0, 1, 1]
    assert found.hidden.tolist() == [[1, 1, 0], [1, 1, 0], [1, 0, 0]]
    assert found.outputs.tolist() == [0, 0, 1]


def test_random_pairs_follow_the_seed_and_the_number_of_bits() -> None:
    first, second = random_pairs(0, 2000, 50)
    assert (first, second) == random_pairs(0, 2000, 50) != random_pairs(1, 2000, 50)
    assert len(first) == len(second) == 50
    assert max(number.bit_length() for number in first + second) == 2000


def test_truth_table_has_one_transition_for_each_total() -> None:
    table = truth_table(transitions(ADDER))
    assert table.totals.tolist() == [0, 1, 2, 3]
    assert table.hidden.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert table.outputs.tolist() == [0, 1, 0, 1]
    assert table.hidden_sums.tolist() == [[t - 0.5, t - 1.5, t - 2.5] for t in range(4)]
    assert table.output_sums.tolist() == [-0.5, 0.5, -0.5, 0.5]


@given(st.lists(st.tuples(*2 * [st.integers(0, 2**80)]), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_add_handles_numbers_of_different_lengths(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)
    assert add(ADDER, first, second) == [a + b for a, b in pairs]


def test_add_propagates_a_carry_through_2000_bits() -> None:
    ones = [2**length - 1 for length in (1, 2, 7, 8, 9, 1000, 2000)]
    assert add(ADDER, ones, [1] * len(ones)) == [number + 1 for number in ones]
    assert add(ADDER, [1] * len(ones), ones) == [number + 1 for number in ones]
    assert add(ADDER, ones, ones) == [2 * number for number in ones]


def test_count_errors_of_all_pairs_includes_both_orders() -> None:
    assert count_errors_of_all_pairs(ADDER, 7) == 0
    # A network that ignores the first number is right where that is 0, and only there.
    ignoring = ADDER._replace(U=ADDER.U * torch.tensor([0.0, 1]))
    assert count_errors_of_all_pairs(ignoring, 7) == 2**14 - 2**7
    # One that forgets the carry is right where no two ones meet: 3 of 4 pairs of bits.
    forgetful = ADDER._replace(W=torch.zeros(3, 3))
    assert count_errors_of_all_pairs(forgetful, 9) == 4**9 - 3**9


def test_count_errors_equals_single_additions() -> None:
    for network in BROKEN[:4]:
        wrong = sum(add(network, [a], [b]) != [a + b] for a, b in PAIRS[::7])
        assert count_errors(network, *zip(*PAIRS[::7], strict=True)) == wrong > 0


def test_transitions_equal_the_truth_table() -> None:
    steps = transitions(ADDER)
    states = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)]
    rows = {(*map(int, x), *map(int, h)) for x, h in zip(steps.inputs, steps.before, strict=True)}
    assert rows == {(a, b, *state) for a in (0, 1) for b in (0, 1) for state in states}
    assert len(steps.outputs) == len(rows) == 16
    for inputs, before, hidden, output, total in zip(
        steps.inputs, steps.before, steps.hidden, steps.outputs, steps.totals, strict=True
    ):
        assert total == inputs.sum() + before[CARRY]
        assert hidden.tolist() == [total >= 1, total >= 2, total >= 3]
        assert (hidden[CARRY], output) == divmod(int(total), 2)
    assert count_wrong(steps) == 0


def test_transitions_include_every_step_of_a_long_run() -> None:
    inputs = torch.randint(2, (500, 20, 2), generator=new_generator(0)).float()
    hidden = run(ADDER, inputs).hidden
    taken = torch.cat([inputs[1:], hidden[:-1]], 2).flatten(0, 1).unique(dim=0)
    steps = transitions(ADDER)
    listed = torch.cat([steps.inputs, steps.before], 1).unique(dim=0)
    torch.testing.assert_close(taken, listed, rtol=0, atol=0)


@pytest.mark.parametrize("network", BROKEN)
def test_count_wrong_detects_every_changed_sign(network: Network) -> None:
    assert count_wrong(transitions(network)) > 0
    assert count_errors_of_all_pairs(network, 3) > 0


def test_an_initial_carry_adds_one() -> None:
    started = changed("h_0", (CARRY,), 1)
    assert add(started, [5, 0], [6, 0]) == [12, 1]
    # The other two units before the first step do not matter: nothing reads them.
    anything = ADDER._replace(h_0=torch.tensor([0.3, 0, -7]))
    assert count_errors_of_all_pairs(anything, 4) == 0


def test_weight_margin_is_tight() -> None:
    found = margins(transitions(ADDER))
    assert found.hidden == [0.5, 0.5, 0.5]
    assert found.output == 0.5
    assert found.weights == pytest.approx(1 / 12)
    generator = new_generator(0)

    def shaken(size: float) -> Network:
        signs = (torch.randint(2, p.shape, generator=generator) * 2 - 1 for p in ADDER)
        moved = Network(*(p + size * sign for p, sign in zip(ADDER, signs, strict=True)))
        return moved._replace(h_0=ADDER.h_0)

    for _ in range(200):
        assert count_wrong(transitions(shaken(0.999 * found.weights))) == 0
    lower = 1.001 * found.weights
    worst = ADDER._replace(U=ADDER.U - lower, W=ADDER.W - lower, b_h=ADDER.b_h - lower)
    assert count_wrong(transitions(worst)) > 0
    assert add(worst, [3], [3]) == [6]
    # Three ones in a step, after a step with three ones: the last unit no longer comes on.
    assert add(worst, [7], [7]) != [14]


def test_to_bits_equals_pythons_binary_format() -> None:
    numbers = [0, 1, 2, 255, 256, 0b100111, 2**70 + 1]
    bits = to_bits(numbers, 71)
    for number, column in zip(numbers, bits.T, strict=True):
        assert "".join(str(int(bit)) for bit in column.flip(0)) == f"{number:071b}"
    assert to_numbers(bits) == numbers


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([3, -2], "expected numbers of 0 to 4 bits, found -2"),
        ([16, 3], "expected numbers of 0 to 4 bits, found 16"),
    ],
)
def test_to_bits_rejects_numbers_that_do_not_fit(numbers: list[int], message: str) -> None:
    with pytest.raises(FoolproofError, match=f"^{message}$"):
        to_bits(numbers, 4)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"bits": 13}, "adder.bits: input should be less than or equal to 12, found 13"),
        ({"long_count": 0}, "adder.long_count: input should be greater than 0, found 0"),
    ],
)
def test_invalid_params_are_rejected(value: dict[str, int], message: str) -> None:
    content = {"seed": 0, "bits": 10, "long_bits": 2000, "long_count": 1000, **value}
    with pytest.raises(ParamsError) as error:
        validate(Adder, content, path=Path("params.yaml"), key="adder")
    assert str(error.value) == f"params.yaml: {message}"
