"""Section of the stage `surfaces`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, NotEmpty, Number, Positive, Probability, Section


class NeuronStart(Section):
    """Initial weight and bias of a gradient descent."""

    weight: Number
    bias: Number


class Surfaces(Section):
    """Surfaces of one neuron over weight and bias, and gradient descents."""

    extent: Positive
    points: Annotated[int, Field(ge=3, strict=True)]
    vanishing: Positive
    starts: Annotated[list[NeuronStart], NotEmpty]
    learning_rate: Positive
    tolerance: Probability
    max_steps: Count
