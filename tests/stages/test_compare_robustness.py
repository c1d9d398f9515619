"""The stages `compare_robustness` and `draw_robustness_comparison` on small networks."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from foolproof.core.errors import FoolproofError
from foolproof.core.files import read_json, write_json
from foolproof.data.arrays import write_arrays
from foolproof.networks import mnist
from foolproof.networks.weights import save_weights
from stages import compare_robustness, draw_robustness_comparison, evaluate_robustness
from tests.small_training import bars

EFFORT = {"seed": 0, "steps": 2, "targets": 1, "queries": 3, "reach": 0.5}
ON_MNIST = {"images": 25, "epsilons": [0.3, 0.002]}
SEEDS = (2, 10)


@pytest.fixture
def project(photo_folder: Path) -> Path:
    """A working folder with small data and untrained networks of two seeds."""
    images, labels = bars(30)
    arrays = {f"{split}_images": images[:, 0].numpy() for split in ("train", "test")}
    path = photo_folder / "data/mnist.npz"
    write_arrays(path, **arrays, train_labels=labels.numpy(), test_labels=labels.numpy())
    record = {"asset": "mnist", "source": "test", "stand_in": True}
    write_json(photo_folder / "data/mnist.json", record)
    torch.manual_seed(0)
    for name, build in mnist.NETWORKS.items():
        for seed in SEEDS:
            state = build().state_dict()
            path = photo_folder / f"models/seeds/mnist/{name}/{seed}.safetensors"
            save_weights(path, state, network=name)
            save_weights(photo_folder / f"models/mnist/{name}.safetensors", state, network=name)
    sections = {
        "compute": {"threads": 1},
        "compare_robustness": EFFORT | ON_MNIST,
        "evaluate_robustness": EFFORT | {"mnist": ON_MNIST, "cifar10": ON_MNIST},
    }
    (photo_folder / "params.yaml").write_text(yaml.safe_dump(sections))
    return photo_folder


def run() -> dict[str, Any]:
    """Run both stages, and read the metrics."""
    compare_robustness.main()
    draw_robustness_comparison.main()
    metrics: dict[str, Any] = read_json(Path("metrics/mnist/robustness_comparison.json"))
    return metrics


@pytest.mark.usefixtures("project")
def test_networks_are_paired_by_seed_at_every_epsilon_and_drawn() -> None:
    metrics = run()
    assert metrics["images"] == 25
    assert metrics["seeds"] == list(SEEDS)
    assert metrics["by_epsilon"].keys() == {"0", "0.002", "0.3"}
    for found in metrics["by_epsilon"].values():
        nobn, bn = (found["accuracy_by_seed"][name] for name in ("nobn", "bn"))
        differences = [b - a for a, b in zip(nobn, bn, strict=True)]
        assert found["difference"]["mean"] == pytest.approx(sum(differences) / 2)
        assert found["difference"]["n"] == 2
        gained = [each["only_second"] - each["only_first"] for each in found["mcnemar"]]
        assert gained == pytest.approx([25 * each for each in differences])
    digests = metrics["weights_sha256"]
    assert len({*digests["nobn"], *digests["bn"]}) == 4
    assert Path("plots/draw_robustness_comparison/mnist.png").is_file()


@pytest.mark.usefixtures("project")
def test_accuracies_are_those_of_evaluate_robustness() -> None:
    """With equal settings; models/mnist holds the networks of the last seed."""
    compared = run()
    evaluate_robustness.main("mnist")
    evaluated = read_json(Path("metrics/robust_accuracy/mnist.json"))["networks"]
    for name, digests in compared["weights_sha256"].items():
        found = evaluated[name]
        assert found["weights_sha256"] == digests[-1]
        for epsilon, of_epsilon in {"0": found["clean"], **found["by_epsilon"]}.items():
            accuracies = compared["by_epsilon"][epsilon]["accuracy_by_seed"][name]
            assert accuracies[-1] == pytest.approx(of_epsilon["value"])


@pytest.mark.usefixtures("project")
def test_metrics_repeat_to_the_byte() -> None:
    run()
    path = Path("metrics/mnist/robustness_comparison.json")
    before = path.read_bytes()
    run()
    assert path.read_bytes() == before


@pytest.mark.usefixtures("project")
def test_unequal_seeds_are_refused() -> None:
    Path("models/seeds/mnist/bn/10.safetensors").unlink()
    with pytest.raises(FoolproofError, match=r"found \[2, 10\] and \[2\]"):
        compare_robustness.main()
