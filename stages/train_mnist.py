"""Train a network of EE6132 with each seed; keep the epoch that is best on the validation set."""

from pathlib import Path

from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.seeds import new_generator
from foolproof.compute.stage import stage
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.data.datasets import load_dataset, train_val_split
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import weights_digest
from foolproof.params.training import TrainMnist
from foolproof.training.full_set import trained_in_words
from foolproof.training.loop import epochs_to_accuracy
from foolproof.training.recorder import TrainingRecorder
from foolproof.training.stage import train_config, train_with_seeds, training_machine


def main(name: str) -> str:
    """Train a network; write weights, curves and metrics."""
    with stage(TrainMnist, "train.mnist") as s:
        config, dataset = train_config(s.settings), load_dataset(Path("data/mnist.npz"), s.device)
        generator = new_generator(s.settings.validation_seed, "validation")
        sets = train_val_split(dataset.train, s.settings.validation_fraction, generator)
        machine = training_machine(config, s.device)
        recorder = TrainingRecorder("mnist", name, "validation", machine)
        trainings = train_with_seeds(
            NETWORKS[name],
            *sets,
            dataset.test,
            config,
            seeds=s.settings.seeds,
            recorder=recorder,
        )
        chosen = max(trainings, key=lambda each: each.result.eval_accuracy)
        best = chosen.result
        recorder.save(trainings, kept=chosen)
        accuracies = [each.test.accuracy for each in trainings]
        target = s.settings.target_accuracy
        metrics = {
            "test_accuracy": mean_with_interval(accuracies),
            "test_loss": mean_with_interval([each.test.loss for each in trainings]),
            "test_accuracy_by_seed": accuracies,
            "validation_accuracy": best.eval_accuracy,
            "epochs": best.epochs,
            "best_epoch": best.epoch,
            "best_seed": chosen.seed,
            "epochs_to_target_by_seed": [
                epochs_to_accuracy(each.result.curve, target) for each in trainings
            ],
            "weights_sha256": weights_digest(best.state),
        }
        write_json(Path("metrics/mnist", f"{name}.json"), metrics)
    return trained_in_words(trainings)


if __name__ == "__main__":
    run_stage(main, name=sorted(NETWORKS))
