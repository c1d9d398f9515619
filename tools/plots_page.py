"""The HTML template of `dvc plots show`: offline, by sheet, with contents and captions.

    python -m tools.plots_page    # after an update of Vega, and after a change of dvc.yaml

Vega is embedded, so that the page opens without a network. A chart or picture belongs to the sheets
whose questions its stage answers, and has the stage's description as its caption.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vl_convert
import yaml

PAGE = Path(".dvc", "plots_page.html")

SHEETS = {
    "ee6132": "EE6132, IIT Madras",
    "cis680": "CIS680, Penn",
    "cs5787": "CS5787, Cornell Tech",
    "huji67103": "67103, Hebrew University",
}

OF_ITEM = {"mnist": "ee6132", "cifar10": "cs5787", "cis680": "cis680", "photos": "huji67103"}
"""Sheets by the item of a `foreach`."""

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
{refresh_tag}
<title>Foolproof: plots</title>
<style>
body { font-family: sans-serif; margin: 1.5em; color: #222; }
nav { columns: 20em; font-size: 0.9em; }
nav ul { margin: 0 0 1em; padding: 0; list-style: none; break-inside: avoid; }
nav li:first-child { font-weight: bold; }
a { color: #0072B2; text-decoration: none; }
section { display: grid; gap: 1.5em; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 36em), 1fr)); }
section h2 { grid-column: 1 / -1; margin: 1em 0 0; border-bottom: 2px solid #0072B2; }
figure { margin: 0; min-width: 0; }
figcaption { margin-bottom: 0.5em; }
figcaption small { display: block; color: #5a6570; overflow-wrap: anywhere; }
figure > div { border: 0 !important; white-space: normal !important; overflow: visible !important;
  display: flex; flex-wrap: wrap; gap: 0.5em; text-align: left !important; }
figure > div > div { flex: 1 1 12em; min-width: 0; border: 0 !important; margin: 0 !important; }
figure > div > p { display: none; }
figure p { margin: 0 0 0.3em; color: #5a6570; }
img, .vega-embed canvas, .vega-embed svg { max-width: 100%; height: auto !important; }
.vega-embed { max-width: 100%; }
</style>
<script>
{vega}
</script>
</head>
<body>
<h1>Foolproof: curves and pictures</h1>
<nav></nav>
<main>
{plot_divs}
</main>
<script>
{arrange}
</script>
</body>
</html>
"""

ARRANGE = """
(() => {
  const sheets = {sheets}, places = {places};
  const main = document.querySelector("main"), nav = document.querySelector("nav");
  const made = {};
  const sectionOf = sheet => made[sheet] ??= (() => {
    const section = document.createElement("section"), list = document.createElement("ul");
    section.innerHTML = `<h2 id="${sheet}">${sheets[sheet]}</h2>`;
    list.innerHTML = `<li><a href="#${sheet}">${sheets[sheet]}</a></li>`;
    return {section, list};
  })();
  // DVC repeats the pictures of a folder that a comparison of experiments names.
  const again = [...main.children].filter(plot => document.getElementById(plot.id) !== plot);
  again.forEach(plot => plot.remove());
  const plots = [...main.children].map(plot => {
    const path = plot.querySelector("img") && plot.querySelector("p").textContent;
    const place = path ? places.find(each => path.startsWith(each.path + "/") || path === each.path)
      : places.find(each => each.id === plot.id);
    return {plot, path, place};
  });
  for (const {plot, path, place} of plots) {
    const {section, list} = sectionOf(place.sheet);
    const figure = document.createElement("figure"), item = document.createElement("li");
    const name = path ? path.replace(/^plots\\//, "").replace(/\\.png$/, "") : place.title;
    figure.id = "of-" + plot.id;
    figure.innerHTML = "<figcaption><b></b><small></small></figcaption>";
    figure.querySelector("b").textContent = name;
    figure.querySelector("small").textContent = place.caption;
    figure.append(plot);
    item.innerHTML = `<a href="#${figure.id}"></a>`;
    item.firstChild.textContent = name;
    section.append(figure);
    list.append(item);
  }
  for (const sheet of Object.keys(sheets).filter(sheet => made[sheet])) {
    main.append(made[sheet].section);
    nav.append(made[sheet].list);
  }
})();
"""


def plots_page(dvc_yaml: str) -> str:
    """Build the page, with the placeholders that DVC fills: refresh_tag and plot_divs.

    Args:
        dvc_yaml: the text of that file.
    """
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # The bundle is an ES module; inside a function its names do not clash with DVC's.
    vega = "(() => {\n" + bundle.replace("</script", r"<\/script") + "\n})();"
    places = list(places_of(yaml.safe_load(dvc_yaml)))
    arrange = ARRANGE.replace("{sheets}", json.dumps(SHEETS))
    arrange = arrange.replace("{places}", json.dumps(places, indent=0))
    return TEMPLATE.replace("{arrange}", arrange).replace("{vega}", vega)


def places_of(pipeline: dict[str, Any]) -> Iterator[dict[str, str]]:
    """List where charts, by their HTML id, and pictures, by their path, belong.

    Args:
        pipeline: the content of dvc.yaml.
    """
    outs = {
        out: place
        for name, stage in pipeline["stages"].items()
        for out, place in outs_of(name, stage)
    }
    for plot in pipeline["plots"]:
        if isinstance(plot, str):
            under = [out for out in outs if out == plot or out.startswith(f"{plot}/")]
            yield from ({"path": out, **outs[out]} for out in under)
            continue
        for title, chart in plot.items():
            (table,) = chart["y"]
            identity = re.sub(r"[!@#$%^&*()\[\]{};,<>?/:.|`~=_+ \\]", "_", title)
            yield {"id": identity, "title": title, **outs[table]}


def outs_of(name: str, stage: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """List the plots of a stage, with sheet and caption.

    Args:
        name: of the stage.
        stage: its declaration.
    """
    body = stage.get("do", stage)
    questions = body.get("meta", {}).get("question", [])
    for item in stage.get("foreach", [""]):
        for out in body.get("outs", []):
            path = out if isinstance(out, str) else next(iter(out))
            if not path.startswith("plots/"):
                continue
            path, caption = (
                re.sub(r"\$\{(item|key)\}", str(item), text) for text in (path, body["desc"])
            )
            sheets = [each.partition("-")[0] for each in questions]
            # A stage of several sheets, or of none, stands under that of its item.
            own = OF_ITEM.get(str(item), "")
            sheet = own if own in sheets or (own and not sheets) else sheets[0]
            yield path, {"sheet": sheet, "caption": f"{caption} ({name})"}


if __name__ == "__main__":
    PAGE.write_text(plots_page(Path("dvc.yaml").read_text(encoding="utf-8")), encoding="utf-8")
