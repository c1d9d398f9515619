"""Which classifiers are supported, by the beginnings of their names."""

import subprocess
import sys

import pytest
import torchvision
from torchvision.models import list_models

from foolproof.core.errors import FoolproofError
from foolproof.pretrained.families import ACTIVATIONS, TIMM, TORCHVISION, last_activation
from tests.pretrained.test_load import FAMILIES, TIMM_FAMILIES


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("resnet152", "ReLU"),
        ("mobilenet_v2", "ReLU6"),
        ("mobilenet_v3_large", "Hardswish"),
        ("efficientnet_v2_s", "SiLU"),
        ("convnext_base", None),
        ("tf_efficientnet_lite1", "ReLU6"),
        ("tf_efficientnet_b3", "SiLU"),
        ("regnetz_b16", "SiLU"),
        ("regnety_032", "ReLU"),
    ],
)
def test_last_activation_is_that_of_the_longest_prefix(
    architecture: str, expected: str | None
) -> None:
    assert last_activation(architecture) == expected


def test_unsupported_family_is_refused_with_the_supported_ones() -> None:
    with pytest.raises(
        FoolproofError,
        match=r"^vit_b_16 is of no supported family; .* begins with one of: alexnet, .*, wide_res",
    ):
        last_activation("vit_b_16")


def test_of_torchvision_only_transformers_are_unsupported() -> None:
    families = tuple(ACTIVATIONS)
    rest = [name for name in list_models(torchvision.models) if not name.startswith(families)]
    assert rest
    assert all(name.startswith(("maxvit", "swin", "vit")) for name in rest)


def test_the_smallest_network_of_every_family_is_tested() -> None:
    for families, networks in ((TORCHVISION, FAMILIES), (TIMM, TIMM_FAMILIES)):
        assert all(any(name.startswith(family) for name in networks) for family in families)


def test_importing_the_families_loads_no_framework() -> None:
    program = "import sys, foolproof.pretrained.families; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "False"
