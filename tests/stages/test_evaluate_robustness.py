"""The stages `evaluate_robustness` and `draw_robust_accuracy` on small networks."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import nn

from foolproof.compute.intervals import rate_with_interval
from foolproof.core.files import read_csv, read_json, write_json
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.networks import cifar10, cis680, mnist
from foolproof.networks.weights import save_weights
from stages import draw_robust_accuracy, evaluate_robustness
from tests.small_training import bars
from tools.deps import ROOT

SETTINGS = {
    "seed": 0,
    "mnist": {"images": 25, "epsilons": [0.3, 0.002]},
    "cifar10": {"images": 25, "epsilons": [0.01, 200 / 3]},
    "steps": 2,
    "targets": 1,
    "queries": 3,
    "reach": 0.5,
}


@pytest.fixture
def project(photo_folder: Path) -> Path:
    """A working folder with small data sets and untrained networks."""
    images, labels = bars(30)
    coloured = images.repeat(1, 3, 1, 1).permute(0, 2, 3, 1)
    for name, pictures in (("mnist", images[:, 0]), ("cifar10", coloured)):
        side = 28 if name == "mnist" else 32
        picture = torch.zeros(30, side, side, *pictures.shape[3:], dtype=torch.uint8)
        picture[:, : pictures.shape[1], : pictures.shape[2]] = pictures
        arrays = {f"{split}_images": picture.numpy() for split in ("train", "test")}
        path = photo_folder / f"data/{name}.npz"
        write_arrays(path, **arrays, train_labels=labels.numpy(), test_labels=labels.numpy())
        record = {"asset": name, "source": "test", "stand_in": True}
        write_json(photo_folder / f"data/{name}.json", record)
    kinds = {"mnist": mnist.NETWORKS, "cis680": cis680.NETWORKS, "cifar10": cifar10.NETWORKS}
    torch.manual_seed(0)
    for group, networks in kinds.items():
        for name, build in networks.items():
            network: nn.Module = build()
            path = photo_folder / f"models/{group}/{name}.safetensors"
            save_weights(path, network.state_dict(), network=name)
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params |= {"compute": {"threads": 1}, "evaluate_robustness": SETTINGS}
    (photo_folder / "params.yaml").write_text(yaml.safe_dump(params))
    return photo_folder


def run(group: str) -> dict[str, Any]:
    """Run both stages on a group, and read the metrics."""
    evaluate_robustness.main(group)
    draw_robust_accuracy.main(group)
    metrics: dict[str, Any] = read_json(Path(f"metrics/robust_accuracy/{group}.json"))
    return metrics


@pytest.mark.parametrize(
    ("group", "names", "epsilons"),
    [
        ("mnist", {"nobn", "bn", "robust"}, {"0.002", "0.3"}),
        ("cis680", {"first", "second"}, {"0.002", "0.3"}),
        ("cifar10", {"nobn", "bn", "deep"}, {"0.01", "66.6667"}),
    ],
)
@pytest.mark.usefixtures("project")
def test_accuracy_falls_from_clean_to_the_largest_epsilon_and_is_drawn(
    group: str, names: set[str], epsilons: set[str]
) -> None:
    metrics = run(group)
    networks = metrics["networks"]
    assert networks.keys() == names
    saved = read_arrays(Path(f"data/robust_accuracy/{group}.npz"))
    assert saved.keys() == names | {"epsilons"}
    for name, found in networks.items():
        assert found["images"] == 25
        assert found["by_epsilon"].keys() == epsilons
        rates = [found["clean"], *found["by_epsilon"].values()]
        counts = [rate["count"] for rate in rates]
        assert counts == sorted(counts, reverse=True)
        assert rates == [rate_with_interval(count, 25) for count in counts]
        assert counts == [int((saved[name] > index).sum()) for index in range(len(rates))]
        assert sum(found["misclassified_by"].values()) == 25 - counts[-1]
    assert len({found["weights_sha256"] for found in networks.values()}) == len(names)
    pairs = [(each["against"], each["network"]) for each in metrics["comparisons"]]
    assert pairs == list(combinations(evaluate_robustness.GROUPS[group].names, 2))
    for comparison in metrics["comparisons"]:
        assert comparison["by_epsilon"].keys() == {"0", *epsilons}
        for epsilon in epsilons:
            one, other = (
                networks[comparison[key]]["by_epsilon"][epsilon]["value"]
                for key in ("network", "against")
            )
            assert comparison["by_epsilon"][epsilon]["value"] == pytest.approx(one - other)
    rows = read_csv(Path(f"plots/draw_robust_accuracy_{group}.csv"))
    assert len(rows) == len(names) * (1 + len(epsilons))
    assert Path(f"plots/draw_robust_accuracy/{group}.png").is_file()


@pytest.mark.usefixtures("project")
def test_metrics_repeat_to_the_byte() -> None:
    run("mnist")
    path = Path("metrics/robust_accuracy/mnist.json")
    before = path.read_bytes()
    run("mnist")
    assert path.read_bytes() == before


def test_charts_name_the_networks_of_the_groups() -> None:
    assert draw_robust_accuracy.CHARTS.keys() == evaluate_robustness.GROUPS.keys()
    for key, group in evaluate_robustness.GROUPS.items():
        assert tuple(draw_robust_accuracy.CHARTS[key].names) == group.names
