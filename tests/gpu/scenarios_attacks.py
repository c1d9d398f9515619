"""What is run on the pretended GPU of `foolproof.attacks` and of the loop under it.

Each public function here is a scenario: from a device to whatever its results are.
"""

from typing import Any

import torch

from foolproof.attacks import class_images, linf, measures, minimal, noise, one_sided, perturbation
from foolproof.attacks.correctly_classified import correctly_classified
from foolproof.attacks.result import (
    count_pairs,
    evaluate,
    mean_by_pair,
    most_common,
    summarize,
)
from foolproof.attacks.selection import choose, choose_pairs
from foolproof.attacks.transfer import by_confidence, by_steps, transfer
from foolproof.compute.seeds import new_generator
from foolproof.networks.folding import fold_batch_norm
from foolproof.optimize import transforms
from foolproof.optimize.constraints import box
from foolproof.optimize.criteria import confident_in
from foolproof.optimize.loop import optimize_input
from foolproof.optimize.objectives import class_logit, class_probability
from foolproof.optimize.steps import adam_step
from foolproof.photos.photo import Photo
from foolproof.pretrained.load import network_pixels, predict
from tests.gpu.small import digit_network, digits, labels_of, photo_network, photos, pictures

STEPS: dict[str, Any] = {"steps": 4, "step_size": 0.05}
VIEWS: dict[str, Any] = {
    "mirror": 0.5,
    "crop": 0.8,
    "rotation": 10,
    "grey": 0.3,
    "blur": 0.6,
    "noise": 0.05,
}


def adam_on_probability(device: torch.device) -> Any:
    images, targets = digits(device), torch.arange(6, device=device)
    return optimize_input(
        images,
        class_probability(digit_network(device), targets),
        steps=3,
        step=adam_step(images, 0.1),
        project=box(),
        stop=confident_in(targets, 0.9),
    )


def additive_noise(device: torch.device) -> Any:
    network, targets = digit_network(device), torch.arange(6, device=device)
    return noise.additive_noise(network, digits(device), targets, confidence=0.9, **STEPS)


def images_of_classes(device: torch.device) -> Any:
    network, targets = digit_network(device), torch.arange(6, device=device)
    start = class_images.gaussian_start(6, mean=128, std=20, generator=new_generator(0)).to(device)
    tuned = class_images.targeted_with_tuned_beta(
        network, start, targets, digits(device), betas=[100, 0.0], confidence=0.9, **STEPS
    )
    return tuned, class_images.nontargeted(network, start, targets, **STEPS)


def shuffled_perturbation(device: torch.device) -> Any:
    network, images = digit_network(device), digits(device)
    labels = labels_of(network, images)
    chosen = choose(labels >= 0, 4, new_generator(0))
    rows, targets = choose_pairs(labels, labels >= 0, 1, 10, new_generator(0))
    attacked = fold_batch_norm(network)
    target = one_sided.targeted(attacked, images[rows], targets, confidence=0.5, **STEPS)
    other = digit_network(device, seed=1)
    networks = {"first": network, "second": other}
    some = (networks, attacked, images[chosen], labels[chosen], new_generator(0))
    made = evaluate(network, target, images[rows], labels[rows], targets)
    fooled = made.take(made.confidences >= 0.5)
    counts = count_pairs(made, 10)
    return {
        "outcome": made,
        "summary": summarize(made, fooled),
        "transfer": transfer(networks, made, new_generator(0)),
        "confidences": by_confidence(*some, [0.5, 0.9], **STEPS),
        "steps": by_steps(*some, [2, 1], step_size=0.05),
        "pairs": most_common(counts, 3),
        "mean_steps": mean_by_pair(made, made.steps, 10),
        "violation": perturbation.greatest_violation(made.originals, made.images),
    }


def within_a_ball(device: torch.device) -> Any:
    pretrained = photo_network(device)
    attacked, images = fold_batch_norm(pretrained.network), photos(device)
    rows, targets = linf.random_attempts(labels_of(attacked, images), 4, 5, new_generator(0))
    made = {
        f"{objective} {step}": linf.pgd(
            attacked,
            images[rows],
            targets,
            epsilon=0.1,
            objective=objective,
            step=step,
            step_size=0.2,
            steps=3,
            confidence=0.9,
        )
        for objective in linf.OBJECTIVES
        for step in linf.STEPS
    }
    some = made["cross_entropy sign"].inputs
    before, after = predict(pretrained, images[rows]), predict(pretrained, some)
    found = linf.recognition(
        after.softmax(1), targets, before.softmax(1), labels_of(attacked, images[rows])
    )
    return made, found, linf.greatest_violation(images[rows], some, 0.1)


def in_every_view(device: torch.device) -> Any:
    generator = new_generator(0)
    return linf.pgd_eot(
        photo_network(device).network,
        photos(device),
        torch.arange(3, device=device),
        epsilon=0.1,
        step_size=0.2,
        steps=2,
        samples=2,
        view=lambda images: transforms.random_views(images, **VIEWS, generator=generator),
    )


def smallest_changes(device: torch.device) -> Any:
    network, targets = photo_network(device).network, torch.arange(3, device=device)
    few = minimal.few_steps(network, photos(device), targets, step_size=0.5, steps=3)
    return few, minimal.ddn(network, photos(device), targets, steps=6)


def objective_of_a_logit(device: torch.device) -> Any:
    network, targets = digit_network(device), torch.arange(6, device=device)
    return class_logit(network, targets)(digits(device), torch.arange(6, device=device))


def distances(device: torch.device) -> Any:
    images, labels = digits(device), torch.arange(6, device=device) % 3
    chosen = measures.choose_correct(labels, labels, new_generator(0))
    return chosen, measures.mean_squared_distances(images, images[:2])


def manipulations(device: torch.device) -> Any:
    images, graded = photos(device), transforms.graded(0)
    strengths = {"rotation": 5, "crop": 0.9, "jpeg": 80, "blur": 1, "noise": 0.1}
    chosen = [graded[name](strength) for name, strength in strengths.items()]
    chosen += [transforms.unchanged, transforms.mirror, transforms.desaturate]
    return [transforms.manipulate(images, manipulation) for manipulation in chosen]


def blur_of_each_image(device: torch.device) -> Any:
    return transforms.gaussian_blur(
        photos(device), torch.tensor([0.0, 0.5, 1.0], device=device), radius=3
    )


def correct_photos(device: torch.device) -> Any:
    pretrained = photo_network(device)
    seen = predict(pretrained, network_pixels(pretrained, pictures())).argmax(1).tolist()
    labels = [pretrained.classes[index] for index in seen]
    named = [
        Photo(f"{number}.png", picture, label)
        for number, (picture, label) in enumerate(zip(pictures(), labels, strict=True))
    ]
    return correctly_classified(named, pretrained)
