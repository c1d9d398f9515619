"""The stage `show_predictions` on a small network."""

from pathlib import Path

import pytest
import torch
import yaml

from foolproof.core.files import read_csv, read_json, write_json
from foolproof.data.arrays import write_arrays
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import save_weights
from stages import show_predictions
from tests.small_training import bars
from tools.deps import ROOT


@pytest.mark.usefixtures("photo_folder")
def test_metrics_agree_with_the_table_and_figures_exist() -> None:
    images, labels = (part.numpy() for part in bars(30))
    arrays = {f"{split}_images": images[:, 0] for split in ("train", "test")}
    write_arrays(Path("data/mnist.npz"), **arrays, train_labels=labels, test_labels=labels)
    write_json(Path("data/mnist.json"), {"asset": "mnist", "source": "test", "stand_in": True})
    torch.manual_seed(0)
    state = NETWORKS["bn"]().state_dict()
    save_weights(Path("models/mnist/best.safetensors"), state, network="bn")
    settings = {"compute": {"threads": 1}, "show_predictions": {"seed": 0, "images": 40}}
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    Path("params.yaml").write_text(yaml.safe_dump(params | settings))
    show_predictions.main()
    metrics = read_json(Path("metrics/mnist/predictions.json"))
    rows = read_csv(Path("plots/show_predictions_confusion.csv"))
    assert [int(row["true"]) for row in rows] == labels.tolist()
    errors = sum(row["true"] != row["predicted"] for row in rows)
    assert 0 < errors == metrics["mistakes"]
    assert metrics["test_accuracy"]["value"] == pytest.approx(1 - errors / 30)
    assert 0.1 <= metrics["mean_confidence_wrong"]["mean"] <= 1
    figures = {path.name for path in Path("plots/show_predictions").iterdir()}
    assert figures == {"predictions.png", "mistakes.png", "confusion.png"}
