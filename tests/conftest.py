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


class ByFileOrPipeline(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives the tests of a file, or of the whole pipeline, to one of several processes.

    Tests in one file read what its fixtures have written, and one finished run serves all tests of
    the pipeline.
    """

    def _split_scope(self, nodeid: str) -> str:
        return PIPELINE if nodeid.startswith(PIPELINE) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFileOrPipeline:
    """Distribute the tests of `pytest --numprocesses`."""
    return ByFileOrPipeline(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the pipeline, which takes longest, so that all processes end together."""
    items.sort(key=lambda item: not item.nodeid.startswith(PIPELINE))
