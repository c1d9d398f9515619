"""Valid sections of `attack_linf`, `attack_eot` and `robustness`, small enough for a test."""

from typing import Any

ATTACK: dict[str, Any] = {
    "seed": 0,
    "objective": "cross_entropy",
    "step": "sign",
    "step_size": 0.4,
    "steps": 4,
    "epsilon": 4,
    "examples": [{"photo": "peppers.png", "target": "rocket"}],
    "pairs": 4,
    "epsilons": [60, 1],
    "success_epsilon": 4,
    "confidence": 0.9,
}
EOT: dict[str, Any] = {
    "seed": 0,
    "epsilon": 8,
    "step_size": 0.4,
    "steps": 2,
    "samples": 2,
    "views": {"mirror": 0.5, "crop": 0.8, "rotation": 20, "grey": 0.3, "blur": 0.5, "noise": 0.02},
}
ROBUSTNESS: dict[str, Any] = {
    "seed": 0,
    "crop": 0.8,
    "rotation": 30,
    "strengths": {
        "rotation": [0, 30],
        "crop": [1, 0.6],
        "jpeg": [90],
        "blur": [0],
        "noise": [0.1],
    },
}
