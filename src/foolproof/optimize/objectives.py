"""Objectives: functions of the inputs that an optimization maximizes.

They add and scale: `ClassLogit(targets) - 0.5 * Penalty(total_variation)`.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from foolproof.optimize.examples import PerExample

Network = Callable[[Tensor], Tensor]
"""From inputs (n, ...) to logits (n, classes)."""


class Evaluation(NamedTuple):
    """An objective at the inputs (n, ...) of some examples."""

    value: Tensor
    """To be maximized, (n,)."""

    logits: Tensor | None
    """Of the network at these inputs, (n, classes); None where the objective does not need it."""


class Objective(PerExample):
    """A function of inputs and network, with one value for each example."""

    @abstractmethod
    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Compute the value (n,) at inputs (n, ...), and the logits for the criterion."""

    def __add__(self, other: "Objective") -> "Objective":
        """Make the sum; both share the forward pass of the network."""
        return Sum(self, other)

    def __mul__(self, factor: "float | Tensor") -> "Objective":
        """Multiply by a number, or by one number for each example, (N,)."""
        return Scaled(self, factor)

    def __neg__(self) -> "Objective":
        """Change the sign."""
        return Scaled(self, -1.0)

    def __sub__(self, other: "Objective") -> "Objective":
        """Make the difference; both share the forward pass of the network."""
        return self + -other

    __rmul__ = __mul__


@dataclass(frozen=True, eq=False)
class Sum(Objective):
    """The sum of two objectives, with the logits of the first that has them."""

    first: Objective
    second: Objective

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        shared = _Shared(network)
        one, other = (each.evaluate(shared, inputs) for each in (self.first, self.second))
        logits = other.logits if one.logits is None else one.logits
        return Evaluation(one.value + other.value, logits)


@dataclass(frozen=True, eq=False)
class Scaled(Objective):
    """An objective times a factor."""

    objective: Objective

    factor: float | Tensor
    """One for all examples, or (N,)."""

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        value, logits = self.objective.evaluate(network, inputs)
        return Evaluation(self.factor * value, logits)


class _Shared:
    """A network that computes the logits of the same inputs once."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._last: tuple[Tensor, Tensor] | None = None

    def __call__(self, inputs: Tensor) -> Tensor:
        if self._last is None or self._last[0] is not inputs:
            self._last = inputs, self._network(inputs)
        return self._last[1]


class OfLogits(Objective):
    """An objective that depends on the inputs by the logits only."""

    @abstractmethod
    def value(self, logits: Tensor) -> Tensor:
        """Compute the value (n,) of logits (n, classes)."""

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        logits = network(inputs)
        return Evaluation(self.value(logits), logits)


@dataclass(frozen=True, eq=False)
class _OfTargets(OfLogits):
    targets: Tensor
    """(N,) int64."""


@dataclass(frozen=True, eq=False)
class _OfLabels(OfLogits):
    labels: Tensor
    """(N,) int64."""


@dataclass(frozen=True, eq=False)
class ClassLogit(_OfTargets):
    """logits[target]."""

    def value(self, logits: Tensor) -> Tensor:
        """Compute the value, see `OfLogits`."""
        return _of_class(logits, self.targets)


@dataclass(frozen=True, eq=False)
class ClassProbability(_OfTargets):
    """p(target), the softmax probability."""

    def value(self, logits: Tensor) -> Tensor:
        """Compute the value, see `OfLogits`."""
        return _of_class(logits.softmax(1), self.targets)


@dataclass(frozen=True, eq=False)
class LogProbability(_OfTargets):
    """log p(target), in nats.

    It is the negative cross-entropy by the usual formula, equal to the bit to that of other
    libraries.
    """

    def value(self, logits: Tensor) -> Tensor:
        """Compute the value, see `OfLogits`."""
        return _of_class(logits.log_softmax(1), self.targets)


@dataclass(frozen=True, eq=False)
class CrossEntropy(_OfLabels):
    """CE(x, label) = -log p(label), in nats.

    It is computed as softplus(m), with m = logsumexp of the other logits - logits[label]. The
    gradient of the usual formula contains 1 - p(label), which rounding reduces to zero where
    p(label) is almost 1; its signs are lost then.
    """

    def value(self, logits: Tensor) -> Tensor:
        """Compute the value, see `OfLogits`."""
        others = logits.scatter(1, self.labels[:, None], -torch.inf).logsumexp(1)
        loss: Tensor = softplus(others - _of_class(logits, self.labels))
        return loss


@dataclass(frozen=True, eq=False)
class Margin(_OfLabels):
    """The largest other logit minus logits[label]: above 0 where x is misclassified.

    The loss of Carlini and Wagner (arXiv 1608.04644) without its clipping.
    """

    def value(self, logits: Tensor) -> Tensor:
        """Compute the value, see `OfLogits`."""
        others = logits.scatter(1, self.labels[:, None], -torch.inf).amax(1)
        return others - _of_class(logits, self.labels)


@dataclass(frozen=True, eq=False)
class Dlr(Margin):
    """The margin over the difference of the largest and the third largest logit.

    The scale-invariant difference of logits ratio (DLR) of Croce and Hein (arXiv 2003.01690),
    for at least 3 classes.
    """

    def value(self, logits: Tensor) -> Tensor:
        """Compute the value, see `OfLogits`."""
        first, _, third = logits.topk(3).values.unbind(1)
        return super().value(logits) / (first - third + 1e-12)


@dataclass(frozen=True, eq=False)
class TargetedDlr(_OfLabels):
    """logits[target] - logits[label] over the first minus the mean of the third and fourth logit.

    The targeted DLR of the same paper, for at least 4 classes.
    """

    targets: Tensor
    """(N,) int64."""

    def value(self, logits: Tensor) -> Tensor:
        """Compute the value, see `OfLogits`."""
        first, _, third, fourth = logits.topk(4).values.unbind(1)
        gain = _of_class(logits, self.targets) - _of_class(logits, self.labels)
        return gain / (first - (third + fourth) / 2 + 1e-12)


@dataclass(frozen=True, eq=False)
class Penalty(Objective):
    """A function of the inputs alone; subtracted, it is a penalty."""

    function: Callable[[Tensor], Tensor]
    """From inputs (n, ...) to (n,)."""

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:  # noqa: ARG002
        """Evaluate, see `Objective`."""
        return Evaluation(self.function(inputs), None)


@dataclass(frozen=True, eq=False)
class SquaredDistance(Objective):
    """The mean squared difference to reference images."""

    references: Tensor
    """(N, ...)."""

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:  # noqa: ARG002
        """Evaluate, see `Objective`."""
        return Evaluation((inputs - self.references).square().flatten(1).mean(1), None)


@dataclass(frozen=True, eq=False)
class OnPerturbation(Objective):
    """C(image + perturbation) as a function of the perturbation."""

    objective: Objective

    images: Tensor
    """(N, ...), fixed."""

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        return self.objective.evaluate(network, self.images + inputs)


@dataclass(frozen=True, eq=False)
class Reparametrized(Objective):
    """C(image(parameters)) as a function of the parameters."""

    objective: Objective

    image: Callable[[Tensor], Tensor]
    """From parameters (n, ...) to images (n, C, H, W)."""

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        return self.objective.evaluate(network, self.image(inputs))


@dataclass(frozen=True, eq=False)
class Expectation(Objective):
    """The mean of an objective over random transformations of each input.

    It is the Monte Carlo estimate of the expectation over transformation (EOT, Athalye et al.,
    arXiv 1707.07397). All samples of all examples make one batch; the logits are means over the
    samples.
    """

    objective: Objective
    """Of transformed inputs."""

    transform: Callable[[Tensor], Tensor]
    """From inputs (n, ...) to inputs transformed at random, independently and anew at each call,
    same shape."""

    samples: int
    """Of each input, in each call."""

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        example = torch.arange(len(inputs), device=inputs.device).repeat_interleave(self.samples)
        views = self.transform(inputs.repeat_interleave(self.samples, 0))
        value, logits = self.objective.at(example).evaluate(network, views)
        return Evaluation(self._mean(value), None if logits is None else self._mean(logits))

    def _mean(self, values: Tensor) -> Tensor:
        return values.unflatten(0, (-1, self.samples)).mean(1)  # type: ignore[no-any-return]


def _of_class(scores: Tensor, classes: Tensor) -> Tensor:
    """Pick the score (n,) of one class (n,) from scores (n, classes)."""
    return scores.gather(1, classes[:, None])[:, 0]
