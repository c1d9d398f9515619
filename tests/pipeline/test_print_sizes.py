"""The size of text in the reports' figures, as printed."""

from tests.pipeline.conftest import Workspace
from tools.print_sizes import printed_sizes


def test_text_of_every_figure_has_at_least_six_points_in_print(finished: Workspace) -> None:
    sizes = printed_sizes(finished.path)
    assert len(sizes) > 40
    assert {path: size for path, size in sizes.items() if size < 6} == {}
