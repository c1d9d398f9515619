"""Optimization of inputs: one loop; objectives, steps, constraints and criteria for it.

The public names are imported at their first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foolproof.optimize.constraints import Between as Between
    from foolproof.optimize.constraints import Box as Box
    from foolproof.optimize.constraints import Constraint as Constraint
    from foolproof.optimize.constraints import EightBit as EightBit
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
    from foolproof.optimize.objectives import Dlr as Dlr
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
    from foolproof.optimize.objectives import TargetedDlr as TargetedDlr
    from foolproof.optimize.steps import Adam as Adam
    from foolproof.optimize.steps import GradientStep as GradientStep
    from foolproof.optimize.steps import NormalizedStep as NormalizedStep
    from foolproof.optimize.steps import Point as Point
    from foolproof.optimize.steps import SignStep as SignStep
    from foolproof.optimize.steps import Step as Step
    from foolproof.optimize.transforms import gaussian_blur as gaussian_blur
    from foolproof.optimize.transforms import random_views as random_views

_MODULES = {
    "Adam": "foolproof.optimize.steps",
    "Between": "foolproof.optimize.constraints",
    "Box": "foolproof.optimize.constraints",
    "ClassLogit": "foolproof.optimize.objectives",
    "ClassProbability": "foolproof.optimize.objectives",
    "ClassifiedAs": "foolproof.optimize.criteria",
    "ConfidentIn": "foolproof.optimize.criteria",
    "ConfidentInAnyBut": "foolproof.optimize.criteria",
    "Constraint": "foolproof.optimize.constraints",
    "Criterion": "foolproof.optimize.criteria",
    "CrossEntropy": "foolproof.optimize.objectives",
    "Dlr": "foolproof.optimize.objectives",
    "EightBit": "foolproof.optimize.constraints",
    "Evaluation": "foolproof.optimize.objectives",
    "Expectation": "foolproof.optimize.objectives",
    "GradientStep": "foolproof.optimize.steps",
    "L2Ball": "foolproof.optimize.constraints",
    "LinfBall": "foolproof.optimize.constraints",
    "LogProbability": "foolproof.optimize.objectives",
    "Margin": "foolproof.optimize.objectives",
    "Misclassified": "foolproof.optimize.criteria",
    "NormalizedStep": "foolproof.optimize.steps",
    "Objective": "foolproof.optimize.objectives",
    "OfLogits": "foolproof.optimize.objectives",
    "OnPerturbation": "foolproof.optimize.objectives",
    "OptimizationResult": "foolproof.optimize.loop",
    "Penalty": "foolproof.optimize.objectives",
    "Point": "foolproof.optimize.steps",
    "Reparametrized": "foolproof.optimize.objectives",
    "SignStep": "foolproof.optimize.steps",
    "SquaredDistance": "foolproof.optimize.objectives",
    "Step": "foolproof.optimize.steps",
    "TargetedDlr": "foolproof.optimize.objectives",
    "gaussian_blur": "foolproof.optimize.transforms",
    "optimize_input": "foolproof.optimize.loop",
    "random_views": "foolproof.optimize.transforms",
}

__all__ = ["Adam", "Between", "Box", "ClassLogit", "ClassProbability", "ClassifiedAs",
           "ConfidentIn", "ConfidentInAnyBut", "Constraint", "Criterion",
           "CrossEntropy", "Dlr", "EightBit", "Evaluation", "Expectation", "GradientStep",
           "L2Ball", "LinfBall", "LogProbability", "Margin", "Misclassified",
           "NormalizedStep", "Objective", "OfLogits", "OnPerturbation",
           "OptimizationResult", "Penalty", "Point", "Reparametrized",
           "SignStep", "SquaredDistance", "Step", "TargetedDlr",
           "gaussian_blur", "optimize_input", "random_views"]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
