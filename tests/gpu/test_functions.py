"""Every library function that computes on a device, run on the pretended GPU.

What it gives there is what it gives on the CPU, since the pretended GPU computes on the CPU.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from types import CodeType, FrameType, ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import foolproof
from tests.gpu import (
    scenarios_attacks,
    scenarios_comparisons,
    scenarios_explanations,
    scenarios_library,
    scenarios_maps,
)
from tests.gpu.pretend import OnGpu, inside, pretended_gpu

Scenario = Callable[[torch.device], Any]


def own_functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """List a module's own public functions by name."""
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if inspect.unwrap(function).__module__ == module.__name__ and not name.startswith("_")
    }


SCENARIOS: dict[str, Scenario] = {
    **own_functions(scenarios_attacks),
    **own_functions(scenarios_comparisons),
    **own_functions(scenarios_explanations),
    **own_functions(scenarios_library),
    **own_functions(scenarios_maps),
}

# Where tensors on a device are computed with.
PARTS = (
    "attacks",
    "classifiers",
    "data.augmentation",
    "data.datasets",
    "explain",
    "networks",
    "optimize",
    "pretrained",
    "probes.features",
    "training",
)

# What is not run on the pretended GPU, and why.
ELSEWHERE = {
    "attacks.compare_robustness.compare": "of NumPy's arrays",
    "attacks.evaluate_linf.describe_example": "of NumPy's arrays",
    "attacks.evaluate_linf.max_violations": "of NumPy's arrays",
    "attacks.evaluate_linf.rates_by_epsilon": "of NumPy's arrays",
    "attacks.evaluate_minimal.measure_pairs": "of NumPy's arrays",
    "attacks.evaluate_minimal.median_over_photos": "of numbers",
    "attacks.evaluate_minimal.norm_ratio": "of numbers",
    "attacks.evaluate_minimal.of_method": "of numbers",
    "attacks.evaluate_minimal.of_rank": "of numbers",
    "attacks.evaluate_minimal.summarize": "of numbers",
    "attacks.evaluate_minimal.summarize_by_method": "of numbers",
    "attacks.photo_pairs.choose_examples": "of names and whole numbers",
    "attacks.robustness.describe_photos": "run by the stages",
    "data.datasets.load_dataset": "reads a file; run by the stages",
    "data.datasets.load_training_set": "reads a file",
    "explain.ablation.ablation": "of NumPy's arrays",
    "explain.ablation.compare_transfer": "of lists",
    "explain.ablation.factorial_effects": "of NumPy's arrays",
    "explain.ablation.pairs_of_methods": "of NumPy's arrays",
    "explain.ablation.source_of_gain": "of numbers",
    "explain.check_names.check_layers": "on the CPU, for check_params",
    "explain.check_names.check_units": "on the CPU, for check_params",
    "explain.comparison.compare": "run by the stages explain_mnist and explain_photos",
    "explain.comparison.explanation_maps": "run by the stages explain_mnist and explain_photos",
    "networks.cifar10.deep_cnn": "run by test_networks",
    "networks.cifar10.cs5787_cnn": "run by test_networks",
    "pretrained.plain_layers.with_plain_layers": "run by test_plain_layers",
    "pretrained.load.load_pretrained": "reads a file; run by test_networks",
    "networks.cis680.cis680_cnn": "run by test_networks",
    "networks.weights.load_network": "reads a file; run by the stages",
    "networks.weights.save_weights": "writes a file; run by the stages",
    "pretrained.load.is_rectified": "of a name",
    "explain.deletion.compare_orders": "of numbers",
    "explain.deletion.deletion_areas": "of curves on the CPU",
    "explain.evaluation.top_k_rate": "of lists",
    "explain.evaluation.top_k_success": "of lists",
    "explain.evaluation.units_rates": "of lists",
    "explain.units.choose_classes": "of names",
    "explain.spectrum.compare_exponents": "of lists",
    "probes.features.classifying_layer": "of names",
    "training.comparison.compare_epochs": "of lists",
    "training.comparison.compare_on_images": "of NumPy's arrays",
    "training.comparison.compare_predictions": "of NumPy's arrays",
    "training.comparison.compare_training_losses": "of tables",
    "training.comparison.count_significant": "of numbers",
    "training.comparison.summarize_end": "of tables",
    "training.comparison.summarize_epochs": "of lists",
    "training.curves.chart_rows": "of tables",
    "training.full_set.describe": "run by the stages",
    "training.full_set.describe_accuracy": "run by the stages",
    "training.full_set.train_on_full_set": "writes files; run by the stages",
    "training.full_set.trained_in_words": "of numbers",
    "training.loop.epochs_to_accuracy": "of lists",
    "explain.filters.probability_of_superiority": "of NumPy's arrays",
    "explain.filters.measure_filters": "of NumPy's arrays",
    "explain.filters.medians": "of NumPy's arrays",
    "explain.filters.random_filters": "of NumPy's arrays",
    "explain.filters.summarize_filters": "of NumPy's arrays",
}


def plain(value: Any) -> Any:
    """Take results apart into tensors of the CPU, arrays and numbers."""
    if isinstance(value, Tensor):
        return inside(value.detach())
    if is_dataclass(value) and not isinstance(value, type):
        return [plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def check_close(found: Any, expected: Any) -> None:
    """Compare results part by part; another way through oneDNN rounds differently."""
    if isinstance(expected, Tensor):
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4, equal_nan=True)
    elif isinstance(expected, np.ndarray | float):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            check_close(found[key], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for ours, theirs in zip(found, expected, strict=True):
            check_close(ours, theirs)
    else:
        assert found == expected


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_gpu_computes_what_the_cpu_does(name: str) -> None:
    expected = plain(SCENARIOS[name](torch.device("cpu")))
    with pretended_gpu() as device:
        found = plain(SCENARIOS[name](device))
    check_close(found, expected)


def modules() -> Iterator[ModuleType]:
    """Import the modules of `PARTS`."""
    for part in PARTS:
        module = importlib.import_module(f"{foolproof.__name__}.{part}")
        yield module
        for each in pkgutil.iter_modules(getattr(module, "__path__", [])):
            if each.name != "stage":  # run by test_stages
                yield importlib.import_module(f"{module.__name__}.{each.name}")


def test_every_public_function_is_run_or_named_with_a_reason() -> None:
    entered: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            entered.add(frame.f_code)

    with pretended_gpu() as device:
        sys.setprofile(note)
        try:
            for scenario in SCENARIOS.values():
                scenario(device)
        finally:
            sys.setprofile(None)
    missing = {
        f"{module.__name__.removeprefix('foolproof.')}.{name}"
        for module in modules()
        for name, function in own_functions(module).items()
        if inspect.unwrap(function).__code__ not in entered
    }
    assert missing == set(ELSEWHERE)


def test_results_stay_on_the_gpu() -> None:
    with pretended_gpu() as device:
        made = scenarios_attacks.within_a_ball(device)[0]["probability sign"]
    assert isinstance(made.x_adv, OnGpu)
    assert made.steps.device == device
