"""What is run on the pretended GPU of `foolproof.attacks` and of the loop under it.

Each public function here is a scenario: from a device to whatever its results are.
"""

from typing import Any, get_args, get_type_hints

import torch

from foolproof.attacks import (
    adaptive,
    ball,
    distances,
    linf,
    manipulations,
    maximization,
    minimal,
    noise,
    noise_transfer,
    nontargeted,
    one_sided,
    perturbation,
    robustness,
    targeted,
)
from foolproof.attacks.attacked_images import (
    count_pairs,
    evaluate,
    from_arrays,
    mean_by_pair,
    most_common,
    summarize,
    without_nan,
)
from foolproof.attacks.correctly_classified import correctly_classified, description
from foolproof.attacks.photo_pairs import Example, one_target_each, random_pairs
from foolproof.attacks.robust_accuracy import robust_accuracy
from foolproof.attacks.selection import (
    choose,
    choose_one_per_class,
    choose_one_per_target,
    choose_pairs,
)
from foolproof.attacks.transfer import transfer
from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.compute.seeds import new_generator
from foolproof.optimize import transforms
from foolproof.optimize.constraints import EightBit
from foolproof.optimize.starts import gaussian_start
from foolproof.photos.photo import Photo
from foolproof.pretrained.load import network_pixels, predict
from foolproof.trained.folding import fold_batch_norm
from tests.gpu.small import CROP, digit_network, digits, labels_of, photo_network, photos, pictures

STEPS: dict[str, Any] = {"steps": 4, "step_size": 0.05}
VIEWS: dict[str, Any] = {
    "mirror": 0.5,
    "crop": 0.8,
    "rotation": 10,
    "grey": 0.3,
    "blur": 0.6,
    "noise": 0.05,
}


def _digit_model(device: torch.device) -> Classifier:
    return classifier(digit_network(device), input_shape=(1, 28, 28))


def additive_noise(device: torch.device) -> Any:
    network, targets, images = _digit_model(device), torch.arange(6, device=device), digits(device)
    result = noise.additive_noise(network, images, targets, confidence=0.9, **STEPS)
    sums = noise_transfer.add_to_each(result.inputs, images)
    shuffled = noise_transfer.shuffle_pixels(result.inputs, new_generator(0))
    probabilities = noise_transfer.predict_grid(network, sums)
    control = noise_transfer.predict_grid(network, noise_transfer.add_to_each(shuffled, images))
    labels = labels_of(network, images)
    close = minimal.ddn(network, images, labels, targets=targets, confidence=0.9, steps=6)
    summary = (
        noise_transfer.summarize(result, images, targets),
        noise_transfer.compare_with_minimal(result, images, close),
        noise_transfer.summarize_transfer(
            targets, labels, probabilities.argmax(2), control.argmax(2)
        ),
    )
    zeros = torch.zeros_like(targets)
    universal = noise.universal_noise(network, images, zeros, targets=1, eps=0.2, **STEPS)
    return result, probabilities, summary, universal


def class_maximizing_images(device: torch.device) -> Any:
    network, targets = _digit_model(device), torch.arange(6, device=device)
    start = gaussian_start(6, mean=128, std=20, generator=new_generator(0)).to(device)
    snapshots, logits = nontargeted.with_snapshots(
        network, start, targets, steps=[4, 2], step_size=0.05
    )
    nearer = maximization.activation_maximization(
        network, 3, start=start, reference=digits(device), beta=100, **STEPS
    )
    return snapshots, logits, nontargeted.summarize(snapshots, logits, targets), nearer


def images_near_references(device: torch.device) -> Any:
    network, targets, images = _digit_model(device), torch.arange(6, device=device), digits(device)
    start = gaussian_start(6, mean=128, std=20, generator=new_generator(0)).to(device)
    tuned = targeted.targeted_with_tuned_beta(
        network, start, targets, images, betas=[100, 0.0], confidence=0.9, **STEPS
    )
    labels, indices = torch.zeros_like(targets), torch.arange(6, device=device)
    others = distances.distances_within_class(images, labels, indices)
    drawn = targeted.min_of_drawn(others, 2, new_generator(0))
    summary = targeted.summarize(tuned, targets, indices, drawn, others)
    return tuned, summary, targeted.summarize_tuning(tuned, 2)


def one_sided_attacks(device: torch.device) -> Any:
    network, images = digit_network(device), digits(device)
    labels = labels_of(network, images)
    chosen = choose(labels >= 0, 4, new_generator(0))
    indices, targets = choose_pairs(labels, labels >= 0, 1, 10, new_generator(0))
    attacked = classifier(fold_batch_norm(network), input_shape=(1, 28, 28))
    pairs = (images[indices], labels[indices])
    result = one_sided.one_sided_fgsm(attacked, *pairs, targets=targets, confidence=0.5, **STEPS)
    networks = {"first": network, "second": digit_network(device, seed=1)}
    some = (attacked, images[chosen], labels[chosen])
    evaluated = evaluate(
        network, pairs[0], result.x_adv, pairs[1], targets, steps=result.steps, success=0.5
    )
    saved = from_arrays(evaluated.arrays("targeted", indices), "targeted", images)
    counts = count_pairs(saved, 10)
    return {
        "result": saved,
        "summary": summarize(saved),
        "transfer": transfer(networks, saved, new_generator(0)),
        "confidences": list(one_sided.at_confidences(*some, [0.5, 0.9], **STEPS)),
        "steps": list(one_sided.after_steps(*some, [2, 1], step_size=0.05)),
        "pairs": most_common(counts, 3),
        "mean_steps": without_nan(mean_by_pair(saved, saved.steps, 10)),
        "violation": perturbation.max_violation(saved.images, saved.originals, 1),
    }


def within_a_ball(device: torch.device) -> Any:
    pretrained, images = photo_network(device), photos(device)
    model = classifier(fold_batch_norm(pretrained.network), input_shape=(3, CROP, CROP))
    labels = labels_of(model, images)
    indices, targets = random_pairs(labels, 4, 5, new_generator(0))
    each = one_target_each([Example(0, 1, 2)], labels, 4, new_generator(0))
    some = (model, images[indices], labels[indices], targets)
    made = {
        f"{objective} {step}": linf.targeted_pgd(
            *some,
            linf.PgdConfig(objective=objective, step=step, step_size=0.2, steps=3),
            epsilon=0.1,
            confidence=0.9,
        )
        for objective in get_args(get_type_hints(linf.PgdConfig)["objective"])
        for step in get_args(get_type_hints(linf.PgdConfig)["step"])
    }
    attacked = made["cross_entropy sign"].x_adv
    before = predict(pretrained, images[indices])
    kinds = dict.fromkeys(robustness.KINDS, attacked)
    found = robustness.measure_kinds(
        robustness.AttackedPhotos(kinds, labels[indices], targets),
        dict.fromkeys(kinds, before.softmax(1)),
        robustness.predict_manipulated(pretrained, kinds, manipulations.mirror),
    )
    balls = linf.pgd_in_growing_balls(
        *some,
        linf.PgdConfig(objective="cross_entropy", step="sign", step_size=0.2, steps=3),
        epsilons=[0.05, 0.1],
        confidence=0.9,
    )
    violation = perturbation.linf_violation(attacked, images[indices], 0.1)
    return made, found, list(balls), violation, each


def attacks_of_the_library(device: torch.device) -> Any:
    model = classifier(photo_network(device).network, input_shape=(3, CROP, CROP))
    images = photos(device)
    given = (model, images, labels_of(model, images))
    targets = (given[2] + 1) % 4
    return {
        "fgsm": ball.fgsm(*given, eps=0.1, norm="l2"),
        "pgd": ball.pgd(*given, eps=0.01, steps=3, random_start=True, restarts=2),
        "l2": ball.pgd(*given, eps=0.1, steps=3, norm="l2", restarts=2, loss="margin"),
        "apgd": adaptive.apgd(*given, eps=0.01, steps=8, loss="dlr", targets=targets),
        "apgd l2": adaptive.apgd(*given, eps=0.1, steps=8, norm="l2", restarts=2),
    }


def in_every_view(device: torch.device) -> Any:
    model = classifier(photo_network(device).network, input_shape=(3, CROP, CROP))
    images = photos(device)
    return ball.pgd_eot(
        model,
        images,
        labels_of(model, images),
        eps=0.1,
        step_size=0.02,
        steps=2,
        samples=2,
        view=lambda each, generator: transforms.random_views(each, **VIEWS, generator=generator),
    )


def worst_case_over_attacks(device: torch.device) -> Any:
    network, images = digit_network(device), digits(device)
    model = classifier(network, input_shape=(1, 28, 28))
    labels = labels_of(network, images)
    options: dict[str, Any] = {"steps": 3, "reach": 0.5}
    given = (model, images, labels)
    return [
        robust_accuracy(*given, eps=[0.001, 0.003, 0.01], norm="linf", **options),
        robust_accuracy(*given, eps=[0.01, 0.2], norm="l2", **options),
    ]


def minimal_perturbations(device: torch.device) -> Any:
    model = classifier(photo_network(device).network, input_shape=(3, CROP, CROP))
    images = photos(device)
    labels = labels_of(model, images)
    targets = (labels + 1) % 4
    stepped = minimal.normalized_steps(model, images, targets, step_size=0.5, steps=3)
    ranked = minimal.targets_of_ranks(model(images), minimal.possible_ranks([2, 9], 4))
    made = [minimal.ddn(model, images, labels, targets=each, steps=6) for each in (targets, None)]
    # An attack with rounding inside amplifies the last bit; the rounding itself does not.
    return stepped, ranked, made, EightBit()(images)


def distances_of_chosen_images(device: torch.device) -> Any:
    images, labels = digits(device), torch.arange(6, device=device) % 3
    chosen = choose_one_per_class(labels, labels, new_generator(0))
    for_targets = choose_one_per_target(labels, labels, 3, new_generator(0))
    return chosen, for_targets, distances.nearest_distances(images[chosen], images[:2])


def manipulated_photos(device: torch.device) -> Any:
    images, graded = photos(device), manipulations.graded(0)
    strengths = {"rotation": 5, "crop": 0.9, "jpeg": 80, "blur": 1, "noise": 0.1}
    chosen = [graded[name](strength) for name, strength in strengths.items()]
    chosen += [manipulations.unchanged, manipulations.mirror, manipulations.desaturate]
    return [manipulations.manipulate(images, manipulation) for manipulation in chosen]


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
    chosen = correctly_classified(named, pretrained)
    return chosen, description(chosen.describe())
