"""Transfer of adversarial examples between networks."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from foolproof.attacks.attacked_images import AttackedImages
from foolproof.attacks.perturbation import perturbation_norms, shuffle_perturbation
from foolproof.compute.clusters import difference_of, mean_of, rate_of
from foolproof.compute.intervals import Interval
from foolproof.compute.paired import RateDifference, rate_difference
from foolproof.networks.inference import predict_logits


class Outcomes(NamedTuple):
    """How a network classifies N adversarial images, their originals and a control."""

    errors: Tensor
    """Whether the adversarial image is misclassified, (N,) bool."""

    same_class: Tensor
    """Whether it is classified as the attacked network classifies it, (N,) bool."""

    confidences: Tensor
    """Probability of the predicted class of the adversarial image, (N,)."""

    clean_errors: Tensor
    """Whether the original is misclassified, (N,) bool."""

    shuffled_errors: Tensor
    """Whether the control is misclassified, (N,) bool."""

    @property
    def excess(self) -> Tensor:
        """Error on the adversarial image minus that on the control, (N,) float64."""
        return self.errors.double() - self.shuffled_errors.double()

    def take(self, selection: Tensor) -> "Outcomes":
        """Select examples by indices or by a mask."""
        return Outcomes(*(part[selection] for part in self))


class Transfer(NamedTuple):
    """Outcomes of N adversarial images, by network."""

    outcomes: Mapping[str, Outcomes]

    l1: Tensor
    """L1 norm of the perturbations, (N,) float64."""

    shuffled_l1: Tensor
    """Of the shuffled perturbations, (N,) float64."""


def transfer(
    networks: Mapping[str, nn.Module], result: AttackedImages, generator: torch.Generator
) -> Transfer:
    """Evaluate networks on adversarial images, with shuffled perturbations as a control.

    Args:
        networks: by name, from pixels to logits, in eval mode.
        result: the one-sided adversarial images.
        generator: of the control, on the CPU.
    """
    perturbation = result.images - result.originals
    control = result.originals + shuffle_perturbation(result.originals, perturbation, generator)
    return Transfer(
        {name: outcomes_of(network, result, control) for name, network in networks.items()},
        perturbation_norms(perturbation).l1,
        perturbation_norms(control - result.originals).l1,
    )


def outcomes_of(network: nn.Module, result: AttackedImages, control: Tensor) -> Outcomes:
    """Evaluate a network on adversarial images, on their originals and on a control.

    Args:
        network: from pixels to logits, in eval mode.
        result: the adversarial images.
        control: the originals with shuffled perturbations, (N, C, H, W).
    """
    probabilities = predict_logits(network, result.images).softmax(1)
    predicted = probabilities.argmax(1)
    return Outcomes(
        errors=predicted != result.labels,
        same_class=predicted == result.targets,
        confidences=probabilities.amax(1),
        clean_errors=predict_logits(network, result.originals).argmax(1) != result.labels,
        shuffled_errors=predict_logits(network, control).argmax(1) != result.labels,
    )


def summarize_transfer(found: Transfer, clusters: Tensor | None = None) -> dict[str, Any]:
    """Summarize the rates of each network with intervals, and their paired differences.

    Args:
        found: of N adversarial images.
        clusters: index of the attacked image, (N,); None where each image is attacked once.
    """
    return {
        "images": len(found.l1),
        "mean_l1": mean_of(found.l1, clusters),
        "shuffled_mean_l1": mean_of(found.shuffled_l1, clusters),
        "networks": {
            name: summarize_outcomes(outcomes, clusters)
            for name, outcomes in found.outcomes.items()
        },
    }


def summarize_outcomes(outcomes: Outcomes, clusters: Tensor | None = None) -> dict[str, Any]:
    """Summarize the outcomes of a network; None for what has no image.

    Args:
        outcomes: of N images.
        clusters: as for `summarize_transfer`.
    """
    errors = outcomes.errors
    return {
        "error_rate": rate_of(errors, clusters),
        "same_class_rate": rate_of(outcomes.same_class, clusters),
        "same_class_of_errors": rate_of(
            outcomes.same_class[errors], None if clusters is None else clusters[errors]
        ),
        "mean_confidence": mean_of(outcomes.confidences, clusters),
        "clean_error_rate": rate_of(outcomes.clean_errors, clusters),
        "shuffled_error_rate": rate_of(outcomes.shuffled_errors, clusters),
        "excess": difference(errors, outcomes.shuffled_errors, clusters),
        "shuffled_excess": difference(outcomes.shuffled_errors, outcomes.clean_errors, clusters),
    }


def difference(
    first: Tensor, second: Tensor, clusters: Tensor | None = None
) -> RateDifference | Interval | None:
    """Compute the difference of two error rates on the same images with its 95 % interval.

    Args:
        first: whether each image is misclassified, (N,) bool.
        second: likewise.
        clusters: as for `summarize_transfer`; then the interval is that of the clusters' means.

    Returns:
        First minus second; None for N = 0.
    """
    if not len(first):
        return None
    if clusters is None:
        return rate_difference(first.cpu().numpy(), second.cpu().numpy())
    return difference_of(first, second, clusters)


def compare_networks(found: Transfer, network: str, others: list[str]) -> dict[str, Any]:
    """Compare the error beyond the control of a network with that of others, on the same images.

    Returns:
        By the name of the other, the mean paired difference; None without an image.
    """
    excess = found.outcomes[network].excess
    return {other: difference_of(excess, found.outcomes[other].excess) for other in others}


def growth(
    weak: tuple[Tensor, Transfer], strong: tuple[Tensor, Transfer], network: str
) -> dict[str, Any] | None:
    """Compare the transfer of a weak and of a strong attack on the images that both have.

    Args:
        weak: which of all N images the transfer has, (N,) bool, and the transfer.
        strong: likewise.
        network: name of the evaluated network.

    Returns:
        Number of `images`, the differences `error_rate` and `shuffled_error_rate`, and that of the
        error beyond the control, `excess`: strong minus weak. None without a common image.
    """
    common = weak[0] & strong[0]
    if not common.any():
        return None
    before, after = (found.outcomes[network].take(common[which]) for which, found in (weak, strong))
    return {
        "images": int(common.sum()),
        "error_rate": difference(after.errors, before.errors),
        "shuffled_error_rate": difference(after.shuffled_errors, before.shuffled_errors),
        "excess": difference_of(after.excess, before.excess),
    }
