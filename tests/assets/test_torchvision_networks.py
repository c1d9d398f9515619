"""State dicts are packed only if every entry fits the architecture."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision import models

from foolproof.assets.checksum import checksum_of
from foolproof.assets.declaration import Arrays
from foolproof.assets.errors import AssetError
from foolproof.assets.fetch import RetryPolicy
from foolproof.assets.official import load_official
from foolproof.assets.torchvision_networks import torchvision_asset, torchvision_names
from tests.assets.hosts import Host
from tests.assets.officials import official_of, with_hosts

State = dict[str, Tensor]
NAME = "shufflenet_v2_x0_5"


@pytest.fixture(scope="module")
def state() -> State:
    """The state dict of a network with random weights."""
    torch.manual_seed(0)
    return dict(models.get_model(NAME).state_dict())


def convert(folder: Path, state: object, name: str = NAME) -> Arrays:
    """Save a state dict as in a mirror, and convert it."""
    path = folder / f"{name}.pth"
    torch.save(state, path)
    return torchvision_asset(name).mirrored.convert({path.name: path})


def states(arrays: Arrays) -> State:
    return {
        name.removeprefix("state/"): torch.from_numpy(array)
        for name, array in arrays.items()
        if name.startswith("state/")
    }


def test_official_weights_are_first_of_torchvision() -> None:
    for name in torchvision_names():
        official = official_of(torchvision_asset(name))
        ((file, checksum),) = official.files.items()
        weights = models.get_model_weights(name)
        assert official.hosts[0] + file == next(iter(weights)).url
        algorithm, digits = checksum.split(":")
        assert algorithm == "sha256-prefix"
        assert file.endswith(f"-{digits}.pth")
    assert official_of(torchvision_asset("mobilenet_v2")).files == {
        "mobilenet_v2-b0353104.pth": "sha256-prefix:b0353104"
    }


def test_torchvision_names_lists_image_classifiers() -> None:
    names = torchvision_names()
    assert {"alexnet", "vgg16", "resnet18", "mobilenet_v2", "squeezenet1_1"} <= set(names)
    assert not [name for name in names if "quantized" in name or "rcnn" in name or "video" in name]


def test_pack_weights_keeps_state_dict_and_data_config(tmp_path: Path, state: State) -> None:
    arrays = convert(tmp_path, state)
    assert (str(arrays["architecture"]), int(arrays["resize"]), int(arrays["crop"])) == (
        NAME,
        256,
        224,
    )
    assert arrays["classes"].shape == (1000,)
    assert arrays["classes"][945] == "bell pepper"
    np.testing.assert_allclose(arrays["mean"], [0.485, 0.456, 0.406])
    np.testing.assert_allclose(arrays["std"], [0.229, 0.224, 0.225])
    assert arrays["mean"].dtype == np.float32
    rebuilt = models.get_model(NAME)
    rebuilt.load_state_dict(states(arrays))
    for key, entry in rebuilt.state_dict().items():
        assert torch.equal(entry, state[key])
    assert torchvision_asset(NAME).count_items(arrays) == sum(e.numel() for e in state.values())


def test_official_weights_equal_mirrored_weights(tmp_path: Path, state: State) -> None:
    official = official_of(torchvision_asset(NAME))
    (file,) = official.files
    torch.save(state, tmp_path / file)
    arrays = official.convert({file: tmp_path / file})
    for name, array in convert(tmp_path, state).items():
        np.testing.assert_array_equal(arrays[name], array)


def test_official_weights_are_verified_by_file_name(
    tmp_path: Path, state: State, host: Host
) -> None:
    asset = with_hosts(torchvision_asset(NAME), host.url)
    ((file, checksum),) = official_of(asset).files.items()
    torch.save(state, tmp_path / "weights")
    host.files[file] = (tmp_path / "weights").read_bytes()
    found = checksum_of(tmp_path / "weights", like=checksum)
    with pytest.raises(AssetError, match=f"{file}: expected {checksum}, found {found}$"):
        load_official(asset, tmp_path, RetryPolicy(timeout=5))
    official = replace(official_of(asset), files={file: found})
    content = load_official(replace(asset, official=official), tmp_path, RetryPolicy(timeout=5))
    assert (content.origin, content.exact, content.licence) == (host.url, True, "BSD-3-Clause")
    assert torch.equal(states(content.arrays)["fc.bias"], state["fc.bias"])


@pytest.mark.parametrize("name", ["resnet18", "efficientnet_b0", "convnext_tiny"])
def test_data_config_equals_preset_of_weights(name: str, tmp_path: Path) -> None:
    preset = next(iter(models.get_model_weights(name))).transforms()
    arrays = convert(tmp_path, models.get_model(name).state_dict(), name)
    assert str(arrays["interpolation"]) == preset.interpolation.value
    assert ([int(arrays["resize"])], [int(arrays["crop"])]) == (
        preset.resize_size,
        preset.crop_size,
    )


def test_pack_weights_converts_float16_to_float32(tmp_path: Path, state: State) -> None:
    arrays = convert(tmp_path, {key: entry.half() for key, entry in state.items()})
    for key, entry in states(arrays).items():
        assert entry.dtype == torch.float32
        assert torch.equal(entry, state[key].half().float())


def test_old_weights_get_num_batches_tracked(tmp_path: Path, state: State) -> None:
    counters = {key for key in state if key.endswith("num_batches_tracked")}
    old = {key: entry for key, entry in state.items() if key not in counters}
    arrays = convert(tmp_path, old)
    assert counters
    assert all(arrays[f"state/{key}"] == 0 for key in counters)
    models.get_model(NAME).load_state_dict(states(arrays))


def test_old_densenet_names_are_renamed(tmp_path: Path) -> None:
    """The same entries are renamed by the loader of torchvision."""
    torch.manual_seed(0)
    state = models.get_model("densenet121").state_dict()
    old = {
        key.replace("norm1.", "norm.1.").replace("norm2.", "norm.2.")
        .replace("conv1.", "conv.1.").replace("conv2.", "conv.2.")
        if "denselayer" in key else key: entry
        for key, entry in state.items()
    }  # fmt: skip
    assert old.keys() != state.keys()
    arrays = convert(tmp_path, old, "densenet121")
    for key, entry in states(arrays).items():
        assert torch.equal(entry, state[key])


@pytest.mark.parametrize("name", ["mobilenet_v2", "squeezenet1_1"])
def test_mirrored_networks_classify_peppers(real_mirror: Path, name: str) -> None:
    from PIL import Image

    path = real_mirror / "weights" / f"{name}.pth"
    arrays = torchvision_asset(name).mirrored.convert({path.name: path})
    network = models.get_model(name).eval()
    network.load_state_dict(states(arrays))
    preprocess = models.get_model_weights(name).IMAGENET1K_V1.transforms()
    peppers = Image.open(real_mirror / "photos/peppers.png").convert("RGB")
    with torch.inference_mode():
        index = network(preprocess(peppers)[None]).argmax().item()
    assert arrays["classes"][index] == "bell pepper"


def _without(key: str) -> Callable[[State], object]:
    return lambda state: {name: entry for name, entry in state.items() if name != key}


def _with(key: str, entry: Any) -> Callable[[State], object]:
    return lambda state: state | {key: entry}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without("fc.bias"), "lacks fc.bias of shufflenet_v2_x0_5's state dict"),
        (_with("fc.scale", torch.ones(1)), "fc.scale is no entry of shufflenet_v2_x0_5's state"),
        (
            _with("fc.bias", torch.ones(10)),
            r"expected fc.bias in the shape \(1000,\), found \(10,\)",
        ),
        (_with("fc.bias", 1), "expected a state dict, found something else"),
        (lambda _: [torch.ones(1)], "expected a state dict, found something else"),
        (lambda _: pytest.fail, "not a valid file of weights: Weights only load failed"),
    ],
)
def test_torchvision_asset_refuses_unfit_weights(
    tmp_path: Path, state: State, change: Callable[[State], object], message: str
) -> None:
    with pytest.raises(AssetError, match=f"^{NAME}.pth: {message}"):
        convert(tmp_path, change(state))


@pytest.mark.parametrize("content", [b"", b"<html>", pickle.dumps([1])])
def test_read_state_dict_refuses_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / f"{NAME}.pth"
    path.write_bytes(content)
    with pytest.raises(AssetError, match=f"^{NAME}.pth: "):
        torchvision_asset(NAME).mirrored.convert({path.name: path})


def test_read_state_dict_refuses_truncated_file(tmp_path: Path, state: State) -> None:
    path = tmp_path / f"{NAME}.pth"
    torch.save(state, path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(AssetError, match=f"^{NAME}.pth: not a valid file of weights: "):
        torchvision_asset(NAME).mirrored.convert({path.name: path})
