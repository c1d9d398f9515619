"""What a browser really draws of our pages, without a network."""

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from tests.pipeline.conftest import Workspace
from tests.repository import ROOT

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome-headless-shell",
    "headless_shell",
)

# Stands in front of everything else in the page, and writes what happens into the document.
PROBE = """<script>
(() => {
  const note = (kind, text) => {
    const root = document.documentElement;
    root.setAttribute(kind, JSON.stringify([...JSON.parse(root.getAttribute(kind) ?? "[]"), text]));
  };
  console.error = (...words) => note("data-errors", words.join(" "));
  addEventListener("unhandledrejection", event => note("data-errors", String(event.reason)));
  addEventListener("error", event => note("data-errors", event.message ?? event.target.outerHTML),
    true);
  document.addEventListener("load", event => {
    if (event.target.tagName === "IMG") event.target.dataset.width = event.target.naturalWidth;
  }, true);
  new PerformanceObserver(list => list.getEntries().forEach(
    entry => note("data-requests", entry.name))).observe({type: "resource", buffered: true});
})();
</script>"""


# Beside the page in a frame of a given width, which a window can fall short of: says how wide the
# page came out, where its contents lead, and which charts and pictures it has.
MEASURE = """<script>
addEventListener("load", () => setTimeout(() => parent.postMessage(JSON.stringify({
  room: innerWidth,
  width: document.documentElement.scrollWidth,
  contents: [...document.querySelectorAll("nav a")].map(link => link.getAttribute("href")),
  places: [...document.querySelectorAll("h2, figure")].map(place => "#" + place.id),
}), "*"), 8000));
</script>"""

FRAME = """<!DOCTYPE html><html><head></head><body>
<iframe src="measured.html" width="{width}" height="900" style="border: 0"></iframe>
<script>
const root = document.documentElement;
addEventListener("message", event => root.setAttribute("data-said", event.data));
</script></body></html>"""


class Drawn(HTMLParser):
    """What stands in the document after its scripts have run.

    Attributes:
        errors: exceptions, `console.error`, and scripts and pictures that did not load.
        requests: the addresses of all that was asked of a network; files are not listed.
        picture_widths: in pixels, by address; 0 for a picture that did not load.
        lines: for each plot that Vega drew, the path of each line by its description.
        legends: for each plot that Vega drew, the labels of its legends.
        said: what a page in a frame measured of itself.
    """

    def __init__(self, document: str) -> None:
        super().__init__()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.picture_widths: dict[str, int] = {}
        self.lines: list[dict[str, str]] = []
        self.legends: list[list[str]] = []
        self.said: dict[str, Any] = {}
        self._in_label = False
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element."""
        found = {key: value or "" for key, value in attrs}
        classes = found.get("class", "").split()
        if tag == "html":
            self.errors = json.loads(found.get("data-errors", "[]"))
            self.requests = json.loads(found.get("data-requests", "[]"))
            self.said = json.loads(found.get("data-said", "{}"))
        elif tag == "img":
            self.picture_widths[found["src"]] = int(found.get("data-width", 0))
        elif tag == "svg" and "marks" in classes:
            self.lines.append({})
            self.legends.append([])
        elif tag == "path" and found.get("aria-roledescription") == "line mark":
            self.lines[-1][found["aria-label"]] = found["d"]
        self._in_label = "role-legend-label" in classes or (self._in_label and tag == "text")

    def handle_data(self, data: str) -> None:
        """Take in the text of an element."""
        if self._in_label:
            self.legends[-1].append(data)


@pytest.fixture(scope="module")
def browser() -> str:
    """The path of a Chromium."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(PROGRAMS)} is on PATH")
    return found


def draw(browser: str, page: Path, profile: Path) -> Drawn:
    """Open a page with the probe in it, and wait until its scripts are at rest."""
    probed = page.with_name("probed.html")
    before, head, after = page.read_text(encoding="utf-8").partition("<head>")
    probed.write_text(before + head + PROBE + after, encoding="utf-8")
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={profile}",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--virtual-time-budget=20000",
            "--dump-dom",
            probed.as_uri(),
        ],
        env={**os.environ, "XDG_CONFIG_HOME": str(profile)},  # it writes there besides the profile
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    return Drawn(done.stdout)


def measure(browser: str, page: Path, text: str, width: int, profile: Path) -> dict[str, Any]:
    """Measure a text in a window of a width, in the place of a page."""
    page.with_name("measured.html").write_text(
        text.replace("<head>", "<head>" + MEASURE, 1), encoding="utf-8"
    )
    frame = page.with_name("frame.html")
    frame.write_text(FRAME.replace("{width}", str(width)), encoding="utf-8")
    return draw(browser, frame, profile).said


@pytest.fixture(scope="module")
def drawn(browser: str, finished: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """What the browser makes of all plots of the finished workspace."""
    shown = finished.run("dvc", "plots", "show")
    assert shown.returncode == 0, shown.stderr
    page = finished.path / "dvc_plots" / "index.html"
    return draw(browser, page, tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="module")
def declared(finished: Workspace) -> list[Any]:
    """The plots in dvc.yaml: a mapping for what Vega draws, a path for a picture."""
    plots: list[Any] = yaml.safe_load((finished.path / "dvc.yaml").read_text())["plots"]
    return plots


def test_the_probe_sees_what_goes_wrong(browser: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    Image.new("L", (3, 2)).save(tmp_path / "picture.png")
    page.write_text(
        "<!DOCTYPE html><html><head><script src='http://elsewhere.invalid/vega.js'></script></head>"
        "<body><img src='missing.png'><img src='picture.png'>"
        "<script>console.error('no', 'data');</script>"
        "<script>Promise.reject('no spec');</script><script>draw(</script></body></html>"
    )
    found = draw(browser, page, tmp_path / "profile")
    assert found.picture_widths == {"missing.png": 0, "picture.png": 3}
    assert found.requests == ["http://elsewhere.invalid/vega.js"]
    said = "\n".join(found.errors)
    for part in ("vega.js", "missing.png", "no data", "no spec", "SyntaxError"):
        assert part in said


def test_no_script_fails(drawn: Drawn) -> None:
    assert drawn.errors == []


def test_every_plot_is_drawn(drawn: Drawn, declared: list[Any]) -> None:
    assert len(drawn.lines) == sum(isinstance(plot, dict) for plot in declared)


def test_networks_with_and_without_batch_norm_lie_in_one_plot(drawn: Drawn) -> None:
    series = {
        f"{network}, {split}"
        for split in ("training", "validation")
        for network in ("without batch norm", "with batch norm")
    }
    overlaid = [legend for legend in drawn.legends if series == set(legend) - {"workspace"}]
    assert len(overlaid) == 3  # loss, error and accuracy
    for legend, lines in zip(drawn.legends, drawn.lines, strict=True):
        if legend in overlaid:
            assert {name for name in series if f"line: {name};" in "".join(lines)} == series
            assert len(set(lines.values())) == len(lines) == len(series)
            assert all("L" in path and "NaN" not in path for path in lines.values())


def test_series_can_be_told_apart(drawn: Drawn) -> None:
    """Vega cuts long labels, and what is left of two of them may be the same."""
    assert [label for legend in drawn.legends for label in legend if label.endswith("…")] == []


def test_every_picture_is_loaded_from_beside_the_page(
    drawn: Drawn, declared: list[Any], finished: Workspace
) -> None:
    folders = [finished.path / plot for plot in declared if isinstance(plot, str)]
    pictures = [picture for folder in folders for picture in folder.rglob("*.png")]
    assert len(drawn.picture_widths) == len(pictures) > len(folders)
    assert all(address.startswith("static/") for address in drawn.picture_widths)
    assert all(width > 0 for width in drawn.picture_widths.values())


def test_nothing_is_asked_of_a_network(drawn: Drawn) -> None:
    assert drawn.requests == []


@pytest.mark.parametrize("width", [390, 1400])
def test_the_page_fits_its_width_and_its_contents_lead_everywhere(
    browser: str, drawn: Drawn, finished: Workspace, tmp_path: Path, width: int
) -> None:
    """On a phone and on a desktop, without scrolling sideways."""
    page = finished.path / "dvc_plots" / "index.html"
    said = measure(browser, page, page.read_text(encoding="utf-8"), width, tmp_path / "profile")
    assert said["room"] == width
    assert said["width"] <= width
    assert said["contents"] == said["places"]
    shown = len(drawn.lines) + len(drawn.picture_widths)
    assert len([place for place in said["places"] if place.startswith("#of-")]) == shown


def test_what_dvc_repeats_is_shown_once(browser: str, finished: Workspace, tmp_path: Path) -> None:
    """As pictures are by `dvc plots diff` of a folder of them."""
    page = finished.path / "dvc_plots" / "index.html"
    before, main, after = re.split(
        "(?<=<main>)(.*)(?=</main>)", page.read_text("utf-8"), flags=re.S
    )
    once, twice = (
        measure(browser, page, before + plots + after, 1400, tmp_path / name)
        for name, plots in (("once", main), ("twice", main + main))
    )
    assert once["places"] == twice["places"]
    assert len(set(twice["places"])) == len(twice["places"])
    assert twice["contents"] == twice["places"]


def test_answers_to_all_sheets_are_one_page(
    browser: str, finished: Workspace, tmp_path: Path
) -> None:
    page = finished.path / "reports" / "index.html"
    found = draw(browser, page, tmp_path / "profile")
    assert found.errors == []
    assert found.requests == []
    assert len(found.picture_widths) > 40
    assert [address for address, width in found.picture_widths.items() if width == 0] == []
    text = page.read_text(encoding="utf-8")
    questions = yaml.safe_load((ROOT / "docs/questions.yaml").read_text(encoding="utf-8"))
    for sheet, numbers in questions.items():
        assert f'href="{sheet}.pdf"' in text
        assert (page.parent / f"{sheet}.pdf").is_file()
        assert [number for number in numbers if f'id="{sheet}-{number}"' not in text] == []
