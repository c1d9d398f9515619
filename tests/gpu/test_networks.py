"""Every network that the pipeline loads, forward and backward on the pretended GPU."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.compute.seeds import new_generator
from foolproof.explain.occlude import occlusion_maps
from foolproof.networks import cifar10, cis680, mnist
from foolproof.networks.layers import Normalize, replace_adaptive_pools
from foolproof.pretrained import load as pretrained
from foolproof.pretrained.load import load_pretrained
from foolproof.trained.folding import fold_batch_norm
from tests.gpu.pretend import DEVICE, RefusedError, inside, pretended_gpu

CLASSES, SIDE = 5, 80

SMALL: Mapping[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    **{f"mnist {name}": (build, (1, 28, 28)) for name, build in mnist.NETWORKS.items()},
    "cis680": (cis680.cis680_cnn, (1, 28, 28)),
    **{f"cifar10 {name}": (build, (3, 32, 32)) for name, build in cifar10.NETWORKS.items()},
}
TORCHVISION = ("mobilenet_v2", "squeezenet1_1", "resnet18", "alexnet", "vgg16")
TIMM = ("tf_efficientnet_lite0", "tf_efficientnet_lite1")


def from_torchvision(
    name: str, monkeypatch: pytest.MonkeyPatch, device: torch.device = DEVICE
) -> nn.Module:
    """Load a network with random weights as one of the download stage, without the file."""
    from torchvision.models import get_model

    torch.manual_seed(0)
    state = get_model(name, num_classes=CLASSES).state_dict()
    arrays: dict[str, NDArray[Any]] = {
        "library": np.array("torchvision"),
        "interpolation": np.array("bilinear"),
        "architecture": np.array(name),
        "classes": np.array([f"class {number}" for number in range(CLASSES)]),
        "resize": np.array(SIDE),
        "crop": np.array(SIDE),
        "mean": np.full(3, 0.5, np.float32),
        "std": np.full(3, 0.2, np.float32),
        **{f"state/{key}": value.numpy() for key, value in state.items()},
    }
    monkeypatch.setattr(pretrained, "read_arrays", lambda _: arrays)
    return load_pretrained(Path("of no file"), device).network


def from_timm(name: str) -> nn.Module:
    """Build a network with random weights, without what no gradient may pass on a GPU."""
    import timm

    body: nn.Module = timm.create_model(name, pretrained=False, num_classes=CLASSES)
    replace_adaptive_pools(body)
    normalize = Normalize((0.5,) * 3, (0.5,) * 3)
    network = nn.Sequential(OrderedDict(normalize=normalize, body=body))
    return network.eval().requires_grad_(False).to(DEVICE)


def gradient_of(network: nn.Module, pixels: Tensor) -> Tensor:
    """Differentiate the loss of class 1 by the pixels, and by the parameters that are trained."""
    pixels = pixels.to(DEVICE).requires_grad_()
    labels = torch.ones(len(pixels), dtype=torch.long, device=DEVICE)
    cross_entropy(network(pixels), labels).backward()
    assert pixels.grad is not None
    return pixels.grad


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("training", [False, True])
def test_a_network_of_the_sheets_is_differentiated(name: str, training: bool) -> None:
    build, shape = SMALL[name]
    with pretended_gpu():
        network = build().train(training).to(DEVICE).to(memory_format=torch.channels_last)
        gradient = gradient_of(network, torch.rand(2, *shape))
        assert gradient.isfinite().all()
        assert all(each.grad is not None for each in network.parameters() if each.requires_grad)


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_network_of_torchvision_is_attacked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pretended_gpu():
        network = from_torchvision(name, monkeypatch)
        pixels = torch.rand(1, 3, SIDE, SIDE, generator=new_generator(0))
        gradient = gradient_of(network, pixels)
        folded = gradient_of(fold_batch_norm(network), pixels)
    torch.testing.assert_close(inside(folded), inside(gradient), rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("name", TIMM)
def test_a_network_of_timm_is_attacked(name: str) -> None:
    with pretended_gpu():
        assert gradient_of(from_timm(name), torch.rand(1, 3, SIDE, SIDE)).isfinite().all()


def test_a_network_of_torchvision_as_it_comes_is_refused() -> None:
    """The test above would find a pool that was not replaced."""
    from torchvision.models import alexnet

    with pretended_gpu(), pytest.raises(RefusedError, match="_adaptive_avg_pool2d_backward"):
        gradient_of(alexnet(num_classes=CLASSES).eval().to(DEVICE), torch.rand(1, 3, 96, 96))


@pytest.mark.parametrize("side", [SIDE, 224])
def test_replaced_pools_leave_the_network_as_it_is(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 224 pixels, for which AlexNet is made, to the bit; it can be traced as before."""
    from torchvision.models import alexnet

    cpu = torch.device("cpu")
    network = from_torchvision("alexnet", monkeypatch, cpu)
    torch.manual_seed(0)
    original = alexnet(num_classes=CLASSES).eval()
    original.load_state_dict(network.get_submodule("body").state_dict())
    original = nn.Sequential(network.get_submodule("normalize"), original)
    original.to(memory_format=torch.channels_last)
    pixels = torch.rand(1, 3, side, side, generator=new_generator(0))
    found, expected = network(pixels), original(pixels)
    torch.testing.assert_close(found, expected, rtol=0, atol=0 if side == 224 else 1e-6)
    classes = torch.tensor([1])
    (found,) = occlusion_maps(network, pixels, classes, size=15, stride=side // 2, fill=0.0)
    assert found[0, 0] != found[1, 1]
