"""What is run on the pretended GPU of classifiers and of the loop.

Each public function here is a scenario: from a device to whatever its results are.
"""

from typing import Any

import torch
from torch import Tensor, nn

from foolproof.classifiers import checks
from foolproof.classifiers.classifier import are_probabilities, classifier, predict
from foolproof.data.levels import from_8_bit, to_8_bit
from foolproof.optimize import constraints, criteria, objectives, steps
from foolproof.optimize.loop import optimize_input
from tests.gpu.small import digit_network, digits, labels_of

SHAPE = (1, 28, 28)


def classifier_of_digits(device: torch.device) -> Any:
    images = digits(device)
    plain = digit_network(device)
    model = classifier(plain, mean=0.1, std=0.9, input_shape=SHAPE)
    overwritten = classifier(nn.Sequential(nn.ReLU(inplace=True), plain), input_shape=SHAPE)
    assert model.device == device
    labels = labels_of(model, images)
    targets = (labels + 1) % 10
    checks.check_model(model)
    checks.check_images(model, images)
    checks.check_labels(model, labels, 6)
    checks.check_targets(model, targets, labels)
    checks.check_epsilon(0.1)
    checks.check_positive("step_size", 0.1)
    checks.check_counts(steps=3)
    checks.check_confidence(0.5)
    logits = predict(model, images)
    levels = to_8_bit(images, model.bounds)
    return (
        logits,
        overwritten(images),
        are_probabilities(logits.softmax(1)),
        checks.as_classes(model, 3, 6),
        levels,
        from_8_bit(levels, model.bounds),
    )


def optimized_inputs(device: torch.device) -> Any:
    """All objectives, steps, constraints and criteria, with examples that are dropped."""
    network, images = digit_network(device), digits(device)
    targets = torch.arange(6, device=device)
    labels = labels_of(network, images)

    def halved(inputs: Tensor) -> Tensor:
        return inputs / 2

    def brightness(inputs: Tensor) -> Tensor:
        return inputs.flatten(1).mean(1)

    betas = torch.linspace(0, 1, 6, device=device)
    logit = objectives.ClassLogit(targets)
    of_targets = [
        objectives.ClassProbability(targets),
        logit - betas * objectives.SquaredDistance(images) - 0.1 * objectives.Penalty(brightness),
        objectives.OnPerturbation(objectives.LogProbability(targets), 0.1 * images),
        objectives.Reparametrized(-objectives.CrossEntropy(targets), torch.sigmoid),
        objectives.Expectation(logit - objectives.Margin(labels), halved, 2),
    ]
    rules = [
        steps.Adam(0.1),
        steps.SignStep(0.05),
        steps.NormalizedStep(0.5),
        steps.GradientStep(0.01),
        steps.SignStep(0.05),
    ]
    kept: list[list[constraints.Constraint]] = [
        [constraints.Box()],
        [constraints.LinfBall(images, 0.1)],
        [constraints.L2Ball(images, 0.5)],
        [constraints.Between(images - 0.1, images + 0.1)],
        [],
    ]
    reached = [
        criteria.ConfidentIn(targets, 0.9) & criteria.Misclassified(labels),
        criteria.ClassifiedAs(targets),
        criteria.Misclassified(labels),
        criteria.ConfidentInAnyBut(labels, 0.3),
        None,
    ]
    return [
        optimize_input(
            network, images, each, steps=3, step=step, constraints=within, criterion=criterion
        )
        for each, step, within, criterion in zip(of_targets, rules, kept, reached, strict=True)
    ]
