"""CPU time of one epoch on MNIST: our training loop against the ordinary one.

Run as `python benchmarks/train_epoch.py [--repeats N] [--images N]`, once data/mnist.npz exists.
The ordinary way is that of PyTorch's own MNIST example: pictures that are opened and transformed
one by one behind a DataLoader with its defaults, ReLU before max-pooling, Adam with its defaults,
float32. Ours is `train` with the settings of params.yaml, in a process prepared
as stages prepare it. Both train the same network on all 60,000 images, or the first so many, in
batches of the size in params.yaml (the example's default too) on the same number of threads of the
CPU. They take turns, each time in a process of its own, so that neither profits from what the other
sets; the medians are compared. Imports, the loading of the file and the final measurement on the
test images count for neither.

A CPU with AVX2 is emulated as in benchmarks/precision.py.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from foolproof.compute.device import prepare_device
from foolproof.compute.machine import describe_machine, training_precision
from foolproof.compute.seeds import new_generator
from foolproof.core.params import load_section
from foolproof.data.datasets import Split, load_dataset
from foolproof.networks.mnist import MEAN, STD, mnist_cnn
from foolproof.params.data import Compute
from foolproof.params.training import TrainMnist
from foolproof.training.config import TrainConfig
from foolproof.training.loop import measure, train
from foolproof.training.stage import train_config


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


def train_ordinarily(training: Split, batch_size: int, seed: int) -> nn.Module:
    """Train for one epoch as in PyTorch's MNIST example."""
    torch.manual_seed(seed)
    network = ordinary_cnn()
    optimizer = torch.optim.Adam(network.parameters())
    loader = DataLoader(Pictures(training), batch_size=batch_size, shuffle=True)
    for pixels, labels in loader:
        optimizer.zero_grad()
        loss = cross_entropy(network(pixels), labels)
        loss.backward()
        optimizer.step()
    return nn.Sequential(transforms.Normalize((MEAN,), (STD,)), network)


def train_ours(training: Split, config: TrainConfig, seed: int) -> nn.Module:
    """Train for one epoch with our loop, which evaluates once, on a thousand images."""
    torch.manual_seed(seed)
    network = mnist_cnn(batch_norm=False)
    validation = training.take(torch.arange(1000))
    train(
        network,
        training,
        validation,
        config,
        new_generator(seed),
        keep_best=False,
    )
    return network


def run_contestant(name: str, seed: int, images: int) -> tuple[float, float]:
    """Train in one of the two ways, and measure CPU seconds and test accuracy."""
    dataset = load_dataset(Path("data/mnist.npz"), torch.device("cpu"))
    training = dataset.train.take(torch.arange(images))
    config = train_config(load_section("train.mnist", TrainMnist)).for_one_epoch()
    threads = load_section("compute", Compute).threads
    torch.set_num_threads(threads)
    torch.optim.SGD([torch.zeros(1)])  # with the first optimizer, torch imports its compiler
    if name == "ours":
        device = prepare_device(threads)
        precision = training_precision(config.precision, device)
        print(f"  training in {describe_machine(device, precision)}")
    start = time.process_time()
    if name == "ours":
        network = train_ours(training, config, seed)
    else:
        network = train_ordinarily(training, config.batch_size, seed)
    seconds = time.process_time() - start
    return seconds, measure(network, dataset.test).accuracy


def main() -> None:
    """Train both ways in turn, and print CPU seconds, their ratio and both test accuracies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--images", type=int, default=60_000)
    options = parser.parse_args()
    path = Path("data/mnist.npz")
    if not path.is_file():
        parser.error(f"{path}: no such file; `dvc repro download` writes it")
    seconds: dict[str, list[float]] = {"ours": [], "ordinary": []}
    print(f"{options.images} images")
    for seed in range(options.repeats):
        for name, times in seconds.items():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                spent, accuracy = pool.submit(run_contestant, name, seed, options.images).result()
            times.append(spent)
            print(f"  {name:8} {spent:6.2f} CPU-s, test accuracy {accuracy:.2%}", flush=True)
    ratio = median(seconds["ordinary"]) / median(seconds["ours"])
    print(f"  ours is {ratio:.2f} times as fast, by the medians of {options.repeats}")


if __name__ == "__main__":
    main()
