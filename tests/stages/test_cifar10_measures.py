"""What the stages on CIFAR-10 measure beside accuracies: six views, and filters by seed."""

from pathlib import Path

import pytest
import torch

from foolproof.data.datasets import Split
from foolproof.explain.filters import filters_of, measure_filters, probability_of_superiority
from foolproof.networks.cifar10 import NETWORKS
from foolproof.networks.inference import mean_over_views
from foolproof.networks.weights import save_weights
from foolproof.training.loop import TrainResult, measure
from foolproof.training.recorder import Training
from stages.show_filters import compare_by_seed
from stages.train_deep import measure_views


def test_views_are_compared_with_the_plain_image_on_the_same_images() -> None:
    torch.manual_seed(0)
    network = NETWORKS["deep"]().eval()
    images = torch.randint(256, (40, 3, 32, 32), dtype=torch.uint8)
    labels = torch.arange(40) % 2
    test = Split(images, labels)
    result = TrainResult({}, 1, 0.5, [])
    training = Training(0, network, result, measure(network, test))
    with torch.no_grad():
        correct = mean_over_views(network, images).argmax(1) == labels
    found = measure_views([training], test)
    assert found["test_accuracy_by_seed"] == [correct.double().mean().item()]
    rate, compared = found["first_seed_test_accuracy"], found["first_seed_comparison"]
    assert isinstance(rate, dict)
    assert isinstance(compared, dict)
    assert (rate["count"], rate["n"]) == (int(correct.sum()), 40)
    gain = (correct.double() - training.test.correct.double()).mean().item()
    assert compared["difference"]["mean"] == pytest.approx(gain)


def test_filters_are_compared_seed_by_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = []
    for seed in (0, 10, 2):
        torch.manual_seed(seed)
        networks = {name: NETWORKS[name]() for name in ("bn", "nobn")}
        for name, network in networks.items():
            path = Path("models/seeds/cifar10", name, f"{seed}.safetensors")
            save_weights(path, network.state_dict(), network=name)
        measures = [
            measure_filters(filters_of(each, "conv1").numpy()) for each in networks.values()
        ]
        expected.append(probability_of_superiority(*measures)["colour"])
    found = compare_by_seed(torch.device("cpu"))
    assert found["colour"]["mean"] == pytest.approx(sum(expected) / 3)
    assert found["colour"]["n"] == 3
