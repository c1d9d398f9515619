"""Training speed of this machine, by a small training that is the same everywhere."""

import time
from statistics import median

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from foolproof.compute.machine import Precision

_SECONDS = 0.5


def calibrate(device: torch.device, precision: Precision) -> dict[str, float]:
    """Measure the median seconds of a step of a small training, in float32 and in one precision.

    The step is the same on every machine: 64 images (3, 32, 32), three 3x3 convolutions, forward
    and backward. On a CPU it uses one thread: several threads wait for each other where another
    process keeps a core busy, and take ten times as long.

    Args:
        device: of the training.
        precision: of its forward and backward passes; the weights are float32.

    Returns:
        The seconds by precision, of which there is one where the given one is float32.
    """
    precisions = {"float32", precision}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return {name: median(_step_seconds(device, getattr(torch, name))) for name in precisions}
    finally:
        torch.set_num_threads(threads)


def _step_seconds(device: torch.device, dtype: torch.dtype) -> list[float]:
    network = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 8 * 8, 10),
    ).to(device)
    network.to(memory_format=torch.channels_last)
    pixels = torch.rand(64, 3, 32, 32, generator=torch.Generator().manual_seed(0)).to(device)
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(64, device=device) % 10
    seconds: list[float] = []
    begun = time.perf_counter()
    # The first step is a warm-up and is not counted.
    while len(seconds) < 3 or time.perf_counter() - begun < _SECONDS:
        start = time.perf_counter()
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            logits = network(pixels)
        network.zero_grad()
        loss = cross_entropy(logits.float(), labels)
        loss.backward()
        loss.item()  # synchronizes a GPU
        seconds.append(time.perf_counter() - start)
    return seconds[1:]
