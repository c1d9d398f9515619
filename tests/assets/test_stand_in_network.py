"""The stand-in for an ImageNet network learns its ten subjects, and is the same each time."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision import models
from torchvision.transforms._presets import ImageClassification

from foolproof.assets.networks import network_asset
from foolproof.assets.photographs import PHOTOGRAPHS
from foolproof.assets.stand_in_network import (
    ARCHITECTURE,
    CROP,
    MEAN,
    RESIZE,
    STD,
    cut_to_classify,
    train_stand_in,
)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    """As the pipeline has it under the name of its default network."""
    arrays = network_asset("mobilenet_v2").embedded.make()
    state = {
        name.removeprefix("state/"): torch.from_numpy(array)
        for name, array in arrays.items()
        if name.startswith("state/")
    }
    built: nn.Module = models.get_model(ARCHITECTURE, num_classes=10).eval()
    built.load_state_dict(state)
    return built


def probabilities(network: nn.Module, pictures: Tensor) -> Tensor:
    with torch.inference_mode():
        return network(pictures).softmax(1)  # type: ignore[no-any-return]


def test_knows_the_photographs_with_confidence(network: nn.Module) -> None:
    preprocess = ImageClassification(crop_size=CROP, resize_size=RESIZE, mean=MEAN, std=STD)
    pictures = [preprocess(Image.open(photograph.path)) for photograph in PHOTOGRAPHS]
    assert probabilities(network, torch.stack(pictures)).diagonal().min() > 0.5


def test_knows_what_it_was_not_trained_on(network: nn.Module) -> None:
    cuts = cut_to_classify("test", 20, (0.2, 0.33), np.random.default_rng(0))
    normalize = ImageClassification(crop_size=CROP, resize_size=CROP, mean=MEAN, std=STD)
    pictures = [normalize(Image.fromarray(cut)) for cut in cuts]
    found = probabilities(network, torch.stack(pictures)).argmax(1)
    assert (found == torch.arange(10).repeat_interleave(20)).float().mean() >= 0.9


def test_is_the_same_each_time_and_leaves_torch_as_it_was() -> None:
    threads, generator = torch.get_num_threads(), torch.get_rng_state()
    first, again, other = (train_stand_in(seed, number=4, epochs=2) for seed in (0, 0, 1))
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), generator)
    for key, entry in first.items():
        assert torch.equal(entry, again[key])
    assert not torch.equal(first["fc.weight"], other["fc.weight"])
