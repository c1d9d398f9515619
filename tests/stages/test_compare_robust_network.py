"""The stages `train_robust` and `compare_robust_network` on small images."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from foolproof.core.files import read_csv, read_json, write_json
from foolproof.data.arrays import write_arrays
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import load_network, save_weights, weights_digest
from stages import compare_robust_network, train_robust
from tests.pipeline.conftest import TINY
from tests.small_training import bars
from tools.deps import ROOT
from tools.tour import merged


@pytest.fixture
def project(photo_folder: Path) -> Path:
    """A working folder with small images and untrained ordinary networks."""
    images, labels = bars(200)
    arrays = {f"{split}_images": images[:, 0].numpy() for split in ("train", "test")}
    numbers = {f"{split}_labels": labels.numpy() for split in ("train", "test")}
    write_arrays(photo_folder / "data/mnist.npz", **arrays, **numbers)
    record = {"asset": "mnist", "source": "test", "stand_in": True}
    write_json(photo_folder / "data/mnist.json", record)
    params = merged(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")), TINY)
    params["train"]["robust"] |= {"epochs": 12, "batch_size": 20, "precision": "float32"}
    params["train"]["robust"]["adversary"]["epsilon"] = 0.05
    params["train"]["robust"]["seeds"] = [3, 4]
    (photo_folder / "params.yaml").write_text(yaml.safe_dump(params))
    return photo_folder


@pytest.fixture
def trained(project: Path) -> Path:
    """The folder after `train_robust`, whose weights the other networks have as well."""
    train_robust.main()
    state = load_network(Path("models/mnist/robust.safetensors"), NETWORKS, torch.device("cpu"))[1]
    save_weights(Path("models/mnist/nobn.safetensors"), state.state_dict(), network="nobn")
    save_weights(Path("models/mnist/bn.safetensors"), state.state_dict(), network="nobn")
    return project


@pytest.mark.usefixtures("trained")
def test_metrics_are_of_the_weights_of_the_first_seed() -> None:
    metrics = read_json(Path("metrics/mnist/robust.json"))
    _, network = load_network(
        Path("models/mnist/robust.safetensors"), NETWORKS, torch.device("cpu")
    )
    assert metrics["weights_sha256"] == weights_digest(network.state_dict())
    assert metrics["test_accuracy"]["value"] == metrics["test_accuracy_by_seed"][0]
    assert metrics["test_accuracy"]["n"] == 200
    assert metrics["seeds"] == [3, 4]
    assert metrics["validation"].keys() == {"robust", "overfitted"}
    assert sorted(path.stem for path in Path("models/seeds/mnist/robust").iterdir()) == ["3", "4"]


@pytest.mark.usefixtures("trained")
def test_attack_curves_end_at_the_rates_of_the_metrics() -> None:
    rows = read_csv(Path("data/curves/mnist/robust_attacks.csv"))
    metrics = read_json(Path("metrics/mnist/robust.json"))["validation"]
    for training, name in (("random start", "robust"), ("plain FGSM", "overfitted")):
        last = [row for row in rows if row["training"] == training][-3:]
        found = {row["attack"]: float(row["accuracy"]) for row in last}
        assert found == {attack: rate["value"] for attack, rate in metrics[name].items()}


@pytest.mark.usefixtures("trained")
def test_equal_networks_have_no_differences_and_no_own_images_among_the_others() -> None:
    compare_robust_network.main()
    found: dict[str, Any] = read_json(Path("metrics/mnist/robust_comparison.json"))
    assert len(set(found["weights_sha256"].values())) == 1
    for part in ("occlusion", "class_images", "targeted", "noise"):
        assert found[part]["robust_minus"].keys() == {"nobn", "bn"}
        assert all(each["mean"] == 0 for each in found[part]["robust_minus"].values())
    for name, each in found["class_images"]["networks"].items():
        assert name not in each["predicted_by"]
        assert each["nearest"]["n"] == 20
    ratios = [*found["targeted"]["norm_ratio"].values(), *found["noise"]["norm_ratio"].values()]
    assert {ratio["value"] for ratio in ratios if ratio} <= {1.0}
    pictures = sorted(path.stem for path in Path("plots/compare_robust_network").iterdir())
    assert pictures == ["attacks", "class_images", "filters", "noise", "occlusion", "targeted"]


@pytest.mark.usefixtures("trained")
def test_metrics_repeat_to_the_byte() -> None:
    path = Path("metrics/mnist/robust_comparison.json")
    compare_robust_network.main()
    before = path.read_bytes()
    compare_robust_network.main()
    assert path.read_bytes() == before
