"""Unsupported networks in params.yaml are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from foolproof.core.params import ParamsError
from stages import check_params
from tests.stages.conftest import CLASSES, write_network
from tools.deps import ROOT

Change = Callable[..., None]


@pytest.fixture
def change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Change:
    """A folder with params.yaml, in which single values of sections can be changed."""
    monkeypatch.chdir(tmp_path)

    def write(**sections: dict[str, Any]) -> None:
        params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        for section, values in sections.items():
            params[section] |= values
        Path("params.yaml").write_text(yaml.safe_dump(params))

    return write


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"pretrained": {"network": "mobilnet_v2"}},
            r"params\.yaml: pretrained\.network: mobilnet_v2 is of no supported family; ",
        ),
        (
            {"pretrained": {"network": "resnet19"}},
            r"pretrained\.network: 'resnet19' is neither a data set nor a network of torchvision "
            "or timm; the nearest are: resnet1",
        ),
        (
            {"feature_visualization": {"network": "vit_b_16"}},
            r"feature_visualization\.network: vit_b_16 is of no supported",
        ),
        (
            {"feature_visualization": {"transfer_network": "vit_b_61"}},
            r"feature_visualization\.transfer_network: 'vit_b_61' is neither .*vit_b_16",
        ),
        (
            {"feature_visualization": {"transfer_network": "aimv2_1b_patch14_224"}},
            r"transfer_network: aimv2_1b_patch14_224: its 0 classes have no names",
        ),
    ],
)
def test_unsupported_network_is_refused_with_its_key(
    change: Change, sections: dict[str, dict[str, Any]], message: str
) -> None:
    change(**sections)
    with pytest.raises(ParamsError, match=message):
        check_params.main()
    assert not Path("data").exists()


def test_supported_networks_are_accepted(change: Change) -> None:
    change(
        pretrained={"network": "resnet18"},
        feature_visualization={"transfer_network": "vit_b_16", "network": "vgg16"},
    )
    check_params.main()
    assert Path("data/params_checked.txt").exists()


@pytest.mark.parametrize(
    ("line", "written", "message"),
    [
        ("epochs: 3", "epochs: 010", "train.mnist.epochs: written so that the stages read 8 and "),
        ("random_start: true", "random_start: yes", "random_start: .* read True and DVC 'yes'"),
        ("batch_size: 64", "batch_size: 1:04", "batch_size: .* read 64 and DVC '1:04'"),
    ],
)
@pytest.mark.usefixtures("change")
def test_what_dvc_reads_differently_is_refused(line: str, written: str, message: str) -> None:
    """DVC would decide by another value than the stage's whether it runs again."""
    path = Path("params.yaml")
    path.write_text((ROOT / "params.yaml").read_text())
    assert line in path.read_text()
    path.write_text(path.read_text().replace(line, written, 1))
    with pytest.raises(ParamsError, match=message):
        check_params.main()
    assert not Path("data").exists()


@pytest.mark.parametrize("written", ["5e-4", "5E-04", "0.0005", "+.0005"])
@pytest.mark.usefixtures("change")
def test_what_both_read_alike_is_accepted(written: str) -> None:
    text = (ROOT / "params.yaml").read_text()
    assert "weight_decay: 0.0005" in text
    Path("params.yaml").write_text(text.replace("weight_decay: 0.0005", f"weight_decay: {written}"))
    check_params.main()


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"show_feature_maps": {"layers": ["features.99"]}},
            r"show_feature_maps\.layers: no layer with feature maps is named 'features\.99'; ",
        ),
        (
            {"feature_visualization": {"network": "squeezenet1_1", "units": ["features.99:0"]}},
            r"feature_visualization\.units: 'features\.99:0': squeezenet1_1 has no layer",
        ),
        (
            {"feature_visualization": {"network": "squeezenet1_1", "units": ["features.0:64"]}},
            r"feature_visualization\.units: 'features\.0:64'",
        ),
        (
            {"feature_visualization": {"network": "squeezenet1_1", "units": ["catt"]}},
            r"feature_visualization\.units: .*'?catt'?.* cat",
        ),
    ],
)
def test_a_name_that_the_network_here_lacks_is_refused(
    change: Change, sections: dict[str, dict[str, Any]], message: str
) -> None:
    from torchvision.models import get_model

    torch.manual_seed(0)
    change(**({"pretrained": {"network": "squeezenet1_1"}} | sections))
    check_params.main()  # not here yet: its stage will say
    Path("data/params_checked.txt").unlink()
    write_network(Path(), "squeezenet1_1", get_model("squeezenet1_1", num_classes=len(CLASSES)))
    with pytest.raises(ParamsError, match=message):
        check_params.main()
    assert not Path("data/params_checked.txt").exists()
