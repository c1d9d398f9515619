"""Sections of the stages that look at networks of a few neurons."""

from typing import Annotated

from pydantic import Field

from foolproof.params.base import (
    Count,
    Distinct,
    NotEmpty,
    Number,
    Positive,
    Probability,
    Section,
    Seed,
)


class NeuronStart(Section):
    """Where a neuron's gradient descent begins."""

    weight: Number
    bias: Number


class Surfaces(Section):
    """Surfaces of one neuron over weight and bias, and gradient descent on them."""

    extent: Positive
    points: Annotated[int, Field(ge=3, strict=True)]
    vanishing: Positive
    starts: Annotated[list[NeuronStart], NotEmpty]
    learning_rate: Positive
    tolerance: Probability
    max_steps: Count


class Xor(Section):
    """Perceptrons that learn XOR from many random starts."""

    seeds: Count
    std: Positive
    other_stds: Annotated[list[Positive], Distinct]
    learning_rate: Positive
    steps: Count
    confidence: Probability
    level_tolerance: Positive
    flat_gradient: Positive
    snapshots: Annotated[list[Count], Distinct]


class Adder(Section):
    """What a recurrent network that adds is tried on."""

    seed: Seed
    bits: Annotated[int, Field(ge=1, le=12, strict=True)]  # 4^12 pairs take half a minute
    long_bits: Count
    long_count: Count


class Theory(Section):
    """How far receptive fields are followed, and which shallow networks are made deep."""

    seed: Seed
    strides: Annotated[list[Count], NotEmpty, Distinct]
    layers: Annotated[int, Field(ge=1, le=20, strict=True)]
    neurons: Annotated[list[Count], NotEmpty, Distinct]
    inputs: Annotated[list[Count], NotEmpty, Distinct]
    networks: Count
    points: Count
