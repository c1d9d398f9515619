"""Success criteria of an optimization; `a & b` holds where both do."""

from abc import abstractmethod
from dataclasses import dataclass

from torch import Tensor

from foolproof.optimize.examples import PerExample


class Criterion(PerExample):
    """A condition on the logits of each example."""

    @abstractmethod
    def __call__(self, logits: Tensor) -> Tensor:
        """Decide for logits (n, classes) where the condition holds, (n,) bool."""

    def __and__(self, other: "Criterion") -> "Criterion":
        """Make the criterion that both hold."""
        return Both(self, other)


@dataclass(frozen=True, eq=False)
class Both(Criterion):
    """Both criteria hold."""

    first: Criterion
    second: Criterion

    def __call__(self, logits: Tensor) -> Tensor:
        """Decide, see `Criterion`."""
        return self.first(logits) & self.second(logits)


@dataclass(frozen=True, eq=False)
class Misclassified(Criterion):
    """The top-1 class is not the label."""

    labels: Tensor
    """(N,) int64."""

    def __call__(self, logits: Tensor) -> Tensor:
        """Decide, see `Criterion`."""
        return logits.argmax(1) != self.labels


@dataclass(frozen=True, eq=False)
class ClassifiedAs(Criterion):
    """The top-1 class is the target."""

    targets: Tensor
    """(N,) int64."""

    def __call__(self, logits: Tensor) -> Tensor:
        """Decide, see `Criterion`."""
        return logits.argmax(1) == self.targets


@dataclass(frozen=True, eq=False)
class ConfidentIn(Criterion):
    """The target has at least a probability."""

    targets: Tensor
    """(N,) int64."""

    confidence: float
    """The probability, in [0, 1]."""

    def __call__(self, logits: Tensor) -> Tensor:
        """Decide, see `Criterion`."""
        probabilities = logits.softmax(1)
        return probabilities.gather(1, self.targets[:, None])[:, 0] >= self.confidence


@dataclass(frozen=True, eq=False)
class ConfidentInAnyBut(Criterion):
    """Some class except the label has at least a probability."""

    labels: Tensor
    """(N,) int64."""

    confidence: float
    """The probability, in [0, 1]."""

    def __call__(self, logits: Tensor) -> Tensor:
        """Decide, see `Criterion`."""
        others = logits.softmax(1).scatter(1, self.labels[:, None], 0)
        return others.amax(1) >= self.confidence
