"""Values of each example of a batch, selected together with it."""

from dataclasses import fields, replace
from typing import Any, Self

from torch import Tensor


class PerExample:
    """Base of frozen dataclasses whose tensors have one entry for each of N examples.

    The optimization selects these entries itself when it splits a batch or drops examples, so that
    the author of an objective, criterion, constraint or step never handles indices. A tensor that
    is the same for all examples is no field of such a class: it is a number (also a tensor without
    dimensions), or part of a function.
    """

    def at(self, indices: Tensor) -> Self:
        """Select examples, by indices (n,), in all fields that are tensors or `PerExample`."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        chosen = {name: _at(value, indices) for name, value in values.items()}
        return replace(self, **chosen)  # type: ignore[type-var]


def _at(value: Any, indices: Tensor) -> Any:
    """Select examples in a value, or in each of a tuple of values; others are kept."""
    if isinstance(value, Tensor):
        return value[indices] if value.dim() else value
    if isinstance(value, PerExample):
        return value.at(indices)
    if isinstance(value, tuple):
        return tuple(_at(each, indices) for each in value)
    return value
