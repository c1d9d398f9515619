"""The result of an attack on many images: success, norms, and confusions of classes."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foolproof.attacks.perturbation import perturbation_norms
from foolproof.compute.clusters import rate_of
from foolproof.compute.means import mean_or_none
from foolproof.networks.inference import predict_logits

QUANTILES = {
    "min": 0.0,
    "q05": 0.05,
    "q25": 0.25,
    "median": 0.5,
    "q75": 0.75,
    "q95": 0.95,
    "max": 1,
}


class AttackedImages(NamedTuple):
    """N adversarial images with their originals and targets."""

    originals: Tensor
    """(N, C, H, W), pixels in [0, 1]."""

    images: Tensor
    """(N, C, H, W), pixels in [0, 1]."""

    labels: Tensor
    """True classes, (N,)."""

    targets: Tensor
    """Target classes; of an untargeted attack the most probable wrong classes, (N,)."""

    probabilities: Tensor
    """Of all classes at the adversarial images, (N, classes)."""

    steps: Tensor
    """Steps of the attack, (N,)."""

    success: Tensor
    """Whether the target has the required probability, (N,) bool."""

    @property
    def confidences(self) -> Tensor:
        """Probability of the target, (N,)."""
        return self.probabilities.gather(1, self.targets[:, None])[:, 0]

    def take(self, selection: Tensor) -> "AttackedImages":
        """Select examples by indices or by a mask."""
        return AttackedImages(*(part[selection] for part in self))

    def successes(self) -> "AttackedImages":
        """Select the successful examples."""
        return self.take(self.success)

    def steps_and_norms(self) -> dict[str, Tensor]:
        """Give the `steps`, and the `l0`, `l1` and `linf` of the perturbations, each (N,)."""
        return {
            "steps": self.steps,
            **perturbation_norms(self.images - self.originals)._asdict(),
        }

    def arrays(self, name: str, indices: Tensor) -> dict[str, NDArray[Any]]:
        """Convert to arrays `<name>_<field>`; `indices` (N,) stand for the originals."""
        fields = {**self._asdict(), "originals": indices}
        return {f"{name}_{field}": values.cpu().numpy() for field, values in fields.items()}


def from_arrays(arrays: Mapping[str, NDArray[Any]], name: str, pixels: Tensor) -> AttackedImages:
    """Convert back from `AttackedImages.arrays`.

    Args:
        arrays: among others those of that name.
        name: of the result.
        pixels: the images that the indices of the originals refer to, (M, C, H, W).
    """
    fields = {
        field: torch.from_numpy(arrays[f"{name}_{field}"]).to(pixels.device)
        for field in AttackedImages._fields
    }
    return AttackedImages(**{**fields, "originals": pixels[fields["originals"]]})


def evaluate(
    network: nn.Module,
    originals: Tensor,
    images: Tensor,
    labels: Tensor,
    targets: Tensor | None = None,
    *,
    steps: Tensor,
    success: Tensor | float,
) -> AttackedImages:
    """Evaluate the images of an attack by a forward pass of their own.

    Args:
        network: in eval mode.
        originals: (N, C, H, W), pixels in [0, 1].
        images: the adversarial images, (N, C, H, W), pixels in [0, 1].
        labels: true classes of the originals, (N,).
        targets: target classes, (N,); None for an untargeted attack.
        steps: of the attack, (N,).
        success: probability of the target that makes a success; or the attack's own successes,
            (N,) bool.
    """
    probabilities = predict_logits(network, images).softmax(1)
    if targets is None:
        targets = probabilities.scatter(1, labels[:, None], -1).argmax(1)
    if not isinstance(success, Tensor):
        success = probabilities.gather(1, targets[:, None])[:, 0] >= success
    return AttackedImages(originals, images, labels, targets, probabilities, steps, success)


# Share of the full range; strokes are brighter.
FAINT = 0.5


def summarize(result: AttackedImages, clusters: Tensor | None = None) -> dict[str, Any]:
    """Summarize the success rate, and confidence, steps and norms of the successes.

    Args:
        result: of N attacks.
        clusters: index of the attacked image, (N,); None where each image is attacked once.
    """
    successes = result.successes()
    return {
        "attacked": len(result.labels),
        "successes": len(successes.labels),
        "success_rate": rate_of(result.success, clusters),
        "min_confidence": quantiles(successes.confidences)["min"],
        **{
            name: {"mean": mean_or_none(values), **quantiles(values)}
            for name, values in successes.steps_and_norms().items()
        },
        "faint_rate": rate_of(
            successes.steps_and_norms()["linf"] <= FAINT,
            None if clusters is None else clusters[result.success],
        ),
    }


def quantiles(values: Tensor) -> dict[str, float | None]:
    """Compute the quantiles of values (N,) by name; None for N = 0."""
    if not len(values):
        return dict.fromkeys(QUANTILES)
    levels = torch.tensor(list(QUANTILES.values()), dtype=torch.float64, device=values.device)
    return dict(zip(QUANTILES, values.double().quantile(levels).tolist(), strict=True))


def count_pairs(result: AttackedImages, classes: int) -> Tensor:
    """Count each pair of true class (row) and target (column), (classes, classes) int64."""
    pairs = classes * result.labels + result.targets
    return torch.bincount(pairs, minlength=classes**2).view(classes, classes)


def mean_by_pair(result: AttackedImages, values: Tensor, classes: int) -> Tensor:
    """Average values (N,) over each pair of true class (row) and target (column).

    Returns:
        (classes, classes) float64, NaN for pairs without an example.
    """
    pairs = classes * result.labels + result.targets
    # On a GPU `bincount` adds weights in no fixed order, which deterministic mode refuses.
    sums = torch.zeros(classes**2, dtype=torch.float64, device=values.device)
    sums.index_add_(0, pairs, values.double())
    return sums.view(classes, classes) / count_pairs(result, classes)


def most_common(counts: Tensor, number: int) -> list[dict[str, float | int]]:
    """List the pairs with the largest counts (classes, classes), in descending order."""
    classes, total = len(counts), int(counts.sum())
    largest, pairs = counts.flatten().sort(descending=True, stable=True)
    return [
        {
            "true": pair // classes,
            "predicted": pair % classes,
            "count": count,
            "share": count / total,
        }
        for count, pair in zip(largest.tolist()[:number], pairs.tolist(), strict=False)
        if count
    ]


def without_nan(table: Tensor) -> list[list[float | None]]:
    """Convert a table to nested lists, with None for NaN, which JSON does not have."""
    return [[None if math.isnan(value) else value for value in row] for row in table.tolist()]
