"""Train small CNNs, look inside them, and fool them, reproducibly.

    import foolproof as fp
    model = fp.classifier(net, mean=..., std=...)
    result = fp.attacks.pgd(model, x, y, eps=8 / 255)
    fp.robust_accuracy(model, x, y, eps=[2 / 255, 8 / 255])
    fp.explain.saliency(model, x, y)

PyTorch is imported at the first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foolproof import attacks as attacks
    from foolproof import explain as explain
    from foolproof import optimize as optimize
    from foolproof.attacks.robust_accuracy import RobustAccuracy as RobustAccuracy
    from foolproof.attacks.robust_accuracy import robust_accuracy as robust_accuracy
    from foolproof.classifiers.classifier import Classifier as Classifier
    from foolproof.classifiers.classifier import classifier as classifier
    from foolproof.core.errors import FoolproofError as FoolproofError

__version__ = "0.2.0"

_MODULES = {
    "Classifier": "foolproof.classifiers.classifier",
    "FoolproofError": "foolproof.core.errors",
    "RobustAccuracy": "foolproof.attacks.robust_accuracy",
    "classifier": "foolproof.classifiers.classifier",
    "robust_accuracy": "foolproof.attacks.robust_accuracy",
}
_PACKAGES = ("attacks", "explain", "optimize")

__all__ = ["Classifier", "FoolproofError", "RobustAccuracy", "__version__", "attacks",
           "classifier", "explain", "optimize", "robust_accuracy"]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name in _PACKAGES:
        return import_module(f"{__name__}.{name}")
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
