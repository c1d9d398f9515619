"""Ask the questions of EE6132 of the ordinary MNIST networks and the robust one side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from foolproof.attacks.maximization import activation_maximization
from foolproof.attacks.minimal import ddn
from foolproof.attacks.nearest_digits import ReferenceDigits
from foolproof.attacks.side_by_side import (
    common_digits,
    compared_by_mcnemar,
    compared_in_pairs,
    norm_ratios,
    predicted_by_others,
)
from foolproof.attacks.targeted import targeted_with_tuned_beta
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.clusters import mean_of, rate_of
from foolproof.compute.intervals import Rate
from foolproof.compute.seeds import new_generator
from foolproof.compute.words import rate_in_words
from foolproof.core.files import read_csv, write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.datasets import Dataset, sample_images
from foolproof.explain.filters import filters_of, kernel_energy
from foolproof.explain.ink_contrast import ink_contrast
from foolproof.explain.occlude import class_probabilities, occlusion_maps
from foolproof.figures.attack_curves import attack_curve_rows, draw_attack_curves
from foolproof.figures.compare_robust_network import (
    draw_class_images,
    draw_filters,
    draw_noise,
    draw_occlusion,
    draw_targeted,
)
from foolproof.figures.style import save_figures
from foolproof.networks.inference import to_pixels
from foolproof.networks.mnist import CLASSES, NETWORKS
from foolproof.networks.weights import weights_digest
from foolproof.optimize.starts import gaussian_start
from foolproof.optimize.steps import l2_norms
from foolproof.params.compare_robust_network import CompareRobustNetwork
from foolproof.trained.stage import NetworkStage, network_stage
from foolproof.trained.watched_classifier import watched_classifier

ROBUST = "robust"
NAMES = ("nobn", "bn", ROBUST)


class Compared(NamedTuple):
    """The networks and the test digits that all of them classify correctly."""

    models: Mapping[str, Classifier]
    """By network, as attacks differentiate them."""

    digits: Tensor
    """(N, 1, 28, 28), pixels in [0, 1]."""

    labels: Tensor
    """(N,) int64."""

    dataset: Dataset
    references: ReferenceDigits
    settings: CompareRobustNetwork
    generator: torch.Generator

    def nearest_class(self, images: Tensor) -> Tensor:
        """Find the class of the nearest training digits of images (N, 1, 28, 28)."""
        return self.references.nearest(images, self.settings.nearest_digits.neighbours).classes


def main() -> str:
    """Answer each question for all networks; write the metrics, and draw the pictures."""
    with network_stage(CompareRobustNetwork) as s:
        dataset = s.dataset("mnist")
        networks = {name: s.load(f"mnist/{name}", NETWORKS) for name in NAMES}
        compared = prepare(s, networks, dataset)
        occlusion, occlusion_figure = compare_occlusion(networks, compared)
        images, images_figure = compare_class_images(compared)
        targeted, targeted_figure = compare_targeted(compared)
        noise, noise_figure = compare_noise(compared)
        controls = control_rate(compared)
    filters = {name: filters_of(network, "conv1") for name, network in networks.items()}
    write_json(
        Path("metrics/mnist/robust_comparison.json"),
        {
            "filters": {name: kernel_energy(each)._asdict() for name, each in filters.items()},
            "occlusion": occlusion,
            "class_images": images | {"test_digits": controls},
            "targeted": targeted,
            "noise": noise,
            "weights_sha256": {
                name: weights_digest(network.state_dict()) for name, network in networks.items()
            },
        },
    )
    curve = read_csv(Path("data/curves/mnist/robust_attacks.csv"))
    write_csv(Path("plots/compare_robust_network_attacks.csv"), attack_curve_rows(curve))
    figures = {
        "filters": draw_filters({name: each[:, 0].cpu().numpy() for name, each in filters.items()}),
        "occlusion": occlusion_figure,
        "class_images": images_figure,
        "targeted": targeted_figure,
        "noise": noise_figure,
        "attacks": draw_attack_curves(curve),
    }
    save_figures(figures, Path("plots/compare_robust_network"), source=source_line("mnist"))
    nearest = images["networks"]["robust"]["nearest"]
    return f"class images nearest to digits of their class: {rate_in_words(nearest)}"


def prepare(
    s: NetworkStage[CompareRobustNetwork], networks: Mapping[str, nn.Module], dataset: Dataset
) -> Compared:
    """Choose the digits, and prepare the networks and the training digits."""
    generator, test = new_generator(s.settings.seed), dataset.test
    per_class = s.settings.digits_per_class
    chosen = common_digits(list(networks.values()), test.images, test.labels, per_class, generator)
    return Compared(
        models={
            name: watched_classifier(s, network, (1, 28, 28)) for name, network in networks.items()
        },
        digits=to_pixels(test.images[chosen]),
        labels=test.labels[chosen],
        dataset=dataset,
        references=ReferenceDigits(
            to_pixels(dataset.train.images),
            dataset.train.labels,
            blur=s.settings.nearest_digits.blur,
        ),
        settings=s.settings,
        generator=generator,
    )


def compare_occlusion(
    networks: Mapping[str, nn.Module], c: Compared
) -> tuple[dict[str, Any], Figure]:
    """Map the probability of the digits' classes by the position of one patch."""
    patch, maps, differences = c.settings.occlusion, {}, {}
    for name, network in networks.items():
        maps[name] = occlusion_maps(
            network, c.digits, c.labels, size=patch.side, fill=patch.fill / 255
        )
        whole = class_probabilities(network, c.digits, c.labels)
        differences[name] = ink_contrast(maps[name], whole, c.digits).difference
    shown = first_of_each(c.labels)
    figure = draw_occlusion(
        c.digits[shown, 0].cpu().numpy(),
        {name: each[shown].cpu().numpy() for name, each in maps.items()},
    )
    return {
        "ink_difference": {name: mean_of(each) for name, each in differences.items()},
        "robust_minus": compared_in_pairs(differences, ROBUST),
    }, figure


def compare_class_images(c: Compared) -> tuple[dict[str, Any], Figure]:
    """Maximize the logit of each class, from the same starts for all networks."""
    settings, device = c.settings.class_images, c.labels.device
    targets = torch.arange(CLASSES, device=device).repeat(settings.starts_per_class)
    noise = settings.noise
    generator = new_generator(c.settings.seed, "starts")
    start = gaussian_start(len(targets), mean=noise.mean, std=noise.std, generator=generator)
    images = {
        name: activation_maximization(
            model,
            targets,
            start=start.to(device),
            steps=settings.steps,
            step_size=settings.step_size,
        ).x_adv
        for name, model in c.models.items()
    }
    nearest = {name: c.nearest_class(each) for name, each in images.items()}
    own = {name: classes == targets for name, classes in nearest.items()}
    predicted = predicted_by_others(c.models, images, targets)
    figure = draw_class_images(
        {name: each[:CLASSES, 0].cpu().numpy() for name, each in images.items()},
        {name: classes[:CLASSES].tolist() for name, classes in nearest.items()},
    )
    return {
        "networks": {
            name: {
                "classified": rate_of(predict(model, images[name]).argmax(1) == targets),
                "nearest": rate_of(own[name]),
                "predicted_by": {other: rate_of(mask) for other, mask in predicted[name].items()},
                "predicted_against_nearest": compared_by_mcnemar(
                    {"nearest": own[name], **predicted[name]}, "nearest"
                ),
            }
            for name, model in c.models.items()
        },
        "robust_minus": compared_in_pairs(own, ROBUST, targets),
        "mcnemar": compared_by_mcnemar(own, ROBUST),
    }, figure


def compare_targeted(c: Compared) -> tuple[dict[str, Any], Figure]:
    """Approach each wrong class from one digit of each class."""
    settings = c.settings.targeted
    first = first_of_each(c.labels)
    digit = first.repeat_interleave(CLASSES)
    targets = torch.arange(CLASSES, device=first.device).repeat(len(first))
    other = targets != c.labels[digit]
    digit, targets = digit[other], targets[other]
    images, reached = {}, {}
    for name, model in c.models.items():
        result = targeted_with_tuned_beta(
            model,
            c.digits[digit],
            targets,
            c.digits[digit],
            betas=sorted(settings.betas, reverse=True),
            confidence=settings.confidence,
            steps=settings.steps,
            step_size=settings.step_size,
            progress=f"targeted, {name}",
        )
        images[name], reached[name] = result.images, result.beta_index < len(settings.betas)
    return compare_changes(c, images, reached, digit, targets), draw_targeted(
        c.digits[first[0], 0].cpu().numpy(),
        {name: each[digit == first[0], 0].cpu().numpy() for name, each in images.items()},
        targets[digit == first[0]].tolist(),
    )


def compare_noise(c: Compared) -> tuple[dict[str, Any], Figure]:
    """Find the smallest noise with which each digit is classified as another class."""
    shift = torch.randint(1, CLASSES, (len(c.labels),), generator=c.generator)
    targets = (c.labels + shift.to(c.labels.device)) % CLASSES
    results = {
        name: ddn(model, c.digits, c.labels, targets=targets, steps=c.settings.noise.steps)
        for name, model in c.models.items()
    }
    images = {name: each.x_adv for name, each in results.items()}
    reached = {name: each.success for name, each in results.items()}
    digit = torch.arange(len(c.labels), device=c.labels.device)
    shown = first_of_each(c.labels)
    figure = draw_noise(
        c.digits[shown, 0].cpu().numpy(),
        {name: each[shown, 0].cpu().numpy() for name, each in images.items()},
        targets[shown].tolist(),
    )
    return compare_changes(c, images, reached, digit, targets), figure


def compare_changes(
    c: Compared,
    images: Mapping[str, Tensor],
    reached: Mapping[str, Tensor],
    digit: Tensor,
    targets: Tensor,
) -> dict[str, Any]:
    """Compare images that were changed towards targets: their norms, and what they look like."""
    norms = {name: l2_norms(each - c.digits[digit]) for name, each in images.items()}
    nearest = {name: c.nearest_class(each) for name, each in images.items()}
    as_target = {name: classes == targets for name, classes in nearest.items()}
    return {
        "networks": {
            name: {
                "reached": rate_of(reached[name]),
                "nearest_target": rate_of(as_target[name]),
                "nearest_original": rate_of(nearest[name] == c.labels[digit]),
                "l2": mean_of(norms[name], digit),
            }
            for name in images
        },
        "digits": len(digit.unique()),
        "norm_ratio": norm_ratios(norms, reached, ROBUST, digit),
        "robust_minus": compared_in_pairs(as_target, ROBUST, digit),
    }


def control_rate(c: Compared) -> Rate | None:
    """Compute how many random test digits have nearest training digits of their class."""
    generator = new_generator(c.settings.seed, "images")
    drawn = sample_images(c.dataset.test, c.settings.nearest_digits.controls, generator)
    return rate_of(c.nearest_class(to_pixels(drawn.images)) == drawn.labels)


def first_of_each(labels: Tensor) -> Tensor:
    """Find the index of the first image of each class."""
    return torch.stack([(labels == digit).nonzero()[0, 0] for digit in labels.unique()])


if __name__ == "__main__":
    run_stage(main)
