"""Robust accuracy against AutoAttack itself, on a small network of digits."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.robust_accuracy import robust_accuracy
from foolproof.classifiers.classifier import Classifier, classifier, predict
from foolproof.compute.seeds import new_generator

pyautoattack = pytest.importorskip("pyautoattack")

SIDE = 12
CLASSES = 10
IMAGES = 48
EPSILONS = (0.05, 0.1, 0.15)


@pytest.fixture(scope="module")
def threads() -> Iterator[None]:
    """Few threads: the images are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def blobs(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw noisy images of ten classes, each a smooth pattern of its own."""
    patterns = torch.rand(CLASSES, 1, 3, 3, generator=new_generator(5))
    patterns = nn.functional.interpolate(patterns, size=SIDE, mode="bilinear")
    generator = new_generator(seed)
    labels = torch.randint(CLASSES, (count,), generator=generator)
    noise = torch.randn(count, 1, SIDE, SIDE, generator=generator)
    return (patterns[labels] + 0.25 * noise).clamp(0, 1), labels


@pytest.fixture(scope="module")
def trained(threads: None) -> Classifier:  # noqa: ARG001
    """A small convolutional network, trained on these images."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(200, 32), nn.ReLU(),
        nn.Linear(32, CLASSES),
    )  # fmt: skip
    x, y = blobs(1000, 0)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.005)
    for _ in range(60):
        loss = nn.functional.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return classifier(network, input_shape=(1, SIDE, SIDE))


def test_accuracy_is_within_one_image_of_autoattack_at_each_epsilon(trained: Classifier) -> None:
    x, y = blobs(IMAGES, 1)
    result = robust_accuracy(trained, x, y, eps=EPSILONS)
    left = []
    for eps in EPSILONS:
        attack = pyautoattack.AutoAttack(trained, norm="Linf", eps=eps, seed=0, version="standard")
        made, _ = attack.run_standard_evaluation(x, y, batch_size=IMAGES)
        left.append(int((predict(trained, made).argmax(1) == y).sum()))
    ours = [round(accuracy * IMAGES) for accuracy in result.accuracy]
    assert all(our <= their + 1 for our, their in zip(ours, left, strict=True))
    assert all(our >= their - 1 for our, their in zip(ours, left, strict=True))
    assert 0.2 < result.accuracy[1] < 0.8, "an epsilon that decides nothing"
    assert result.findings == ()
