"""The HTML template of `dvc plots show`, with Vega embedded so that it opens offline.

python -m tools.plots_page    # after an update of Vega
"""

from pathlib import Path

import vl_convert

PAGE = Path(".dvc", "plots_page.html")

TEMPLATE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
{refresh_tag}
<title>Foolproof: plots</title>
<style>
body {{ font-family: sans-serif; margin: 2em; }}
img {{ max-width: 60em; height: auto; }}
table {{ border-spacing: 15px; }}
</style>
<script>
{vega}
</script>
</head>
<body>
{plot_divs}
</body>
</html>
"""


def plots_page() -> str:
    """Build the page, with the placeholders that DVC fills: refresh_tag and plot_divs."""
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # The bundle is an ES module; inside a function its names do not clash with DVC's.
    vega = "(() => {\n" + bundle.replace("</script", r"<\/script") + "\n})();"
    return TEMPLATE.format(vega=vega, refresh_tag="{refresh_tag}", plot_divs="{plot_divs}")


if __name__ == "__main__":
    PAGE.write_text(plots_page(), encoding="utf-8")
