"""Networks of timm have the logits of timm itself, from packages and from files."""

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
    """Load a network from its package, as the download stage does."""
    embedded = timm_asset(name).embedded
    assert embedded is not None
    write_arrays(folder / f"{name}.npz", **embedded.make())
    return load_pretrained(folder / f"{name}.npz", CPU)


def logits_of_timm(name: str, photos: list[Image.Image]) -> Tensor:
    """Compute logits with timm's own model and preprocessing, from the same tensors."""
    network = timm.create_model(name)
    state = torch.load(EFFICIENTNET_LITE[name].path(), weights_only=True)
    network.load_state_dict(dict(zip(network.state_dict(), state.values(), strict=True)))
    preprocess: Any = create_transform(**resolve_model_data_config(network))
    with torch.inference_mode():
        logits: Tensor = network.eval()(torch.stack([preprocess(each) for each in photos]))
    return logits


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    """The photos with ImageNet labels."""
    return [Image.open(file.path()).convert("RGB") for file in IMAGENET_PHOTOS]


@pytest.mark.parametrize("name", EFFICIENTNET_LITE)
def test_packaged_weights_have_logits_of_timm_and_classify_photos(
    name: str, tmp_path: Path, photos: list[Image.Image]
) -> None:
    pretrained = packaged(name, tmp_path)
    logits = predict(pretrained, network_pixels(pretrained, photos))
    torch.testing.assert_close(logits, logits_of_timm(name, photos), rtol=1e-4, atol=1e-4)
    labels = torch.tensor(list(IMAGENET_PHOTOS.values()))
    assert int((logits.argmax(1) == labels).sum()) >= 18


def test_mirrored_weights_have_logits_of_timm(tmp_path: Path) -> None:
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


def test_timm_asset_refuses_weights_of_other_network(tmp_path: Path) -> None:
    path = tmp_path / "resnet26.pth"
    torch.save({"fc.bias": torch.zeros(3)}, path)
    with pytest.raises(AssetError, match=r"^resnet26\.pth: these are no weights of resnet26: "):
        timm_asset("resnet26").mirrored.convert({path.name: path})


def test_timm_asset_refuses_classes_without_names() -> None:
    with pytest.raises(AssetError, match=r"^aimv2_1b_patch14_224: its 0 classes have no names"):
        timm_asset("aimv2_1b_patch14_224")


def test_timm_names_lists_networks_with_weights() -> None:
    assert {"resnet26", "tf_efficientnet_lite0"} <= set(timm_names())


def test_timm_asset_refuses_squashed_photos() -> None:
    with pytest.raises(AssetError, match="expects photos cropped by squash, not centrally"):
        timm_asset("eva02_large_patch14_448")


def test_timm_asset_is_official_only_with_checksum() -> None:
    official = timm_asset("tf_efficientnet_lite0").official
    assert official is not None
    assert official.files == {"tf_efficientnet_lite0-0aa007d2.pth": "sha256-prefix:0aa007d2"}
    assert timm_asset("vit_base_patch16_224").official is None


def test_timm_asset_has_class_names_of_torchvision(tmp_path: Path) -> None:
    names = packaged("tf_efficientnet_lite0", tmp_path).classes
    assert len(names) == 1000
    assert names[945] == "bell pepper"
