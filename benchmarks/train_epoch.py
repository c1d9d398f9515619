"""CPU time of one epoch on MNIST: our training loop against the ordinary one.

Run as `python benchmarks/train_epoch.py [--repeats N]`, once data/mnist.npz
is there. The ordinary way is that of PyTorch's own MNIST example: pictures that are opened and
transformed one by one behind a DataLoader with its defaults, ReLU before max-pooling, Adam with
its defaults, float32. Ours is `foolproof.training.train` with the settings of params.yaml. Both
train the same network on all 60,000 images in batches of 128 on the same number of threads; they
alternate in one process, and the medians are compared. Imports, the loading of the file and the
final measurement on the test images count for neither.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from foolproof.datasets import Split, load_dataset
from foolproof.models.mnist import MEAN, STD, mnist_cnn
from foolproof.params.base import load_section
from foolproof.params.data import Compute
from foolproof.params.training import Training
from foolproof.runtime import seeded
from foolproof.training import measure, train

BATCH_SIZE = 128


class Pictures(Dataset[tuple[Tensor, int]]):
    """MNIST as torchvision.datasets.MNIST serves it: each picture through PIL and transforms."""

    def __init__(self, split: Split) -> None:
        self.data = split.images[:, 0]
        self.targets = split.labels
        self.transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((MEAN,), (STD,))]
        )

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.data[index].numpy())
        return self.transform(picture), int(self.targets[index])


def ordinary_cnn() -> nn.Sequential:
    """Build the same network in the customary order, for images that are normalized already."""
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, 500), nn.ReLU(), nn.Linear(500, 10)),
    )


def train_ordinarily(training: Split, seed: int) -> nn.Module:
    """Train for one epoch as in PyTorch's MNIST example."""
    torch.manual_seed(seed)
    network = ordinary_cnn()
    optimizer = torch.optim.Adam(network.parameters())
    loader = DataLoader(Pictures(training), batch_size=BATCH_SIZE, shuffle=True)
    for pixels, labels in loader:
        optimizer.zero_grad()
        loss = cross_entropy(network(pixels), labels)
        loss.backward()
        optimizer.step()
    return nn.Sequential(transforms.Normalize((MEAN,), (STD,)), network)


def train_ours(training: Split, settings: Training, seed: int) -> nn.Module:
    """Train for one epoch with our loop, which evaluates once, on a thousand images."""
    torch.manual_seed(seed)
    network = mnist_cnn(batch_norm=False)
    validation = training.take(torch.arange(1000))
    train(
        network,
        training,
        validation,
        settings,
        seeded(seed),
        on_point=lambda _: None,
        keep_best=False,
    )
    return network


def main() -> None:
    """Train both ways in turn, and print CPU seconds, their ratio and both test accuracies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=2)
    repeats = parser.parse_args().repeats
    path = Path("data/mnist.npz")
    if not path.is_file():
        parser.error(f"{path}: no such file; `dvc repro download` writes it")
    dataset = load_dataset(path, torch.device("cpu"))
    settings = load_section("train.mnist", Training).model_copy(
        update={"epochs": 1, "evaluations_per_epoch": 1, "batch_size": BATCH_SIZE}
    )
    threads = load_section("compute", Compute).threads
    torch.set_num_threads(threads)
    torch.optim.SGD([torch.zeros(1)])  # with the first optimizer, torch imports its compiler
    contestants: dict[str, Callable[[int], nn.Module]] = {
        "ours": lambda seed: train_ours(dataset.train, settings, seed),
        "ordinary": lambda seed: train_ordinarily(dataset.train, seed),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    print(f"{len(dataset.train.labels)} images, batches of {BATCH_SIZE}, {threads} threads")
    for seed in range(repeats):
        for name, contestant in contestants.items():
            start = time.process_time()
            network = contestant(seed)
            seconds[name].append(time.process_time() - start)
            _, accuracy = measure(network, dataset.test)
            print(f"  {name:8} {seconds[name][-1]:6.2f} CPU-s, test accuracy {accuracy:.2%}")
    ratio = median(seconds["ordinary"]) / median(seconds["ours"])
    print(f"  ours is {ratio:.2f} times as fast, by the medians of {repeats}")


if __name__ == "__main__":
    main()
