"""Names in params.yaml of photos and classes that may not be there."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def nearest_names(name: str, names: Iterable[str]) -> str:
    """List the three most similar names, the most similar first."""
    return ", ".join(get_close_matches(name, list(names), n=3, cutoff=0))


def find_or_replace(wanted: Sequence[str], names: Sequence[str]) -> list[int | None]:
    """Find the index of each wanted name, or of another one in its place.

    In place of a name that is not there comes the first that is neither wanted nor taken yet; None
    where these run out.

    Args:
        wanted: any names.
        names: those that there are.
    """
    spare = (index for index, name in enumerate(names) if name not in wanted)
    return [names.index(name) if name in names else next(spare, None) for name in wanted]
