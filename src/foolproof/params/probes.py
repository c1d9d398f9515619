"""Section of the stage that classifies deep features."""

from typing import Annotated

from pydantic import Field

from foolproof.params.base import Count, Distinct, NotEmpty, Positive, Section, Seed


class LogisticRegression(Section):
    """Classifiers of deep features, and the settings among which cross-validation chooses."""

    seed: Seed
    folds: Annotated[int, Field(ge=2, strict=True)]
    cs: Annotated[list[Positive], NotEmpty, Distinct]
    neighbours: Annotated[list[Count], NotEmpty, Distinct]
    max_iter: Count
