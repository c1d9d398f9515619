"""Selection of the entries of each example."""

from dataclasses import dataclass

import torch
from torch import Tensor

from foolproof.optimize.examples import PerExample


@dataclass(frozen=True, eq=False)
class Inner(PerExample):
    """A tensor and a number."""

    numbers: Tensor
    factor: float = 2.0


@dataclass(frozen=True, eq=False)
class Outer(PerExample):
    """All kinds of fields."""

    images: Tensor
    inner: Inner
    parts: tuple[object, ...]
    both: float | Tensor
    name: str = "kept"
    function: object = abs
    nothing: Tensor | None = None


INDICES = torch.tensor([2, 0, 2])


def make(both: float | Tensor) -> Outer:
    numbers = torch.tensor([10, 11, 12])
    parts = (numbers + 10, Inner(numbers + 20), (numbers + 30, "text"), 5)
    return Outer(torch.arange(6).view(3, 2), Inner(numbers), parts, both)


def test_tensors_are_selected_in_nested_objects_and_tuples() -> None:
    chosen = make(torch.tensor([0.1, 0.2, 0.3])).at(INDICES)
    assert type(chosen) is Outer
    assert chosen.images.tolist() == [[4, 5], [0, 1], [4, 5]]
    assert chosen.inner.numbers.tolist() == [12, 10, 12]
    plain, nested, pair, number = chosen.parts
    assert isinstance(plain, Tensor)
    assert plain.tolist() == [22, 20, 22]
    assert isinstance(nested, Inner)
    assert nested.numbers.tolist() == [32, 30, 32]
    assert isinstance(pair, tuple)
    assert pair[0].tolist() == [42, 40, 42]
    assert (pair[1], number) == ("text", 5)
    torch.testing.assert_close(chosen.both, torch.tensor([0.3, 0.1, 0.3]))


def test_other_fields_are_kept() -> None:
    chosen = make(0.5).at(INDICES)
    assert (chosen.both, chosen.inner.factor, chosen.name) == (0.5, 2, "kept")
    assert chosen.function is abs
    assert chosen.nothing is None


def test_tensor_without_dimensions_is_a_number() -> None:
    assert make(torch.tensor(0.5)).at(INDICES).both == torch.tensor(0.5)


def test_selection_leaves_the_original_and_composes() -> None:
    whole = make(torch.tensor([0.1, 0.2, 0.3]))
    chosen = whole.at(INDICES)
    assert whole.images.shape == (3, 2)
    assert whole.inner.numbers.tolist() == [10, 11, 12]
    twice = chosen.at(torch.tensor([1, 2]))
    assert twice.inner.numbers.tolist() == whole.at(torch.tensor([0, 2])).inner.numbers.tolist()
