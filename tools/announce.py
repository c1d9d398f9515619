"""What `make repro` will do: data sources, device, precision, stages and estimated time.

Nothing here runs a stage or downloads. For data that are here already, a better source that can be
reached is named, and a mirror with other files.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from foolproof.assets.availability import Availability, find_sources
from foolproof.assets.catalogue import DATA_SETS
from foolproof.assets.mirror import mirror_location
from foolproof.core.errors import FoolproofError
from foolproof.core.files import read_json
from foolproof.core.sources import Source
from foolproof.params.schema import Params, load_params
from tools.estimate import Kind, estimate, read_records

PATIENCE = 2.0
"""Timeout of requests in seconds: short, since `make repro` also runs without a network."""

LONG = 30 * 60
"""Seconds from which the tour is suggested."""

# Its out only states that params.yaml is valid: a new run makes no other stage stale.
_SETTLED = "check_params"


@dataclass(frozen=True)
class Pending:
    """The stages that `dvc repro` would run.

    Attributes:
        stages: the files that each of them reads and writes, by its name, in the order in which
            DVC runs them.
        kept: names of the stages that are up to date.
    """

    stages: Mapping[str, frozenset[str]]
    kept: frozenset[str]


def asset_names(params: Params) -> list[str]:
    """List the assets of the stages `download@...`."""
    networks = (
        params.pretrained.network,
        params.feature_visualization.network,
        params.feature_visualization.transfer_network,
    )
    return list(dict.fromkeys([*DATA_SETS, *networks]))


def pending_stages() -> Pending:
    """List the changed stages by `dvc status`, and all stages downstream of them.

    Raises:
        FoolproofError: with DVC's message, when it cannot read the pipeline.
    """
    # Imported lazily: only the process of `ask_dvc` needs it.
    from dvc.exceptions import DvcException  # noqa: PLC0415
    from dvc.repo import Repo  # noqa: PLC0415
    from dvc.repo.reproduce import plan_repro  # noqa: PLC0415

    try:
        repo = Repo()
        changed = repo.status()
        stages, graph = repo.index.stages, repo.index.graph
    except DvcException as error:
        raise FoolproofError(f"DVC cannot read the pipeline: {error}") from None
    to_run = {stage for stage in stages if stage.addressing in changed}
    causes = [stage for stage in to_run if stage.addressing != _SETTLED]
    while causes:
        # Edges point from a stage to its dependencies.
        downstream = set(graph.predecessors(causes.pop())) - to_run
        to_run |= downstream
        causes += downstream
    return Pending(
        {
            stage.addressing: frozenset(str(file.def_path) for file in [*stage.deps, *stage.outs])
            for stage in plan_repro(graph)
            if stage in to_run
        },
        frozenset(stage.addressing for stage in stages if stage not in to_run),
    )


def ask_dvc() -> Callable[[], Pending]:
    """Start `pending_stages` in another process; return the function that waits for its result."""
    executor = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    future = executor.submit(pending_stages)
    executor.shutdown(wait=False)
    return future.result


def source_lines(
    kept: Mapping[str, Mapping[str, Any]], now: Mapping[str, Availability]
) -> list[str]:
    """Name the source of each asset, present or future.

    Args:
        kept: records of the assets that are up to date, by name.
        now: what would serve each asset.
    """
    lines = []
    for name, serving in now.items():
        text = f"already here, from {kept[name]['origin']}" if name in kept else serving.text
        lines.append(f"  {name}: {text}")
    return lines


def refresh_lines(
    kept: Mapping[str, Mapping[str, Any]],
    now: Mapping[str, Availability],
    sources: Sequence[Source],
) -> list[str]:
    """Name the assets that `make refresh` would download again, and why.

    Args:
        kept: records of the assets that are up to date, by name.
        now: what would serve each asset.
        sources: the order of preference.
    """
    lines = []
    for name, record in kept.items():
        used, serving = record["source"], now[name]
        before = sources[: sources.index(used)] if used in sources else sources
        if serving.source in before:
            lines.append(
                f"{name}: came from {used}; {serving.source} can be reached now: "
                "run `make refresh` to take it from there"
            )
        elif serving.source == used == "mirror" and serving.files != record["files"]:
            lines.append(f"{name}: came from another mirror's files; `make refresh` takes these")
    return lines


def time_line(pending: Pending, seconds: float) -> str:
    """State the number of stages to run and their estimated time."""
    if not pending.stages:
        return "Every stage is up to date."
    tour = "; `make tour` has small reports within minutes" if seconds > LONG else ""
    return (
        f"{len(pending.stages)} of {len(pending.stages) + len(pending.kept)} stages to run: "
        f"{duration(seconds)} here, without downloads{tour}"
    )


def duration(seconds: float) -> str:
    """Format a duration to one minute, from an hour on to five minutes."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"about {minutes} min"
    hours, rest = divmod(5 * round(minutes / 5), 60)
    return f"about {hours} h {rest} min" if rest else f"about {hours} h"


def kinds(
    stages: Mapping[str, frozenset[str]], used: Mapping[str, Source | None]
) -> dict[str, Kind]:
    """Classify each stage: `embedded` when it runs on embedded data alone, else `real`.

    Args:
        stages: the files that each stage reads and writes.
        used: the source of each asset; None, for unknown, counts as real.
    """

    def kind(files: frozenset[str]) -> Kind:
        # A stage that reads no asset depends on all of them through other stages.
        read = [used[name] for name in used if f"data/{name}.npz" in files] or list(used.values())
        return "embedded" if set(read) == {"embedded"} else "real"

    return {name: kind(files) for name, files in stages.items()}


def seconds_here(
    pending: Pending,
    used: Mapping[str, Source | None],
    precision: str,
    step_seconds: Callable[[], Mapping[str, float]],
) -> float:
    """Estimate the seconds that the stages to run take here.

    Args:
        pending: these stages.
        used: see `kinds`.
        precision: of trainings on this machine.
        step_seconds: runs the calibration; called only when a stage is pending.
    """
    if not pending.stages:
        return 0.0
    return estimate(
        kinds(pending.stages, used),
        read_records(),
        precision=precision,
        step_seconds=step_seconds(),
    )


def read_asset_records(names: Sequence[str], folder: Path) -> dict[str, Any]:
    """Read the records of the assets in a folder, by name."""
    paths = {name: folder / f"{name}.json" for name in names}
    return {name: read_json(path) for name, path in paths.items() if path.exists()}


def announce() -> Pending:
    """Print the announcement, and give the stages that will run."""
    params = load_params()
    names, sources = asset_names(params), params.data.sources
    dvc_result = ask_dvc()
    now = find_sources(names, sources, mirror=mirror_location(), seconds=PATIENCE)
    # Imported lazily: torch takes seconds to import, during which DVC runs.
    from foolproof.compute.device import prepare_device  # noqa: PLC0415
    from foolproof.compute.machine import (  # noqa: PLC0415
        describe_machine,
        training_precision,
    )
    from tools.speed import calibrate  # noqa: PLC0415

    threads = params.compute.threads
    device = prepare_device(threads)
    machine = describe_machine(device, training_precision(params.train.deep.precision, device))
    pending = dvc_result()
    kept = {
        name: record
        for name, record in read_asset_records(names, Path("data")).items()
        if f"download@{name}" in pending.kept
    }
    used = {name: kept[name]["source"] if name in kept else now[name].source for name in names}
    calibration = partial(calibrate, device, machine.precision)
    seconds = seconds_here(pending, used, machine.precision, calibration)
    lines = [
        "Data and weights:",
        *source_lines(kept, now),
        *refresh_lines(kept, now, sources),
        f"Computed on {machine.device}: {machine.model}, {machine.instruction_set}, {threads} "
        f"threads; trainings in {machine.precision}",
        time_line(pending, seconds),
    ]
    print("\n".join(lines), flush=True)
    return pending
