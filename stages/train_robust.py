"""Train the MNIST network without batch norm on adversarial images, and let one overfit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from foolproof.attacks.attacked_accuracy import AttackCurve, attacked_accuracy
from foolproof.compute.intervals import mcnemar, rate_with_interval
from foolproof.compute.machine import training_precision
from foolproof.compute.seeds import new_generator
from foolproof.compute.stage import Stage, stage
from foolproof.core.files import write_csv, write_json
from foolproof.core.stage import run_stage
from foolproof.data.datasets import Split, load_dataset, sample_images, train_val_split
from foolproof.networks.inference import to_pixels
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import weights_digest
from foolproof.params.training import Adversary, TrainRobust
from foolproof.training.adversarial import PgdAdversary
from foolproof.training.config import TrainConfig
from foolproof.training.full_set import trained_in_words
from foolproof.training.loop import TrainResult, measure
from foolproof.training.recorder import Training, TrainingRecorder
from foolproof.training.stage import train_config, train_from_seed, training_machine


def main() -> str:
    """Train with each seed, and once with the settings that overfit; write curves and metrics."""
    with stage(TrainRobust, "train.robust") as s:
        settings, config = s.settings, train_config(s.settings)
        dataset = load_dataset(Path("data/mnist.npz"), s.device)
        generator = new_generator(settings.validation_seed, "validation")
        sets = train_val_split(dataset.train, settings.validation_fraction, generator)
        machine = training_machine(config, s.device)
        recorder = TrainingRecorder("mnist", "robust", "validation", machine)
        first = settings.seeds[0]
        curve, *_ = curves = [attack_curve(s, sets[1], seed) for seed in settings.seeds]
        trainings = []
        for seed, each in zip(settings.seeds, curves, strict=True):
            network, result = train_one(s, sets, config, settings.adversary, seed, recorder, each)
            trainings.append(Training(seed, network, result, measure(network, dataset.test)))
        recorder.save(trainings, kept=trainings[0])
        overfitted = attack_curve(s, sets[1], first)
        shorter = replace(config, epochs=settings.overfitted.epochs)
        other = TrainingRecorder("mnist", "overfitted", "validation", machine)
        train_one(s, sets, shorter, settings.overfitted.adversary, first, other, overfitted)
    rows = [*curve.rows("random start"), *overfitted.rows("plain FGSM")]
    write_csv(Path("data/curves/mnist/robust_attacks.csv"), rows)
    metrics = describe(trainings, dataset.test, settings)
    metrics["validation"] = {"robust": curve.rates(), "overfitted": overfitted.rates()}
    metrics["pgd_mcnemar"] = mcnemar(*(each.last.pgd.cpu().numpy() for each in (curve, overfitted)))
    write_json(Path("metrics/mnist/robust.json"), metrics)
    return trained_in_words(trainings)


def attack_curve(s: Stage[TrainRobust], validation: Split, seed: int) -> AttackCurve:
    """Make the curve on the first validation images."""
    settings = s.settings.attack_curve
    images, labels = (each[: settings.images] for each in validation)
    return AttackCurve(
        to_pixels(images), labels, eps=settings.epsilon, steps=settings.steps, seed=seed
    )


def train_one(
    s: Stage[TrainRobust],
    sets: tuple[Split, Split],
    config: TrainConfig,
    adversary: Adversary,
    seed: int,
    recorder: TrainingRecorder,
    curve: AttackCurve,
) -> tuple[nn.Module, TrainResult]:
    """Train on the images of an adversary, and keep the last epoch."""
    perturb = PgdAdversary(
        eps=adversary.epsilon,
        steps=adversary.steps,
        ramp=adversary.ramp,
        random_start=adversary.random_start,
        precision=training_precision(config.precision, s.device),
        generator=new_generator(seed, "adversary"),
    )
    return train_from_seed(
        NETWORKS["robust"],
        *sets,
        config,
        seed=seed,
        recorder=recorder,
        perturb=perturb,
        keep_last=True,
        on_point=lambda network, point: curve.add(network, point.epoch),
    )


def describe(trainings: list[Training], test: Split, settings: TrainRobust) -> dict[str, Any]:
    """Describe the first training by rates over the test images; PGD takes some at random."""
    first, attack = trainings[0], settings.attack_curve
    sample = sample_images(test, attack.images, new_generator(first.seed, "images"))
    attacked = attacked_accuracy(
        first.network,
        to_pixels(sample.images),
        sample.labels,
        eps=attack.epsilon,
        steps=attack.steps,
        seed=first.seed,
    )
    return {
        "test_accuracy": rate_with_interval(int(first.test.correct.sum()), len(test.labels)),
        "test_accuracy_by_seed": [each.test.accuracy for each in trainings],
        "test_pgd": rate_with_interval(int(attacked.pgd.sum()), len(sample.labels)),
        "validation_accuracy": first.result.eval_accuracy,
        "seeds": settings.seeds,
        "epochs": first.result.epochs,
        "weights_sha256": weights_digest(first.result.state),
    }


if __name__ == "__main__":
    run_stage(main)
