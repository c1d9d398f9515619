"""The report of HUJI 67103: its sentences follow the numbers that it reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from stages import theory
from tests.report import conftest
from tests.report.conftest import (
    DIGEST,
    Metrics,
    fill_root,
    project_params,
    real_mnist,
    stand_in,
)

PICTURES = {
    "neurons": "units spectra classes_natural classes_prior classes_none",
    "minimal": "changes norms",
    "occlusion": "heat deletion",
    "toys": "receptive_fields strides shallow_as_deep",
}
UNIT_METHODS = ("none", "l2", "total_variation", "all", "natural")
CLASS_METHODS = ("none", "prior", "natural")


def unit(name: str, photo_activation: float) -> Metrics:
    return {
        "unit": name,
        "photo": "zebra.jpg",
        "photo_activation": photo_activation,
        "activations": {method: 3.5 + row for row, method in enumerate(UNIT_METHODS)},
    }


def minimal(l2: float | None) -> Metrics:
    return {
        "pairs": 20,
        "success_rate": 0.0 if l2 is None else 1.0,
        "median_l2": l2,
        "median_linf": l2 and l2 / 50,
        "median_psnr": l2 and 52.3,
        "median_target_before": l2 and 1.2e-7,
        "median_target_after": l2 and 0.44,
    }


def occluded(name: str, *, important: float) -> Metrics:
    block = {
        "size": 31,
        "stride": 8,
        "positions": 784,
        "least_probability": 0.123,
        "worst_at": [104, 112],
        "share_below_half": 0.07,
    }
    return {
        "class": name,
        "probability": 0.94,
        "blocks": [block],
        "area_under_deletion": {
            "important": [important],
            "random": [0.3, 0.4],
            "unimportant": [0.8],
        },
    }


@pytest.fixture
def metrics() -> Metrics:
    """Give what the stages write, by path."""
    params = project_params()
    networks = {params["neurons"][key] for key in ("network", "judge")}
    assets = {"photos", params["pretrained"]["network"], *networks}
    methods = {"few_steps": minimal(1.5), "search": minimal(0.75)}
    return {
        "metrics/assets.json": {name: real_mnist() for name in assets},
        "metrics/neurons/neurons.json": {
            "architecture": "mobilenet_v2",
            "judge": "squeezenet1_1",
            "photos": 20,
            "success_rate_by_method": {"none": 1.0, "prior": 1.0, "natural": 0.95},
            "transfer_top5_by_method": {"none": 0.0, "prior": 0.1, "natural": 0.6},
            "spectrum_slope": {"none": -0.13, "prior": -0.9, "natural": -1.1, "photos": -1.05},
            "units": [unit("features.1:2", 1.25), unit("features.9:7", 2.5)],
            "classes": [{"class": "zebra"}] * 20,
            "weights_sha256": DIGEST,
        },
        "metrics/attacks/minimal.json": {
            "architecture": "mobilenet_v2",
            "photos": 20,
            "pairs": 40,
            "success_rate": 1.0,
            "median_l2": 0.75,
            "methods": methods,
            "by_rank": {
                "2": methods,
                "1000": {"few_steps": minimal(2.0), "search": minimal(1.2)},
            },
        },
        "metrics/toys/xor.json": {
            "seeds": 50,
            "solved": 0.7,
            "reasons": {"two_merged": 12, "three_merged": 1, "four_merged": 0, "descending": 2},
        },
        "metrics/photos/occlusion.json": {
            "photos": [occluded("bell pepper", important=0.1)],
            "mean_area": {"important": 0.1, "random": 0.35, "unimportant": 0.8},
        },
    }


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make the files that the report reads beside its metrics; `theory` makes its own here."""
    params = project_params()
    params["theory"] |= {"layers": 3, "neurons": [2, 4], "inputs": [1, 2], "networks": 2}
    fill_root(tmp_path, PICTURES, params)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads = torch.get_num_threads()
    theory.main()
    yield tmp_path
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)


def compile_text(root: Path, metrics: Metrics) -> str:
    """Compile the report on `metrics` and give its text."""
    return conftest.compile_text(root, "huji67103", metrics)


def test_numbers_come_from_the_metrics(root: Path, metrics: Metrics) -> None:
    text = compile_text(root, metrics)
    for number in (
        "Every image made for a unit excites it more than any of the 20 photos.",
        "class images without a prior with −0.13, with the prior with −0.90: the prior makes",
        "0 % without a prior, 10 % with it and 60 % on natural axes: what is on those",
        "succeeds for 100 % of 40 pairs of photo and target, with changes of a median",
        "A target of rank 1000 needs 1.6 times the change that one of rank 2 needs.",
        "2.0 times that of the search",
        "for “bell pepper” (94 %) the worst place takes the probability down to 12 %",
        "deleting the most important tiles first costs more than deleting tiles at random",
        "104, 112",
        "13 of 50 starts end where two or more of the examples",
        "though 35 other starts",
    ):
        assert number in text, number
    assert "else [" not in text, "a rule that Typst took for text"


def test_a_unit_that_a_photo_excites_more_is_counted(root: Path, metrics: Metrics) -> None:
    metrics["metrics/neurons/neurons.json"]["units"][1]["photo_activation"] = 5.0
    text = compile_text(root, metrics)
    assert "8 of 10 images made for units excite them more than any of the 20 photos." in text


def test_verdicts_that_are_not_to_be_had_are_not_given(root: Path, metrics: Metrics) -> None:
    neurons = metrics["metrics/neurons/neurons.json"]
    neurons["spectrum_slope"]["prior"] = 1.0
    neurons["transfer_top5_by_method"]["natural"] = 0.1
    attack = metrics["metrics/attacks/minimal.json"]
    attack["by_rank"]["1000"]["search"] = minimal(0.76)
    metrics["metrics/photos/occlusion.json"]["mean_area"] |= {
        "important": 0.34,
        "unimportant": 0.36,
    }
    text = compile_text(root, metrics)
    assert "the prior does not help" in text
    assert "not only a quirk" not in text
    assert "Whether the target was likely before hardly matters" in text
    assert "the maps say little" in text


def test_an_attack_that_never_succeeds_is_no_error(root: Path, metrics: Metrics) -> None:
    attack = metrics["metrics/attacks/minimal.json"]
    failed = {"few_steps": minimal(None), "search": minimal(None)}
    attack |= {"success_rate": 0.0, "median_l2": None, "methods": failed}
    attack["by_rank"] = {"2": failed, "1000": failed}
    text = compile_text(root, metrics)
    assert "The search succeeds for 0 % of 40 pairs of photo and target." in text


def test_stand_ins_are_named_loudly(root: Path, metrics: Metrics) -> None:
    metrics["metrics/assets.json"]["squeezenet1_1"] = stand_in()
    text = compile_text(root, metrics)
    assert "not from SQUEEZENET1_1 itself" in text
