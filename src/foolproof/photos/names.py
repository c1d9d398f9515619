"""Names of photos and classes in params.yaml that may not exist."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def nearest_names(name: str, names: Iterable[str]) -> str:
    """List the three most similar names, the most similar first."""
    return ", ".join(get_close_matches(name, list(names), n=3, cutoff=0))


def find_or_replace(requested: Sequence[str], names: Sequence[str]) -> list[int | None]:
    """Find the index of each requested name, or of a replacement.

    The replacement is the first name that is neither requested nor taken; None where none is left.

    Args:
        requested: any names.
        names: those that exist.
    """
    spare = (index for index, name in enumerate(names) if name not in requested)
    return [names.index(name) if name in names else next(spare, None) for name in requested]
