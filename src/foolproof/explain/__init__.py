"""Explanations: which pixels matter for a class, and what units and layers respond to.

The functions on any classifier are imported at their first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foolproof.explain.grad_cam import gradcam as gradcam
    from foolproof.explain.gradients import completeness_error as completeness_error
    from foolproof.explain.gradients import integrated_gradients as integrated_gradients
    from foolproof.explain.gradients import saliency as saliency
    from foolproof.explain.gradients import smoothgrad as smoothgrad
    from foolproof.explain.occlude import occlusion as occlusion
    from foolproof.explain.scores import deletion_curve as deletion_curve
    from foolproof.explain.scores import deletion_score as deletion_score
    from foolproof.explain.scores import insertion_curve as insertion_curve
    from foolproof.explain.scores import insertion_score as insertion_score

_MODULES = {
    "completeness_error": "gradients",
    "deletion_curve": "scores",
    "deletion_score": "scores",
    "gradcam": "grad_cam",
    "insertion_curve": "scores",
    "insertion_score": "scores",
    "integrated_gradients": "gradients",
    "occlusion": "occlude",
    "saliency": "gradients",
    "smoothgrad": "gradients",
}

__all__ = ["completeness_error", "deletion_curve", "deletion_score", "gradcam", "insertion_curve",
           "insertion_score", "integrated_gradients", "occlusion", "saliency",
           "smoothgrad"]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public function at its first use."""
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public functions."""
    return sorted(__all__)
