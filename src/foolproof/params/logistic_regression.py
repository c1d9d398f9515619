"""Section of the stage `logistic_regression`."""

from typing import Annotated

from pydantic import Field

from foolproof.core.params import Count, Distinct, NotEmpty, Positive, Section, Seed


class LogisticRegression(Section):
    """Hyperparameter grids of the classifiers of deep features, and their cross-validation."""

    seed: Seed
    folds: Annotated[int, Field(ge=2, strict=True)]
    C_values: Annotated[list[Positive], NotEmpty, Distinct]
    neighbours: Annotated[list[Count], NotEmpty, Distinct]
    max_iter: Count
