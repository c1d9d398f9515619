"""The last part of every report: data, machines, settings, commands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from foolproof.answers.document import Block, Bullets, Listing, Part, Settings, Table
from foolproof.answers.markup import plain
from foolproof.answers.numbers import count, fixed, significant

MACHINE = {
    "Device": "device",
    "Processor": "model",
    "Instruction set": "instruction_set",
    "CPU threads": "threads",
    "Precision of forward and backward passes": "precision",
    "Python": "python",
    "torch": "torch",
    "torchvision": "torchvision",
    "NumPy": "numpy",
}


def appendix(
    *,
    sheet: str,
    assets: Mapping[str, Any],
    trainings: Mapping[str, Any],
    params: Mapping[str, Any],
    sections: Sequence[str],
    variation: str,
) -> Part:
    """Make the last part.

    Args:
        sheet: of the report.
        assets: records by name.
        trainings: records of metrics/timing by the name of the column.
        params: what params.yaml has.
        sections: keys of params.yaml that the numbers depend on.
        variation: an example of a changed parameter, as `-S` takes it.
    """
    content: list[Block] = [data_table(assets), data_notes(assets)]
    if trainings:
        content.append(machines_table(trainings))
    content.append(Settings([(key, list(rows_of(params, key))) for key in sections]))
    content.append(commands(sheet, variation))
    return Part(title="Data, environment, settings, commands", content=content)


def data_table(assets: Mapping[str, Any]) -> Table:
    """List each asset with its source, licence and checksum."""
    return Table(
        caption="Data and weights. The SHA-256 is of the converted arrays.",
        header=["Data", "Kind", "Items", "Source and licence"],
        rows=[
            [
                name.upper(),
                "*stand-in*" if record["stand_in"] else "real",
                count(record["items"]),
                ", ".join(
                    plain(each)
                    for each in (record["source"], record.get("origin", ""), record["licence"])
                    if each
                )
                + f"; SHA-256 `{record['sha256'][:16]}…`",
            ]
            for name, record in assets.items()
        ],
        texts=4,
        wide=1,
    )


def data_notes(assets: Mapping[str, Any]) -> Bullets:
    """Say of each asset what it holds."""
    return Bullets(
        [f"*{name.upper()}*: {plain(record['note'])}" for name, record in assets.items()]
    )


def machines_table(trainings: Mapping[str, Any]) -> Table:
    """Compare what computed each training, and how long that took; a column each."""
    records = list(trainings.values())

    def measured(key: str, show: Callable[[Any], str]) -> list[str]:
        return [show(record[key]) if key in record else "–" for record in records]

    return Table(
        caption="What computed the trainings, and how long each took.",
        header=["Computed on", *trainings],
        rows=[
            *(
                [name, *(plain(str(each["machine"][key])) for each in records)]
                for name, key in MACHINE.items()
            ),
            [
                "Seconds, of each training",
                *measured("seconds", lambda values: ", ".join(fixed(each, 1) for each in values)),
            ],
            ["Images a second", *measured("images_per_second", lambda each: significant(each, 3))],
        ],
        texts=1 + len(records),
    )


def rows_of(params: Mapping[str, Any], key: str) -> Iterator[tuple[str, str]]:
    """List the (name, value) rows of a section, with sections within joined by dots."""
    value: Any = params
    for part in key.split("."):
        value = value[part]
    yield from _flat("", value)


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, list):
        yield name, ", ".join(map(str, value))
    else:
        yield name, str(value)


def commands(sheet: str, variation: str) -> Listing:
    """List the commands that compute the report."""
    lines = {
        "make repro": "everything, from nothing",
        f"dvc repro report_{sheet}": "this report and what it needs",
        f"dvc exp run -S '{variation}'": "a variation; only what depends on it runs again",
    }
    width = max(map(len, lines))
    return Listing("\n".join(f"{command:{width}}  # {what}" for command, what in lines.items()))
