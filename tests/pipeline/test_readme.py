"""The README's table can be made from what the pipeline writes, nulls of tiny runs included."""

from tests.pipeline.conftest import Workspace
from tools.readme import results_table


def test_results_table_reads_the_metrics_of_a_run(finished: Workspace) -> None:
    table = results_table(finished.path / "metrics")
    assert table.startswith("| what | result |\n")
    assert "None" not in table
