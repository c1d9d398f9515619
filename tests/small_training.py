"""Images, networks and configurations so small that a training takes no time."""

from dataclasses import replace

import torch
from torch import nn

from foolproof.compute.machine import describe_machine
from foolproof.compute.seeds import new_generator
from foolproof.data.datasets import Split
from foolproof.training.config import SgdConfig, TrainConfig

VALIDATION_FRACTION = 0.25
MACHINE = describe_machine(torch.device("cpu"), "float32")

CONFIG = TrainConfig(
    epochs=3,
    min_steps=0,
    batch_size=10,
    optimizer="sgd",
    learning_rate=0.5,
    warmup=0,
    momentum=0.9,
    weight_decay=0,
    label_smoothing=0,
    precision="float32",
    evaluations_per_epoch=2,
)

SMALL_CNN_CONFIG = replace(
    CONFIG,
    epochs=2,
    batch_size=16,
    learning_rate=0.05,
    warmup=0.2,
    weight_decay=0.0005,
    label_smoothing=0.1,
)

MUON_CONFIG = replace(
    CONFIG,
    epochs=2,
    optimizer="muon",
    learning_rate=0.1,
    warmup=0.2,
    momentum=0.6,
    evaluations_per_epoch=1,
    sgd=SgdConfig(learning_rate=0.05, head_learning_rate=0.02, momentum=0.85, first_bias_epochs=1),
)


def build() -> nn.Sequential:
    """A linear classifier of pictures 2 x 2 into two classes."""
    return nn.Sequential(nn.Flatten(), nn.Linear(4, 2))


def two_classes(seed: int) -> Split:
    """Noisy pictures 2 x 2, every other one brighter."""
    labels = torch.arange(40) % 2
    noise = torch.randint(0, 200, (40, 1, 2, 2), generator=new_generator(seed), dtype=torch.uint8)
    return Split(noise + 50 * labels[:, None, None, None].to(torch.uint8), labels)


def bars(count: int = 200) -> Split:
    """Noisy pictures 28 x 28 of ten classes, each a bright bar at a height of its own."""
    generator = new_generator(0)
    labels = torch.arange(count) % 10
    images = torch.randint(0, 60, (count, 1, 28, 28), generator=generator, dtype=torch.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[:, 2 * label + 4 : 2 * label + 6] += 180
    return Split(images, labels)
