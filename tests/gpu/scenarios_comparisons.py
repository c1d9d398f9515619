"""What is run on the pretended GPU of comparisons of networks, attacks and images.

Each public function here is a scenario: from a device to whatever its results are.
"""

from typing import Any

import torch

from foolproof.attacks import nontargeted, side_by_side, target_effort, targeted
from foolproof.attacks.attacked_accuracy import attacked_accuracy
from foolproof.attacks.attacked_images import evaluate
from foolproof.attacks.compare_robustness import robustly_correct
from foolproof.attacks.nearest_digits import ReferenceDigits
from foolproof.attacks.one_sided import one_sided_fgsm
from foolproof.attacks.robust_accuracy import robust_accuracy
from foolproof.attacks.transfer import compare_networks, growth, summarize_transfer, transfer
from foolproof.classifiers.classifier import classifier
from foolproof.compute.seeds import new_generator
from foolproof.data.datasets import Split, sample_images
from foolproof.explain import ink_contrast, occlude
from foolproof.explain.spectrum import compare_in_band, spectral_exponents
from tests.gpu.small import digit_network, digits, labels_of, photos

SHAPE = (1, 28, 28)


def nearest_digits(device: torch.device) -> Any:
    references = ReferenceDigits(digits(device), torch.arange(6, device=device) % 3, blur=0.5)
    nearest = references.nearest(digits(device, 3).flip(3), 2)
    return nearest.correlations, nearest.classes


def networks_side_by_side(device: torch.device) -> Any:
    networks = {name: digit_network(device, seed=seed) for seed, name in enumerate("ab")}
    images, targets = digits(device), torch.arange(6, device=device) % 3
    labels = labels_of(networks["a"], images)
    levels = (255 * images).to(torch.uint8)
    chosen = side_by_side.common_digits([networks["a"]], levels, labels, 2, new_generator(0))
    models = {key: classifier(each, input_shape=SHAPE) for key, each in networks.items()}
    masks = {key: labels_of(each, images) == labels for key, each in networks.items()}
    norms = {key: images.flatten(1).norm(dim=1) * (1 + len(key)) for key in networks}
    return (
        chosen,
        side_by_side.predicted_by_others(models, dict.fromkeys(models, images), labels),
        side_by_side.compared_in_pairs(masks, "a", targets),
        side_by_side.compared_by_mcnemar(masks, "a"),
        side_by_side.norm_ratios(norms, dict.fromkeys(norms, labels >= 0), "a", targets),
    )


def accuracy_under_attacks(device: torch.device) -> Any:
    network, images = digit_network(device), digits(device)
    labels = labels_of(network, images)
    model = classifier(network, input_shape=SHAPE)
    result = robust_accuracy(model, images, labels, eps=0.003, steps=3)
    correct = {eps: each.tolist() for eps, each in robustly_correct(result).items()}
    return attacked_accuracy(network, images, labels, eps=0.003, steps=2, seed=0), correct


def one_sided_targets(device: torch.device) -> Any:
    """Each of three digits is attacked towards two targets; two networks see the results."""
    network, images = digit_network(device), digits(device, 3).repeat_interleave(2, 0)
    labels, digit = labels_of(network, images), torch.arange(6, device=device) // 2
    targets = (labels + 1 + torch.arange(6, device=device) % 2) % 10
    model = classifier(network, input_shape=SHAPE)
    result = one_sided_fgsm(
        model, images, labels, targets=targets, confidence=0.5, steps=6, step_size=0.05
    )
    saved = evaluate(
        network, images, result.x_adv, labels, targets, steps=result.steps, success=0.5
    )
    table, classes = target_effort.steps_by_target(saved, digit, 10)
    everything = torch.ones(6, dtype=torch.bool, device=device)
    networks = {"first": network, "second": digit_network(device, seed=1)}
    found = transfer(networks, saved, new_generator(0))
    return (
        table,
        target_effort.compare_targets(table),
        target_effort.compare_directions(table, classes, 0, 1),
        target_effort.steps_beyond(table, torch.ones(3, dtype=torch.float64)),
        summarize_transfer(found),
        summarize_transfer(found, digit),
        compare_networks(found, "first", ["second"]),
        growth((everything, found), (everything, found), "second"),
    )


def images_by_two_starts(device: torch.device) -> Any:
    model, images = classifier(digit_network(device), input_shape=SHAPE), digits(device)
    first, second = (
        targeted.targeted_with_tuned_beta(
            model,
            start,
            torch.arange(6, device=device),
            images,
            betas=[100, 0.0],
            confidence=0.9,
            steps=3,
            step_size=0.05,
        )
        for start in (images, 1 - images)
    )
    references = torch.arange(6, device=device) % 3
    return (
        targeted.compare_distances(first, second, references),
        nontargeted.compare_nearest(first.distances, second.distances),
    )


def contrasts_of_patches(device: torch.device) -> Any:
    network, images = digit_network(device), digits(device, 3)
    labels = labels_of(network, images)
    whole = occlude.class_probabilities(network, images, labels)
    contrasts = {
        str(fill): {
            5: ink_contrast.ink_contrast(
                occlude.occlusion_maps(network, images, labels, size=5, stride=4, fill=fill),
                whole,
                images,
                4,
            )
        }
        for fill in (0.0, 0.5)
    }
    return (
        ink_contrast.summarize(contrasts),
        ink_contrast.largest_contrast(contrasts),
        ink_contrast.fill_differences(contrasts),
    )


def spectra_of_images(device: torch.device) -> Any:
    images = photos(device)
    return spectral_exponents(images, 4), compare_in_band(images, images, images, 4, (0, 0.5))


def sampled_images(device: torch.device) -> Any:
    images = digits(device)
    split = Split(images, torch.arange(6, device=device))
    return sample_images(split, 3, new_generator(0, "images"))
