"""What `dvc plots show` opens."""

import yaml

from tests.pipeline.conftest import Workspace
from tools.deps import ROOT
from tools.plots_page import PAGE, plots_page


def test_the_committed_page_is_the_generated_one() -> None:
    dvc_yaml = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    assert (ROOT / PAGE).read_text(encoding="utf-8") == plots_page(dvc_yaml)


def test_plots_open_without_a_network_and_overlay_the_networks(finished: Workspace) -> None:
    shown = finished.run("dvc", "plots", "show")
    assert shown.returncode == 0, shown.stderr
    assert "failed" not in shown.stderr
    page = (finished.path / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    assert "<script src" not in page
    for series in ("training", "validation"):
        for network in ("without batch norm", "with batch norm"):
            assert f"{series}, {network}" in page
    plots = yaml.safe_load((finished.path / "dvc.yaml").read_text(encoding="utf-8"))["plots"]
    assert page.count("vegaEmbed('#") == sum(isinstance(plot, dict) for plot in plots)
