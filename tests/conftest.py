"""What holds for every test."""

import pytest
from hypothesis import settings

# A busy machine fails no test, and what passes once passes always.
settings.register_profile("foolproof", deadline=None, derandomize=True)
settings.register_profile("thorough", settings.get_profile("foolproof"), max_examples=10)
settings.load_profile("foolproof")


@pytest.hookimpl(tryfirst=True)  # before the processes read the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of a module, or of the whole pipeline, to one process, the longest first.

    Stages in one module read what those before have written, and one finished run serves all tests
    of the pipeline.
    """
    items.sort(key=lambda item: item.path.parent.name != "pipeline")
    for item in items:
        of_pipeline = item.path.parent.name == "pipeline"
        item.add_marker(pytest.mark.xdist_group("pipeline" if of_pipeline else str(item.path)))
