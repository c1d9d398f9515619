"""Loading torchvision's networks, and the features that feed their last layer."""

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import get_model

from foolproof.core.errors import FoolproofError
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.pretrained.load import (
    AUXILIARY,
    AUXILIARY_OPTIONS,
    Pretrained,
    class_index,
    hidden_features,
    is_rectified,
    load_pretrained,
    predict,
)

CPU = torch.device("cpu")
CLASSES = ("cat", "coffee", "rocket", "tabby cat")
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)

# The smallest of each family, and the side of a picture that is large enough for it.
FAMILIES = {
    "alexnet": 63,
    "convnext_tiny": 32,
    "densenet121": 32,
    "efficientnet_b0": 32,
    "googlenet": 32,
    "inception_v3": 75,
    "mnasnet0_5": 32,
    "mobilenet_v2": 32,
    "mobilenet_v3_small": 32,
    "regnet_y_400mf": 32,
    "resnet18": 32,
    "resnext50_32x4d": 32,
    "shufflenet_v2_x0_5": 32,
    "squeezenet1_1": 32,
    "vgg11_bn": 32,
    "wide_resnet50_2": 32,
}


# The same of timm's families.
TIMM_FAMILIES = {
    "mobilenetv2_050": 32,
    "mobilenetv3_small_050": 32,
    "regnetz_b16": 32,
    "semnasnet_075": 32,
    "tf_efficientnet_b0": 32,
    "tf_efficientnet_lite0": 32,
}


def build(architecture: str, *, aux: bool = False) -> nn.Module:
    """Build a network with random weights."""
    options: dict[str, Any] = {}
    if architecture in AUXILIARY:
        options = {**AUXILIARY_OPTIONS, "aux_logits": aux}
    torch.manual_seed(0)
    network: nn.Module = get_model(architecture, num_classes=len(CLASSES), **options)
    return network.eval().requires_grad_(False)


def wrap(architecture: str) -> Pretrained:
    network = nn.Sequential(OrderedDict(normalize=nn.Identity(), body=build(architecture)))
    return Pretrained(architecture, network, CLASSES, 256, 224)


def save(path: Path, architecture: str, body: nn.Module, **changes: Any) -> None:
    arrays = {
        "library": np.array("torchvision"),
        "architecture": np.array(architecture),
        "classes": np.array(CLASSES),
        "resize": np.array(72),
        "crop": np.array(64),
        "interpolation": np.array("bilinear"),
        "mean": np.array(MEAN, np.float32),
        "std": np.array(STD, np.float32),
    }
    state = {f"state/{name}": value.numpy() for name, value in body.state_dict().items()}
    write_arrays(path, **(arrays | state | changes))


def pictures(side: int, count: int = 2) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_loaded_network_equals_the_saved_one_on_pixels(tmp_path: Path) -> None:
    body = build("squeezenet1_1")
    save(tmp_path / "network.npz", "squeezenet1_1", body)
    loaded = load_pretrained(tmp_path / "network.npz", CPU)
    assert (loaded.architecture, loaded.classes) == ("squeezenet1_1", CLASSES)
    assert (loaded.resize, loaded.crop) == (72, 64)
    pixels = pictures(64)
    normalized = (pixels - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    torch.testing.assert_close(loaded.network(pixels), body(normalized))
    assert not any(module.training for module in loaded.network.modules())
    assert not any(parameter.requires_grad for parameter in loaded.network.parameters())
    weight = loaded.network.get_parameter("body.classifier.1.weight")
    assert weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("architecture", AUXILIARY)
def test_auxiliary_classifiers_are_left_out(tmp_path: Path, architecture: str) -> None:
    body = build(architecture, aux=True)
    save(tmp_path / "network.npz", architecture, body)
    loaded = load_pretrained(tmp_path / "network.npz", CPU)
    names = loaded.network.state_dict()
    assert names
    assert not any("aux" in name.lower() for name in names)
    pixels = pictures(80)
    normalized = (pixels - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    torch.testing.assert_close(loaded.network(pixels), body(normalized))


def test_no_activation_of_a_loaded_network_overwrites_its_input(tmp_path: Path) -> None:
    save(tmp_path / "network.npz", "squeezenet1_1", build("squeezenet1_1"))
    network = load_pretrained(tmp_path / "network.npz", CPU).network
    inplace = [layer.inplace for layer in network.modules() if hasattr(layer, "inplace")]
    assert inplace
    assert not any(inplace)


def test_broken_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    body = build("squeezenet1_1")
    with pytest.raises(FoolproofError, match=r"network\.npz: no such file"):
        load_pretrained(path, CPU)
    save(path, "squeezenet1_1", body)
    complete = read_arrays(path)
    write_arrays(path, **{name: complete[name] for name in complete if name not in ("crop", "std")})
    with pytest.raises(FoolproofError, match=r"network\.npz: lacks the array crop, std$"):
        load_pretrained(path, CPU)
    path.write_bytes(b"PK, but no archive")
    with pytest.raises(FoolproofError, match=r"network\.npz: expected an intact \.npz file"):
        load_pretrained(path, CPU)
    save(path, "squeezenet9_9", body)
    with pytest.raises(FoolproofError, match=r"no weights of squeezenet9_9: Unknown model"):
        load_pretrained(path, CPU)


@pytest.mark.parametrize(
    ("architecture", "change", "reason"),
    [
        ("resnet18", {}, r"Missing key\(s\).*conv1\.weight"),
        ("squeezenet1_1", {"classes": np.array(["cat"])}, "size mismatch.*classifier"),
        ("squeezenet1_1", {"state/extra": np.zeros(1)}, r"Unexpected key\(s\).*extra"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    tmp_path: Path, architecture: str, change: dict[str, Any], reason: str
) -> None:
    path = tmp_path / "network.npz"
    save(path, architecture, build("squeezenet1_1"), **change)
    with pytest.raises(FoolproofError, match=rf"are no weights of {architecture}: .*{reason}"):
        load_pretrained(path, CPU)


def test_logits_do_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    pretrained = wrap("squeezenet1_1")
    pixels = pictures(40, count=5)
    monkeypatch.setattr("foolproof.photos.preprocess.CHUNK", 2)
    torch.testing.assert_close(predict(pretrained, pixels), pretrained.network(pixels))


def test_class_index_is_the_first_of_its_name() -> None:
    pretrained = replace(wrap("squeezenet1_1"), classes=("crane", "rocket", "crane"))
    assert class_index(pretrained, "rocket") == 1
    assert class_index(pretrained, "crane") == 0


def test_unknown_class_is_refused_with_the_nearest_names() -> None:
    pretrained = replace(
        wrap("squeezenet1_1"), classes=(*CLASSES, "space shuttle", "space heater", "zebra")
    )
    with pytest.raises(FoolproofError) as caught:
        class_index(pretrained, "space shutle")
    assert str(caught.value).startswith(
        "'space shutle' is no class of squeezenet1_1; the nearest are: space shuttle, space heater,"
    )


@pytest.mark.parametrize("architecture", FAMILIES)
@torch.no_grad()
def test_hidden_features_feed_the_last_layer(architecture: str) -> None:
    pretrained = wrap(architecture)
    pixels = pictures(FAMILIES[architecture])
    features = hidden_features(pretrained)
    found = features(pixels)
    last = list(pretrained.network.modules())[-1]
    if architecture == "squeezenet1_1":  # whose last layer with weights is followed by others
        convolution = pretrained.network.get_submodule("body.classifier.1")
        assert isinstance(convolution, nn.Conv2d)
        maps = pretrained.network.get_submodule("body.features")(pixels)
        logits = convolution(maps).relu().mean((2, 3))
        torch.testing.assert_close(found, maps.mean((2, 3)))
        assert found.shape == (2, convolution.in_channels)
    else:
        assert isinstance(last, nn.Linear)
        assert found.shape == (2, last.in_features)
        logits = last(found)
    torch.testing.assert_close(pretrained.network(pixels), logits)
    assert found.min() >= 0 or not is_rectified(pretrained)
    assert found.std() > 0


@pytest.mark.parametrize("architecture", ["convnext_tiny", "efficientnet_b0", "mobilenet_v3_small"])
@torch.no_grad()
def test_families_without_a_relu_have_negative_features(architecture: str) -> None:
    pretrained = wrap(architecture)
    assert not is_rectified(pretrained)
    assert hidden_features(pretrained)(pictures(64)).min() < 0


def test_features_share_the_weights_and_leave_the_network_whole() -> None:
    pretrained = wrap("squeezenet1_1")
    features = hidden_features(pretrained)
    before = dict(pretrained.network.named_parameters())
    shared = dict(features.named_parameters())
    assert shared
    assert all(parameter is before[name] for name, parameter in shared.items())
    assert before.keys() - shared.keys() == {
        "body.classifier.1.weight",
        "body.classifier.1.bias",
    }
