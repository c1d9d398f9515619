"""CS5787, problem 2: deep features of the pets' photos, and classifiers on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.document import Answer, Code, Figure, Paragraph, Table
from foolproof.answers.markup import code, plain
from foolproof.answers.numbers import (
    SPACE,
    count,
    fixed,
    listed,
    p_value,
    percent,
    plus_minus,
    rate_interval,
    side_of,
)

ALL_PHOTOS = 7349
"""In the Oxford-IIIT Pet data set."""

NAMES = {"logistic_regression": "logistic regression", "svm": "linear SVM", "knn": "k-NN"}
LETTERS = {"logistic_regression": "_C_", "svm": "_C_", "knn": "_k_"}

LISTED = 3
"""Classes and confusions that the text names."""

Record = Mapping[str, Any]


def pets_answer(
    features: Record, result: Record, record: Record, c_values: Sequence[float]
) -> Answer:
    """Answer question 2.

    Args:
        features: metrics/pets/features.json.
        result: metrics/pets/classifiers.json.
        record: of the pets' photos.
        c_values: of params.yaml.
    """
    main = result["classifiers"]["logistic_regression"]
    reached = accuracy_interval(result["mean_per_class_accuracy"])
    network = code(features["architecture"])
    return Answer(
        number="2",
        question="Use the pretrained network as a feature extractor for the pets: take the last "
        "hidden layer, scale to unit length, train a linear classifier. Report the mean-per-class "
        "accuracy and discuss the classifier.",
        answer=f"{reached} mean-per-class accuracy, by logistic regression on features of "
        f"{network}, on {count(result['test_images'])} test images of {result['classes']} "
        f"classes{subset_text(record)}.",
        glance=f"{reached} mean-per-class accuracy by logistic regression{subset_text(record)}.",
        rule="A classifier is better or worse where the 95 % interval of the difference, paired by "
        "class, excludes 0.",
        numbers={
            "mean_per_class_accuracy": result["mean_per_class_accuracy"],
            **{
                f"difference_to_{name}": found["difference"]
                for name, found in result["logistic_regression_against"].items()
            },
        },
        evidence=[
            Paragraph(
                f"*Features.* {network}, {features['layer']}: {count(features['dimension'])} "
                f"features an image, of which {percent(features['sparsity'], 0)} are zero. "
                f"{rectified_text(features)} The features of each image are then divided by their "
                f"$L_2$ norm. {count(result['training_images'])} images of {result['classes']} "
                f"classes train, {count(result['test_images'])} test."
            ),
            Paragraph(
                "*Classifier.* Multinomial logistic regression (scikit-learn) minimizes the "
                f"cross-entropy plus $norm(w)^2 slash (2 C)$. {separable_text(features, result)} "
                f"So _C_ matters: it is chosen by {result['folds']}-fold cross-validation on the "
                f"training images among {listed([f'{each:g}' for each in c_values])}, which gives "
                f"_C_ = {result['C']:g} (@fig-settings). The test images are evaluated once, with "
                f"that value. {validation_text(main, record)}"
            ),
            Figure(
                path="plots/logistic_regression/regularization.png",
                label="fig-settings",
                caption="Mean-per-class accuracy by the hyperparameter of each classifier: mean "
                f"over the {result['folds']} folds (lines) ± standard error (bands), and on the "
                f"{count(result['test_images'])} test images (star, with 95 % interval).",
            ),
            _classifiers_table(result),
            Paragraph(
                "*Discussion.* On the same features "
                + listed([against(result, name) for name in result["logistic_regression_against"]])
                + ". The features were trained as the input of a linear layer, which favours the "
                "two linear classifiers. k-NN weighs all directions of the feature space equally, "
                "also uninformative ones. Logistic regression gives probabilities, which the "
                "others do not."
            ),
            Paragraph(f"*Classes.* {worst_text(result)} {confusions_text(result)}"),
            Figure(
                path="plots/logistic_regression/confusion.png",
                label="fig-confusion",
                caption=f"Confusion matrix of the {count(result['test_images'])} test images, "
                "logistic regression; the most confused pairs are framed.",
            ),
            Code(function="pretrained.load:hidden_features"),
            Code(function="probes.features:unit_length"),
            Code(function="probes.logistic_regression:train_probes"),
        ],
    )


def accuracy_interval(found: Record) -> str:
    """Write an accuracy with its limits."""
    return (
        f"{percent(found['value'], 1)} (95{SPACE}% interval {fixed(100 * found['low'], 1)}–"
        f"{percent(found['high'], 1)})"
    )


def subset_text(record: Record) -> str:
    """Say that not all photos of the data set are there; stand-ins have a warning of their own."""
    if record["stand_in"] or record["items"] >= ALL_PHOTOS:
        return ""
    return (
        f" ({count(record['items'])} of the data set's {count(ALL_PHOTOS)} photos, not its "
        "official split)"
    )


def rectified_text(features: Record) -> str:
    """Say whether features are non-negative, as the sheet asks for networks with ReLU."""
    activation = (
        "The layer has no activation function"
        if features["activation"] is None
        else f"The activation is {features['activation']}"
    )
    limits = f"{fixed(features['min'], 2)} to {fixed(features['max'], 2)}"
    if features["rectified"]:
        return f"{activation}: the values, {limits}, are not negative, as the sheet requires."
    return f"{activation}; without a ReLU some values are negative ({limits})."


def separable_text(features: Record, result: Record) -> str:
    """Say whether the training images are linearly separable."""
    accuracies = result["classifiers"]["logistic_regression"]["training_accuracies"]
    if max(accuracies) == 1:
        return (
            f"In {count(features['dimension'])} dimensions the training images are linearly "
            "separable: some _C_ leaves no training error."
        )
    return "No _C_ of the grid leaves no training error."


def validation_text(main: Record, record: Record) -> str:
    """Compare the accuracy in cross-validation with the interval of that on the test images."""
    best, test = max(main["validation_accuracies"]), main["mean_per_class_accuracy"]
    found = f"Cross-validation gives {percent(best, 1)}"
    if best > test["high"]:
        reason = (
            "the folds of the stand-in share photos, the test images are of other parts of them"
            if record["stand_in"]
            else f"it is the best of {len(main['validation_accuracies'])} values on the same folds"
        )
        return f"{found}, above the interval of the test accuracy: {reason}."
    if best < test["low"]:
        return (
            f"{found}, below the interval of the test accuracy: each fold trains on fewer images."
        )
    return f"{found}, within the interval of the test accuracy."


def _classifiers_table(result: Record) -> Table:
    return Table(
        label="tab-classifiers",
        caption=f"Three classifiers on the same features and the same "
        f"{count(result['test_images'])} test images, with hyperparameters chosen by "
        f"{result['folds']}-fold cross-validation; 95 % intervals.{_unconverged_text(result)}",
        header=["Classifier", "Chosen", "Cross-validation", "Mean-per-class accuracy, test"],
        rows=[
            [
                NAMES[name],
                f"{LETTERS[name]} = {found['chosen']:g}",
                percent(max(found["validation_accuracies"]), 1),
                accuracy_interval(found["mean_per_class_accuracy"]),
            ]
            for name, found in result["classifiers"].items()
        ],
    )


def _unconverged_text(result: Record) -> str:
    """Name the classifiers that had too few iterations; no text where there is none."""
    names = [NAMES[name] for name, each in result["classifiers"].items() if not each["converged"]]
    if not names:
        return ""
    return f" Not converged within the iterations of `max_iter`: {listed(names)}."


def against(result: Record, name: str) -> str:
    """Compare logistic regression with another classifier."""
    found = result["logistic_regression_against"][name]
    difference = found["difference"]
    words = {
        "above": "logistic regression is better by",
        "below": "logistic regression is worse by",
        "straddles": "the difference is not significant, at",
        "unknown": "one class gives no interval of the difference,",
    }
    side = side_of(difference)
    size = difference if side != "below" else {**difference, "mean": -difference["mean"]}
    other = result["classifiers"][name]["mean_per_class_accuracy"]
    return (
        f"the {NAMES[name]} reaches {percent(other['value'], 1)}; {words[side]} "
        f"{plus_minus(size, scale=100, digits=1)} points (n = {difference['n']} classes; McNemar's "
        f"exact test on the images: {p_value(found['p_value'])})"
    )


def worst_text(result: Record) -> str:
    """Name the classes with the lowest accuracy, and count those without an error."""
    breeds = {name: rate for name, rate in result["per_class"].items() if rate is not None}
    ranked = sorted(breeds, key=lambda name: breeds[name]["value"])[:LISTED]
    worst = [f"{plain(name)} {rate_interval(breeds[name])}" for name in ranked]
    perfect = sum(rate["count"] == rate["n"] for rate in breeds.values())
    return (
        f"Lowest accuracies: {'; '.join(worst)}. {perfect} of {len(breeds)} classes have no error."
    )


def confusions_text(result: Record) -> str:
    """Name the most frequent confusions."""
    confused = result["most_confused"][:LISTED]
    if not confused:
        return "No image is misclassified (@fig-confusion)."
    pairs = [
        f"{plain(pair['true'])} misclassified as {plain(pair['predicted'])} ({pair['images']} of "
        f"{result['per_class'][pair['true']]['n']} images)"
        for pair in confused
    ]
    return f"Most frequent confusions: {'; '.join(pairs)} (@fig-confusion)."
