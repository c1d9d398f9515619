"""What holds for every test."""

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# A busy machine fails no test, and what passes once passes always.
settings.register_profile("foolproof", deadline=None, derandomize=True)
settings.register_profile("thorough", settings.get_profile("foolproof"), max_examples=10)
settings.load_profile("foolproof")

PIPELINE = "tests/pipeline/"
MIXTURES = "tests/pipeline/test_mixtures.py"  # several pipelines more, which take minutes


def group(nodeid: str) -> str:
    """Name the tests that belong in one process: those of a file, or of a finished pipeline.

    Tests in one file read what its fixtures have written, and one run serves those of the pipeline.
    """
    file = nodeid.split("::", 1)[0]
    return PIPELINE if file.startswith(PIPELINE) and file != MIXTURES else file


class ByGroup(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Distributes groups of tests to the processes of `pytest --numprocesses`."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByGroup:
    """Distribute groups instead of single tests."""
    return ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest group, and end with the one that waits for its first run."""
    order = {PIPELINE: 0, MIXTURES: 2}
    items.sort(key=lambda item: order.get(group(item.nodeid), 1))
