"""Unsupported networks in params.yaml are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from foolproof.core.params import ParamsError
from stages import check_params
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
