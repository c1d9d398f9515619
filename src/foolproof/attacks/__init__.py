"""Adversarial attacks on classifiers, with one record for the results of all of them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foolproof.attacks.adaptive import apgd as apgd
    from foolproof.attacks.ball import fgsm as fgsm
    from foolproof.attacks.ball import pgd as pgd
    from foolproof.attacks.ball import pgd_eot as pgd_eot
    from foolproof.attacks.maximization import activation_maximization as activation_maximization
    from foolproof.attacks.minimal import ddn as ddn
    from foolproof.attacks.noise import universal_noise as universal_noise
    from foolproof.attacks.one_sided import one_sided_fgsm as one_sided_fgsm
    from foolproof.attacks.result import AttackResult as AttackResult

_MODULES = {
    "AttackResult": "foolproof.attacks.result",
    "activation_maximization": "foolproof.attacks.maximization",
    "apgd": "foolproof.attacks.adaptive",
    "ddn": "foolproof.attacks.minimal",
    "fgsm": "foolproof.attacks.ball",
    "one_sided_fgsm": "foolproof.attacks.one_sided",
    "pgd": "foolproof.attacks.ball",
    "pgd_eot": "foolproof.attacks.ball",
    "universal_noise": "foolproof.attacks.noise",
}

__all__ = ["AttackResult", "activation_maximization", "apgd", "ddn", "fgsm", "one_sided_fgsm",
           "pgd", "pgd_eot", "universal_noise"]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
