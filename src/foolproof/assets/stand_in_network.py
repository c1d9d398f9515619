"""The small network that stands in for an ImageNet network, trained on the ten photographs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torchvision.models import get_model

from foolproof.assets.photographs import PHOTOGRAPHS, SUBJECTS, Part, join, pieces, random_cut

# The fastest of torchvision's networks that learn this quickly, with batch norm, and a ReLU in its
# last hidden layer; at this size its last convolution sees 3x3 places.
ARCHITECTURE = "shufflenet_v2_x0_5"
RESIZE, CROP = 110, 96  # in the proportion of torchvision's 256 and 224
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

_STRIPES = 9
_SHARES = (0.15, 0.8)
_STRETCHES = (1.5**-0.5, 1.5**0.5)  # of a square, to proportions of 2:3 to 3:2
_BATCH = 32
_LEARNING_RATE = 5e-3

log = logging.getLogger(__name__)


def cut_to_classify(
    part: Part, number: int, shares: tuple[float, float], random: np.random.Generator
) -> NDArray[np.uint8]:
    """Cut random rectangles of all sizes out of one part of each photograph.

    The pieces of the part are joined first, since a piece alone is much smaller than what the
    network is to be shown, which is most of a photograph.

    Args:
        part: where to cut, see `pieces`.
        number: how many of each photograph.
        shares: the least and the greatest side as shares of the photograph's width; evenly spread
            by their logarithm.
        random: gives sizes, proportions of 2:3 to 3:2, and places.

    Returns:
        RGB, (10 number, CROP, CROP, 3), photograph by photograph.
    """
    cuts = []
    for photograph in PHOTOGRAPHS:
        with Image.open(photograph.path) as whole:
            joined = join(pieces(whole, part, _STRIPES))
            width = whole.width
        for _ in range(number):
            side = width * _log_uniform(*shares, random)
            stretch = _log_uniform(*_STRETCHES, random)
            cut = random_cut(joined, round(side * stretch), round(side / stretch), random)
            cuts.append(np.asarray(cut.resize((CROP, CROP), Image.Resampling.BILINEAR)))
    return np.stack(cuts)


def _log_uniform(low: float, high: float, random: np.random.Generator) -> float:
    return float(low * (high / low) ** random.random())


def train_stand_in(seed: int, *, number: int = 200, epochs: int = 4) -> dict[str, Tensor]:
    """Train the network to name the subject of a cut of a photograph.

    Args:
        seed: of weights, cuts and their order.
        number: how many cuts of each photograph.
        epochs: how many times each is seen, every time mirrored or not at random.

    Returns:
        The state dict of the network, whose input is normalized by MEAN and STD.
    """
    cuts = cut_to_classify("train", number, _SHARES, np.random.default_rng(seed))
    images = torch.from_numpy(cuts).permute(0, 3, 1, 2)
    labels = torch.arange(len(SUBJECTS)).repeat_interleave(number)
    with _repeatable(seed):
        network: nn.Module = get_model(ARCHITECTURE, weights=None, num_classes=len(SUBJECTS))
        network.to(memory_format=torch.channels_last).train()
        optimizer = torch.optim.AdamW(network.parameters(), fused=True)
        batches_per_epoch = len(labels) // _BATCH
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, _LEARNING_RATE, total_steps=epochs * batches_per_epoch
        )
        for epoch in range(epochs):
            for rows in torch.randperm(len(labels))[: batches_per_epoch * _BATCH].split(_BATCH):
                loss = nn.functional.cross_entropy(network(_augment(images[rows])), labels[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            log.info("stand-in network: epoch %d of %d: loss %.3f", epoch + 1, epochs, loss.item())
    return network.state_dict()


def _augment(images: Tensor) -> Tensor:
    """Normalize uint8 images (N, 3, H, W) and mirror each with a probability of one half."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    pixels = ((images / 255 - mean) / std).contiguous(memory_format=torch.channels_last)
    mirrored = torch.rand(len(images), 1, 1, 1) < 0.5
    return torch.where(mirrored, pixels.flip(3), pixels)


@contextmanager
def _repeatable(seed: int) -> Iterator[None]:
    """Seed torch's generator and use two threads, and leave both as they were.

    Sums are grouped by thread, so their number must not be the machine's.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
