"""The inline markup of answers, taken apart for the reports.

`*strong*`, `_emphasis_`, `` `code` ``, `$formula$` in Typst's mathematical notation, and `@label`
for a reference to a figure or a table. A word with an underscore inside is plain text. Names that
come from data are written with `code` or `plain`, so that nothing in them is markup.
"""

import re
from typing import Literal, TypedDict

Style = Literal["text", "strong", "emph", "code", "math", "ref"]

_TOKEN = re.compile(
    r"\\(?P<escaped>.)"
    r"|`(?P<code>[^`]*)`"
    r"|\$(?P<math>[^$]+)\$"
    r"|(?<![\w*])\*(?P<strong>[^*]+)\*(?!\w)"
    r"|(?<!\w)_(?P<emph>[^_]+)_(?!\w)"
    r"|@(?P<ref>[a-z][a-z0-9-]*)",
    re.DOTALL,
)


class Run(TypedDict):
    """A piece of text in one style."""

    style: Style
    text: str


def parse(text: str) -> list[Run]:
    """Take text apart into runs; strong and emphasized text holds no other markup."""
    runs: list[Run] = []
    position = 0
    for match in _TOKEN.finditer(text):
        _add(runs, "text", text[position : match.start()])
        position = match.end()
        kind = match.lastgroup
        assert kind is not None, "each alternative is a group"
        if kind == "escaped":
            _add(runs, "text", match[kind])
        else:
            _add(runs, kind, match[kind])  # type: ignore[arg-type]  # the groups are the styles
    _add(runs, "text", text[position:])
    return runs


def _add(runs: list[Run], style: Style, text: str) -> None:
    """Append a run; neighbouring plain texts become one, and no space follows a display formula."""
    if runs and runs[-1]["style"] == "math" and runs[-1]["text"].startswith(" "):
        text = text.lstrip(" ")
    if not text:
        return
    if style == "text" and runs and runs[-1]["style"] == "text":
        runs[-1]["text"] += text
    else:
        runs.append({"style": style, "text": text})


def code(name: str) -> str:
    """Write a name in the typeface of code; a backtick in it becomes an apostrophe."""
    return "`" + name.replace("`", "'") + "`"


def plain(text: str) -> str:
    """Write text from data, in which nothing is markup."""
    return re.sub(r"([\\`$*_@])", r"\\\1", text)


def without_markup(text: str) -> str:
    """Write text without its markup, as for a file that shows none."""
    return "".join(run["text"] for run in parse(text))
