"""What runs again after a change: what DVC finds, held against what a user expects.

DVC itself says which stages are stale after a change (`dvc status`) and which stages hang on them
(`dvc dag`); a stage in the graph runs again if what is before it comes out different. No stage is
run here: that the outputs of a stale stage really change what follows, and that nothing else runs,
`test_pipeline.py` shows by running the pipeline after the change of an attack.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pipeline.conftest import Workspace
from tools.deps import ROOT

DOWNLOADS = {f"download@{asset}" for asset in ("mnist", "cifar10", "pets", "photos")}
NETWORK_DOWNLOAD = "download@tf_efficientnet_lite0"  # the only one of the tiny params
TRAININGS = {
    "train_nobn@mnist",
    "train_bn@mnist",
    "train_cis680@first",
    "train_cis680@second",
    "train_nobn@cifar10",
    "train_bn@cifar10",
    "train_deep",
    "train_robust",
}
REPORTS = {"report_ee6132", "report_cis680", "report_cs5787", "report_huji67103"}
ON_BEST_MNIST = {
    "show_predictions",
    "visualize",
    "occlude",
    "explain@mnist",
    "attack_nontargeted",
    "attack_targeted",
    "attack_noise",
}
ON_PHOTOS = {
    "classify_photos",
    "show_feature_maps",
    "extract_pet_features",
    "logistic_regression",
    "attack_linf",
    "evaluate_linf",
    "attack_eot",
    "robustness",
    "attack_minimal",
    "evaluate_minimal",
    "occlude_photos",
    "explain@photos",
}
ROBUST_ACCURACY = {
    f"{stage}@{group}"
    for stage in ("evaluate_robustness", "draw_robust_accuracy")
    for group in ("mnist", "cis680", "cifar10")
}
ON_CURVES = {
    "draw_curves@cis680",
    "draw_curves@cifar10",
    "compare_batchnorm@mnist",
    "compare_batchnorm@cifar10",
}
COMPUTING = (
    TRAININGS
    | ON_CURVES
    | ON_BEST_MNIST
    | ON_PHOTOS
    | {"time_batchnorm", "select_network", "show_filters", "compare_robust_network"}
    | {"compare_deep"}
    | {"attack_one_sided", "evaluate_one_sided", "summarize"}
    | {"feature_visualization", "evaluate_feature_visualization"}
    | ROBUST_ACCURACY
    | {"compare_robustness", "draw_robustness_comparison"}
)

# For each section of params.yaml: a valid change, and all stages that have to run again.
# `check_params` always does.
RERUNS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "data": (
        {"sources": ["official", "embedded"]},
        DOWNLOADS | {NETWORK_DOWNLOAD} | COMPUTING | REPORTS,
    ),
    "compute": ({"threads": 2}, COMPUTING | {"surfaces", "xor", "adder"} | REPORTS),
    "train.mnist": (
        {"learning_rate": 0.04},
        {"train_nobn@mnist", "train_bn@mnist", "time_batchnorm", "select_network"}
        | {"compare_batchnorm@mnist", "compare_robust_network", "evaluate_one_sided", "summarize"}
        | {"evaluate_robustness@mnist", "draw_robust_accuracy@mnist"}
        | {"compare_robustness", "draw_robustness_comparison"}
        | ON_BEST_MNIST
        | {"report_ee6132", "report_cis680"},
    ),
    "train.cis680": (
        {"batch_size": 32},
        {"train_cis680@first", "train_cis680@second", "draw_curves@cis680"}
        | {"attack_one_sided", "evaluate_one_sided", "summarize", "report_cis680"}
        | {"evaluate_robustness@cis680", "draw_robust_accuracy@cis680"},
    ),
    "train.cifar10": (
        {"augmentation": {"shift": 1}},
        {"train_nobn@cifar10", "train_bn@cifar10", "draw_curves@cifar10", "show_filters"}
        | {"compare_batchnorm@cifar10", "compare_deep"}
        | {"summarize", "report_cs5787"}
        | {"evaluate_robustness@cifar10", "draw_robust_accuracy@cifar10"},
    ),
    "train.deep": (
        {"momentum": 0.7},
        {"train_deep", "draw_curves@cifar10", "show_filters", "summarize", "report_cs5787"}
        | {"compare_deep"}
        | {"evaluate_robustness@cifar10", "draw_robust_accuracy@cifar10"},
    ),
    "train.robust": (
        {"adversary": {"steps": [1]}},
        {"train_robust", "compare_robust_network", "summarize", "report_ee6132"}
        | {"evaluate_robustness@mnist", "draw_robust_accuracy@mnist"},
    ),
    "time_batchnorm": ({"pairs": 3}, {"time_batchnorm", "report_ee6132"}),
    "show_predictions": (
        {"images": 20},
        {"show_predictions", "summarize", "report_ee6132"},
    ),
    "visualize": ({"seed": 1}, {"visualize", "summarize", "report_ee6132"}),
    "occlude": (
        {"fills": {"grey": 127}},
        {"occlude", "explain@mnist", "summarize", "report_ee6132"},
    ),
    "explain.mnist": ({"seed": 1}, {"explain@mnist", "summarize", "report_ee6132"}),
    "explain.photos": ({"seed": 1}, {"explain@photos", "summarize", "report_huji67103"}),
    "attack_nontargeted": (
        {"classes": [3, 1, 4]},
        {"attack_nontargeted", "summarize", "report_ee6132"},
    ),
    "attack_targeted": ({"confidence": 0.6}, {"attack_targeted", "summarize", "report_ee6132"}),
    "attack_noise": ({"step_size": 0.02}, {"attack_noise", "summarize", "report_ee6132"}),
    "attack_one_sided": (
        {"transfer": {"confidences": [0.6]}},
        {"attack_one_sided", "evaluate_one_sided", "summarize", "report_cis680"},
    ),
    "evaluate_robustness": (
        {"steps": 3},
        ROBUST_ACCURACY | {"summarize", "report_ee6132", "report_cis680", "report_cs5787"},
    ),
    "compare_robustness": (
        {"steps": 3},
        {"compare_robustness", "draw_robustness_comparison", "summarize", "report_ee6132"},
    ),
    "compare_robust_network": (
        {"noise": {"steps": 4}},
        {"compare_robust_network", "summarize", "report_ee6132"},
    ),
    "surfaces": ({"extent": 5}, {"surfaces", "summarize", "report_cis680"}),
    "adder": ({"long_bits": 50}, {"adder", "summarize", "report_cs5787"}),
    "xor": ({"std": 0.3}, {"xor", "summarize", "report_cis680", "report_huji67103"}),
    "pretrained": (
        {"network": "squeezenet1_1"},
        {"download@squeezenet1_1", "summarize", "report_cs5787", "report_huji67103"} | ON_PHOTOS,
    ),
    "classify_photos": ({"top": 2}, {"classify_photos", "summarize", "report_cs5787"}),
    "show_feature_maps": (
        {"layers": ["bn1.act"]},
        {"show_feature_maps", "summarize", "report_cs5787"},
    ),
    "logistic_regression": (
        {"max_iter": 4000},
        {"logistic_regression", "summarize", "report_cs5787"},
    ),
    "attack_linf": (
        {"epsilon": 3},
        {"attack_linf", "evaluate_linf", "attack_eot", "robustness", "summarize", "report_cs5787"},
    ),
    "attack_eot": (
        {"views": {"grey": 0.5}},
        {"attack_eot", "robustness", "summarize", "report_cs5787"},
    ),
    "robustness": ({"rotation": 20}, {"robustness", "summarize", "report_cs5787"}),
    "attack_minimal": (
        {"normalized_steps": {"step_size": 0.1}},
        {"attack_minimal", "evaluate_minimal", "summarize", "report_huji67103"},
    ),
    "feature_visualization": (
        {"desired": 5},
        {"feature_visualization", "evaluate_feature_visualization", "summarize"}
        | {"report_huji67103"},
    ),
    "occlude_photos": (
        {"fill": 0.5},
        {"occlude_photos", "explain@photos", "summarize", "report_huji67103"},
    ),
    "receptive_fields": (
        {"strides": [1, 2]},
        {"receptive_fields", "summarize", "report_huji67103"},
    ),
    "shallow_as_deep": ({"points": 7}, {"shallow_as_deep", "summarize", "report_huji67103"}),
}
for _, stages in RERUNS.values():
    if stages & REPORTS:
        stages.add("report_index")  # has the answers of all reports

CHANGES_THE_GRAPH = "pretrained"  # another network is another download


def nested(section: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Put the changes of a section where they stand in params.yaml."""
    for key in reversed(section.split(".")):
        changes = {key: changes}
    return changes


def stale(workspace: Workspace) -> dict[str, set[str]]:
    """Ask DVC which stages are stale, and for which files or sections of params.yaml each is."""
    status = workspace.run("dvc", "status", "--json")
    assert status.returncode == 0, status.stderr
    causes: dict[str, set[str]] = {}
    for stage, reasons in json.loads(status.stdout).items():
        causes[stage] = set()
        for reason in reasons:
            if reason == "changed command":
                continue
            for file, change in reason.get("changed deps", {}).items():
                causes[stage] |= set(change) if isinstance(change, dict) else {file}
    return causes


def followers(workspace: Workspace) -> dict[str, set[str]]:
    """Ask DVC for its graph: the stages right behind each stage that has any."""
    graph = workspace.run("dvc", "dag", "--dot")
    assert graph.returncode == 0, graph.stderr
    behind: dict[str, set[str]] = {}
    for stage, follower in re.findall(r'"(.+)" -> "(.+)"', graph.stdout):
        behind.setdefault(stage, set()).add(follower)
    return behind


def with_downstream(stages: Iterable[str], behind: Mapping[str, set[str]]) -> set[str]:
    """Add to some stages all that hang on them, directly or not."""
    found: set[str] = set()
    pending = list(stages)
    while pending:
        stage = pending.pop()
        if stage not in found:
            found.add(stage)
            pending += behind.get(stage, set())
    return found


@contextmanager
def unchanged_afterwards(*paths: Path) -> Iterator[None]:
    """Give files the content back that they had before the block."""
    contents = {path: path.read_bytes() for path in paths}
    try:
        yield
    finally:
        for path, content in contents.items():
            path.write_bytes(content)


@pytest.fixture(scope="module")
def causes(finished_copy: Workspace) -> Mapping[str, set[str]]:
    """What `stale` says when each section is changed, but the one that changes the graph."""
    with unchanged_afterwards(finished_copy.path / "params.yaml"):
        for section, (changes, _) in RERUNS.items():
            if section != CHANGES_THE_GRAPH:
                finished_copy.set_params(nested(section, changes))
        checked = finished_copy.run("python", "stages/check_params.py")
        assert checked.returncode == 0, checked.stderr
        return stale(finished_copy)


@pytest.fixture(scope="module")
def behind(finished_copy: Workspace) -> Mapping[str, set[str]]:
    """What `followers` says as long as nothing changes the graph."""
    return followers(finished_copy)


def test_the_table_has_every_section() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    parts = {f"{whole}.{part}" for whole in ("train", "explain") for part in params[whole]}
    sections = params.keys() - {"train", "explain"} | parts
    assert RERUNS.keys() == sections


def test_the_check_of_the_params_runs_again_and_makes_nothing_else_stale(
    causes: Mapping[str, set[str]],
) -> None:
    assert causes["check_params"] == {"params.yaml"}
    assert not any("data/params_checked.txt" in files for files in causes.values())


@pytest.mark.parametrize("section", [key for key in RERUNS if key != CHANGES_THE_GRAPH])
def test_what_runs_again_after_a_changed_section(
    causes: Mapping[str, set[str]], behind: Mapping[str, set[str]], section: str
) -> None:
    direct = {stage for stage, names in causes.items() if section in names}
    assert with_downstream(direct, behind) == RERUNS[section][1]


def test_what_runs_again_after_a_change_of_the_graph(finished_copy: Workspace) -> None:
    section = CHANGES_THE_GRAPH
    changes, expected = RERUNS[section]
    with unchanged_afterwards(finished_copy.path / "params.yaml"):
        finished_copy.set_params(nested(section, changes))
        checked = finished_copy.run("python", "stages/check_params.py")
        assert checked.returncode == 0, checked.stderr
        direct = stale(finished_copy).keys() - {"check_params"}
        assert with_downstream(direct, followers(finished_copy)) == expected


def test_a_figure_trains_and_downloads_nothing_again(
    finished_copy: Workspace, behind: Mapping[str, set[str]]
) -> None:
    modules = list((finished_copy.path / "src/foolproof/figures").glob("*.py"))
    with unchanged_afterwards(*modules):
        for module in modules:
            module.write_text(module.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
        again = with_downstream(stale(finished_copy), behind)
    assert again >= ON_CURVES | ON_BEST_MNIST
    spared = TRAININGS | DOWNLOADS | {NETWORK_DOWNLOAD, "extract_pet_features"}
    assert again & spared == set()


def test_the_training_loop_trains_everything_again_and_downloads_nothing(
    finished_copy: Workspace,
) -> None:
    module = finished_copy.path / "src/foolproof/training/loop.py"
    with unchanged_afterwards(module):
        module.write_text(module.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
        comparing = ON_CURVES | {"time_batchnorm", "compare_deep"}
        # Reports print functions of the package.
        assert stale(finished_copy).keys() == TRAININGS | comparing | REPORTS
