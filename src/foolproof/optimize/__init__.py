"""Optimization of inputs: one loop; objectives, steps, constraints and criteria for it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foolproof.optimize.constraints import Between as Between
    from foolproof.optimize.constraints import Box as Box
    from foolproof.optimize.constraints import Constraint as Constraint
    from foolproof.optimize.constraints import L2Ball as L2Ball
    from foolproof.optimize.constraints import LinfBall as LinfBall
    from foolproof.optimize.criteria import ClassifiedAs as ClassifiedAs
    from foolproof.optimize.criteria import ConfidentIn as ConfidentIn
    from foolproof.optimize.criteria import ConfidentInAnyBut as ConfidentInAnyBut
    from foolproof.optimize.criteria import Criterion as Criterion
    from foolproof.optimize.criteria import Misclassified as Misclassified
    from foolproof.optimize.loop import OptimizationResult as OptimizationResult
    from foolproof.optimize.loop import optimize_input as optimize_input
    from foolproof.optimize.objectives import ClassLogit as ClassLogit
    from foolproof.optimize.objectives import ClassProbability as ClassProbability
    from foolproof.optimize.objectives import CrossEntropy as CrossEntropy
    from foolproof.optimize.objectives import Evaluation as Evaluation
    from foolproof.optimize.objectives import Expectation as Expectation
    from foolproof.optimize.objectives import LogProbability as LogProbability
    from foolproof.optimize.objectives import Margin as Margin
    from foolproof.optimize.objectives import Objective as Objective
    from foolproof.optimize.objectives import OfLogits as OfLogits
    from foolproof.optimize.objectives import OnPerturbation as OnPerturbation
    from foolproof.optimize.objectives import Penalty as Penalty
    from foolproof.optimize.objectives import Reparametrized as Reparametrized
    from foolproof.optimize.objectives import SquaredDistance as SquaredDistance
    from foolproof.optimize.steps import Adam as Adam
    from foolproof.optimize.steps import GradientStep as GradientStep
    from foolproof.optimize.steps import NormalizedStep as NormalizedStep
    from foolproof.optimize.steps import Point as Point
    from foolproof.optimize.steps import SignStep as SignStep
    from foolproof.optimize.steps import Step as Step
    from foolproof.optimize.transforms import gaussian_blur as gaussian_blur
    from foolproof.optimize.transforms import random_views as random_views

_NAMES = {
    "constraints": ("Between", "Box", "Constraint", "L2Ball", "LinfBall"),
    "criteria": ("ClassifiedAs", "ConfidentIn", "ConfidentInAnyBut", "Criterion", "Misclassified"),
    "loop": ("OptimizationResult", "optimize_input"),
    "objectives": (
        *("ClassLogit", "ClassProbability", "CrossEntropy", "Evaluation", "Expectation"),
        *("LogProbability", "Margin", "Objective", "OfLogits", "OnPerturbation", "Penalty"),
        *("Reparametrized", "SquaredDistance"),
    ),
    "steps": ("Adam", "GradientStep", "NormalizedStep", "Point", "SignStep", "Step"),
    "transforms": ("gaussian_blur", "random_views"),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(_MODULES)
