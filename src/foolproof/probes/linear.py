"""Classifiers on frozen features, each with a setting that cross-validation chooses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, filterwarnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from foolproof.core.errors import FoolproofError

# Features of unit length make small gradients: at scikit-learn's own tolerance of 1e-4 a strongly
# penalized logistic regression would stop after its first step.
TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Probe:
    """A classifier of features, and how cross-validation on the training images chose it."""

    search: GridSearchCV
    """Fitted on all training images with the chosen setting."""

    setting: float
    """The chosen one: C of the linear classifiers, the number of neighbours of the other."""

    settings: list[float]
    """Those tried, in ascending order."""

    training: NDArray[np.float64]
    """Mean-per-class accuracy on the folds that were trained on, (settings, folds)."""

    validation: NDArray[np.float64]
    """Likewise on the fold that was left out."""

    def predict(self, features: NDArray[Any]) -> NDArray[Any]:
        """Predict the labels (N,) of features (N, D)."""
        predicted: NDArray[Any] = self.search.predict(features)
        return predicted


def train_probes(
    features: NDArray[Any],
    labels: NDArray[Any],
    classes: Sequence[str],
    *,
    folds: int,
    seed: int,
    C_values: Sequence[float],  # noqa: N803 (the symbol of the literature)
    neighbours: Sequence[int],
    max_iter: int,
) -> dict[str, Probe]:
    """Train a logistic regression, a linear SVM and a k-nearest-neighbour classifier.

    The logistic regression is multinomial; the SVM opposes each class to all others, with the
    squared hinge loss, and is solved in the primal, which converges even where images hardly
    differ. Both have an L2 penalty, the weaker the greater C. Neighbours are nearest by Euclidean
    distance, which orders features of unit length as their cosine does. Folds are stratified and
    the same for all three; of equally good settings the first is chosen, which is the strongest
    penalty or the fewest neighbours.

    Args:
        features: of the training images, (N, D).
        labels: their classes by number, (N,).
        classes: names of all classes, at least two.
        folds: of cross-validation; as many as the smallest class has images where that is fewer.
        seed: of the folds.
        C_values: of the linear classifiers.
        neighbours: numbers of them; those greater than the training images of a fold are left out.
        max_iter: steps of the linear classifiers within which they must converge.

    Returns:
        `logistic_regression`, `svm` and `knn`.

    Raises:
        FoolproofError: when a class has fewer than two images, no number of neighbours is small
            enough, or a classifier does not converge.
    """
    counts = np.bincount(labels, minlength=len(classes))
    if scarce := [f"{name}: {n}" for name, n in zip(classes, counts, strict=True) if n < 2]:
        raise FoolproofError(
            "cross-validation needs at least two training images of every class; "
            f"there are of {', '.join(scarce)}"
        )
    folds = min(folds, int(counts.min()))
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    least = min(len(training) for training, _ in parts.split(features, labels))
    few_enough = [number for number in neighbours if number <= least]
    if not few_enough:
        raise FoolproofError(
            f"expected a number of neighbours of at most {least}, the training images of a fold"
        )
    candidates = {
        "logistic_regression": (
            LogisticRegression(tol=TOLERANCE, max_iter=max_iter),
            "C",
            C_values,
        ),
        "svm": (LinearSVC(dual=False, max_iter=max_iter), "C", C_values),
        "knn": (KNeighborsClassifier(), "n_neighbors", few_enough),
    }
    return {
        name: _choose(*candidate, parts, features, labels) for name, candidate in candidates.items()
    }


def _choose(
    classifier: Any,
    name: str,
    settings: Sequence[float],
    parts: StratifiedKFold,
    features: NDArray[Any],
    labels: NDArray[Any],
) -> Probe:
    """Choose a setting by the mean over the folds of the mean-per-class accuracy, and fit it."""
    search = GridSearchCV(
        classifier,
        {name: sorted(settings)},
        cv=parts,
        scoring="balanced_accuracy",
        return_train_score=True,
        error_score="raise",
    )
    # With matrices of this size a second thread of BLAS saves little where a core is free for it,
    # and costs a hundred times the time where none is; by itself it takes one for each core.
    with threadpool_limits(1), catch_warnings():
        filterwarnings("error", category=ConvergenceWarning)
        try:
            search.fit(features, labels)
        except ConvergenceWarning as warning:
            raise FoolproofError(
                f"{type(classifier).__name__} did not converge within {classifier.max_iter} "
                "iterations; allow more by max_iter"
            ) from warning
    accuracies = {
        part: np.stack(
            [search.cv_results_[f"split{fold}_{part}_score"] for fold in range(search.n_splits_)],
            axis=1,
        )
        for part in ("train", "test")
    }
    return Probe(
        search=search,
        setting=search.best_params_[name],
        settings=sorted(settings),
        training=accuracies["train"],
        validation=accuracies["test"],
    )
