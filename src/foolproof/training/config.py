"""The configuration of a training."""

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class SgdConfig:
    """SGD with Nesterov momentum for the parameters that Muon leaves, see `make_optimizers`."""

    learning_rate: float
    """Of the biases and the scales of batch norm."""

    head_learning_rate: float
    """Of the fully connected layers' weights."""

    momentum: float
    first_bias_epochs: int
    """The bias of the first layer is trained for so many epochs."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a classifier is trained, and how often its curve is evaluated."""

    epochs: int
    min_steps: int
    """A small training set is trained on for more epochs, until it takes so many steps."""

    batch_size: int
    optimizer: Literal["sgd", "adam", "muon"]
    learning_rate: float
    """The maximum, reached after the warm-up."""

    warmup: float
    """Fraction of all steps, in [0, 1)."""

    momentum: float
    """Nesterov momentum of SGD and Muon, or the first beta of Adam."""

    weight_decay: float
    label_smoothing: float
    precision: Literal["auto", "float32", "bfloat16"]
    evaluations_per_epoch: int
    sgd: SgdConfig | None = None
    """With Muon: of the parameters that are no filters."""

    def for_one_epoch(self) -> "TrainConfig":
        """Reduce to one epoch with one evaluation, to be timed."""
        return replace(self, epochs=1, min_steps=0, evaluations_per_epoch=1)
