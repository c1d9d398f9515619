"""The classifiers that stages attack and explain, whose weights must not change."""

from torch import nn

from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.core.params import SectionT
from foolproof.trained.stage import NetworkStage


def watched_classifier(
    s: NetworkStage[SectionT], network: nn.Module, input_shape: tuple[int, ...]
) -> Classifier:
    """Make a classifier from a copy of a network with batch norm folded.

    The stage compares the weights of the classifier itself at its end. It shares tensors with the
    folded copy, but its modules are others, which could be given other tensors.

    Args:
        s: the stage.
        network: in eval mode with frozen parameters.
        input_shape: of one image, (C, H, W).
    """
    return s.watch(classifier(s.folded(network), input_shape=input_shape))
