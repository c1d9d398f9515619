"""Attacks on classifiers: pure functions from images and labels to an `AttackResult`.

Each is an objective, constraints, a step and a criterion for `foolproof.optimize`. The names are
imported at their first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foolproof.attacks.adaptive import apgd as apgd
    from foolproof.attacks.ball import fgsm as fgsm
    from foolproof.attacks.ball import pgd as pgd
    from foolproof.attacks.ball import pgd_eot as pgd_eot
    from foolproof.attacks.maximization import activation_maximization as activation_maximization
    from foolproof.attacks.minimal import ddn as ddn
    from foolproof.attacks.noise import NoiseResult as NoiseResult
    from foolproof.attacks.noise import universal_noise as universal_noise
    from foolproof.attacks.one_sided import one_sided_fgsm as one_sided_fgsm
    from foolproof.attacks.result import AttackResult as AttackResult

_MODULES = {
    "AttackResult": "result",
    "NoiseResult": "noise",
    "activation_maximization": "maximization",
    "apgd": "adaptive",
    "ddn": "minimal",
    "fgsm": "ball",
    "one_sided_fgsm": "one_sided",
    "pgd": "ball",
    "pgd_eot": "ball",
    "universal_noise": "noise",
}

__all__ = ["AttackResult", "NoiseResult", "activation_maximization", "apgd", "ddn", "fgsm",
           "one_sided_fgsm", "pgd", "pgd_eot", "universal_noise"]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
