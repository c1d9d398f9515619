"""Features against torchvision's own preprocessing and network, one photo at a time."""

from collections.abc import Iterator
from io import BytesIO
from threading import Barrier

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import get_model
from torchvision.transforms._presets import ImageClassification

from foolproof.core.errors import FoolproofError
from foolproof.photos.decode import decode
from foolproof.pretrained.load import Pretrained
from foolproof.probes import features
from foolproof.probes.features import classifying_layer, extract_features, unit_length
from tests.probes.conftest import MEAN, STD

Files = list[tuple[str, bytes]]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Have each worker compute by itself, as the stage does."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_features_equal_torchvisions_preset_in_the_order_of_the_files(
    pretrained: Pretrained, files: Files
) -> None:
    preset = ImageClassification(crop_size=32, resize_size=40, mean=MEAN, std=STD)
    hidden = pretrained.network.get_submodule("body")[:-1]  # type: ignore[index]
    expected = torch.cat([hidden(preset(Image.open(BytesIO(data)))[None]) for _, data in files])
    found = extract_features(pretrained, files, 2)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    assert len(found.unique(dim=0)) == len(files)


def test_features_do_not_depend_on_the_number_of_workers(
    pretrained: Pretrained, files: Files
) -> None:
    alone = extract_features(pretrained, files, 1)
    for workers in (2, 3, 16):
        assert torch.equal(extract_features(pretrained, files, workers), alone)


def test_decoding_overlaps_computing(
    pretrained: Pretrained, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forward pass and a decoding wait until both are under way."""
    barrier = Barrier(2, timeout=10)

    def decode_with_the_network(data: bytes, name: str) -> Image.Image:
        if name == files[7][0]:
            barrier.wait()
        return decode(data, name)

    class WaitOnce(nn.Module):
        waited = False

        def forward(self, pixels: Tensor) -> Tensor:
            if not WaitOnce.waited:
                WaitOnce.waited = True
                barrier.wait()
            return pixels

    expected = extract_features(pretrained, files, 1)
    monkeypatch.setattr(features, "decode", decode_with_the_network)
    normalize = pretrained.network.get_submodule("normalize")
    pretrained.network.set_submodule("normalize", nn.Sequential(WaitOnce(), normalize))
    assert torch.equal(extract_features(pretrained, files, 2), expected)
    assert WaitOnce.waited


def test_undecodable_files_are_named(pretrained: Pretrained, files: Files) -> None:
    files[6] = ("broken.jpg", files[6][1][:100])
    with pytest.raises(FoolproofError, match=r"^broken\.jpg: "):
        extract_features(pretrained, files, 2)


def test_classifying_layer_is_the_one_behind_the_features(pretrained: Pretrained) -> None:
    assert classifying_layer(pretrained) == "fc"


@pytest.mark.parametrize(
    ("architecture", "layer"), [("mobilenet_v2", "classifier.1"), ("squeezenet1_1", "classifier.1")]
)
def test_classifying_layer_has_torchvisions_name(
    pretrained: Pretrained, architecture: str, layer: str
) -> None:
    pretrained.network.set_submodule("body", get_model(architecture))
    named = Pretrained(architecture, pretrained.network, pretrained.classes, 40, 32)
    assert classifying_layer(named) == layer


def test_unit_length_equals_scikit_learn() -> None:
    from sklearn.preprocessing import normalize

    features = torch.rand(5, 7, generator=torch.Generator().manual_seed(0))
    features[2] = 0
    found = unit_length(features)
    np.testing.assert_allclose(found, normalize(features.numpy()), rtol=1e-6)
    assert torch.equal(found[2], torch.zeros(7))
