"""Section of the stage `evaluate_robustness`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Distinct, NotEmpty, Positive, Section, Seed

# At most half the range of the pixels, from which on all images can become equal.
PixelEpsilon = Annotated[Positive, Field(le=0.5)]
LevelEpsilon = Annotated[Positive, Field(le=127.5)]


class EvaluateRobustness(Section):
    """Robust accuracy of the trained networks: test images, epsilons and effort."""

    seed: Seed
    images: Count
    mnist: Annotated[list[PixelEpsilon], NotEmpty, Distinct]
    cifar10: Annotated[list[LevelEpsilon], NotEmpty, Distinct]
    steps: Count
    targets: Count
    queries: Count
    reach: Positive | None
