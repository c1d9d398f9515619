"""`fp.classifier`: what it refuses and finds out, and that it leaves the network as it is."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import foolproof as fp
from foolproof.classifiers.classifier import Classifier, classifier, predict
from foolproof.compute.chunks import CHUNK

SHAPE = (3, 8, 8)


def small(classes: int = 5, channels: int = 3) -> nn.Sequential:
    """Make an untrained network with dropout, batch norm and in-place ReLU, in train mode."""
    torch.manual_seed(0)
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(channels, 4, 3, padding=1),
            norm=nn.BatchNorm2d(4),
            relu=nn.ReLU(inplace=True),
            drop=nn.Dropout(0.5),
            pool=nn.AdaptiveAvgPool2d(1),
            flat=nn.Flatten(),
            fc=nn.Linear(4, classes),
        )
    )


def images(count: int = 4, shape: tuple[int, ...] = SHAPE) -> Tensor:
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(1))


class Computed(nn.Module):
    """A module that computes a function."""

    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, pixels: Tensor) -> Any:
        """Compute the function of pixels (N, ...)."""
        return self.function(pixels)


class StaysInTrainMode(nn.Module):
    """A layer that ignores `eval`."""

    def train(self, mode: bool = True) -> "StaysInTrainMode":
        """Stay in train mode."""
        del mode
        self.training = True
        return self

    def forward(self, inputs: Tensor) -> Tensor:
        """Let inputs pass."""
        return inputs


class Uncopyable(nn.Module):
    """A network with a generator, which Python cannot copy."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = (number for number in range(3))


class Unreturned(nn.Sequential):
    """A network whose `train` forgets to return itself, as many that freeze batch norm."""

    def train(self, mode: bool = True) -> None:  # type: ignore[override]
        """Keep the batch norm in eval mode."""
        super().train(mode)
        self[1].eval()


def with_last(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 5), *layers)


REFUSED: dict[str, tuple[nn.Module, str]] = {
    "identity": (
        nn.Identity(),
        "a classifier gives logits (N, K), Identity gives the shape (3, 3, 8, 8) for 3 images",
    ),
    "no batch": (
        Computed(lambda pixels: pixels.flatten()),
        "a classifier gives logits (N, K), Computed gives the shape (576,) for 3 images",
    ),
    "tuple": (
        Computed(lambda pixels: (pixels.flatten(1), None)),
        "a classifier gives a tensor of logits (N, K), Computed gives a tuple",
    ),
    "one class": (
        nn.Sequential(nn.Flatten(), nn.Linear(192, 1)),
        "a classifier has two classes or more, Sequential has 1",
    ),
    "probabilities": (
        with_last(nn.Softmax(1)),
        "Sequential gives probabilities (each row is in [0, 1] with the sum 1); a classifier gives "
        "logits, so leave out the last softmax",
    ),
    "NaN": (
        with_last(Computed(lambda logits: logits.sub(1e9).log())),
        "Sequential gives logits that are NaN or infinite",
    ),
    "infinite": (
        with_last(Computed(lambda logits: logits / 0)),
        "Sequential gives logits that are NaN or infinite",
    ),
    "dropout": (
        with_last(Computed(lambda logits: functional.dropout(logits, training=True))),
        "Sequential gives different logits for equal images even in eval mode; a classifier has no "
        "random layers such as dropout with training=True",
    ),
    "batch norm": (
        nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(3, 4, 3),
                norm=nn.BatchNorm2d(4, track_running_stats=False),
                flat=nn.Flatten(),
            )
        ),
        "norm (BatchNorm2d) has no running statistics, so that logits depend on the other images "
        "of a batch; a classifier needs track_running_stats=True",
    ),
    "lazy linear": (
        nn.Sequential(OrderedDict(flat=nn.Flatten(), fc=nn.LazyLinear(5))),
        "Sequential has no weights in 'fc.weight' yet; one forward pass makes them",
    ),
    "lazy batch norm": (
        nn.Sequential(OrderedDict(norm=nn.LazyBatchNorm2d(), flat=nn.Flatten())),
        "Sequential has no weights in 'norm.weight' yet; one forward pass makes them",
    ),
    "lazy buffers": (
        nn.Sequential(OrderedDict(norm=nn.LazyBatchNorm2d(affine=False), flat=nn.Flatten())),
        "Sequential has no weights in 'norm.running_mean' yet; one forward pass makes them",
    ),
    "train mode": (
        nn.Sequential(OrderedDict(stays=StaysInTrainMode(), flat=nn.Flatten())),
        "stays (StaysInTrainMode) stays in train mode after eval()",
    ),
    "train mode of the whole": (
        StaysInTrainMode(),
        "the network (StaysInTrainMode) stays in train mode after eval()",
    ),
    "uncopyable": (
        Uncopyable(),
        "Uncopyable cannot be copied, which keeps the original as it is: cannot pickle 'generator' "
        "object",
    ),
    "wrong shape": (
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten()),
        "Sequential accepts no images of the shape (3, 8, 8): Given groups=1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_classifier_is_refused_with_one_sentence(name: str) -> None:
    network, message = REFUSED[name]
    with pytest.raises(fp.FoolproofError) as error:
        fp.classifier(network, input_shape=SHAPE)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_other_than_a_module_is_refused() -> None:
    with pytest.raises(fp.FoolproofError, match=r"made from an nn\.Module, found function"):
        fp.classifier(lambda pixels: pixels)  # type: ignore[arg-type]


def test_unknown_input_shape_is_refused_with_what_was_tried() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(77, 5))
    with pytest.raises(
        fp.FoolproofError,
        match=r"Sequential accepts no images of the usual shapes; input_shape=\(C, H, W\) names "
        r"the shape of one image; tried \(3, 32, 32\): .*mat1 and mat2 shapes",
    ):
        fp.classifier(network)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bounds": (1, 1)}, r"bounds are \(min, max\) of valid pixels, found \(1, 1\)"),
        ({"bounds": (1, 0)}, r"bounds are \(min, max\) of valid pixels, found \(1, 0\)"),
        ({"bounds": (0, torch.nan)}, r"bounds are \(min, max\) of valid pixels, found \(0, nan\)"),
        ({"mean": 0.5}, "mean and std are given together, or neither"),
        ({"std": 0.5}, "mean and std are given together, or neither"),
        ({"mean": [0.5, 0.5], "std": [1.0]}, "one value for each channel, with std above 0, found"),
        ({"mean": [], "std": []}, "one value for each channel"),
        ({"mean": 0.5, "std": 0}, r"with std above 0, found \(0\.5,\) and \(0\.0,\)"),
        ({"mean": 0.5, "std": -1}, "with std above 0"),
    ],
)
def test_invalid_bounds_mean_or_std_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fp.classifier(small(), **options)


def snapshot(network: nn.Module) -> list[Any]:
    """List all that must stay: modes, flags, gradients, memory and values of the tensors."""
    modules = [
        (name, module.training, getattr(module, "inplace", None))
        for name, module in network.named_modules()
    ]
    parameters = [
        (
            name,
            id(tensor),
            tensor.requires_grad,
            tensor.data_ptr(),
            tensor.detach().clone().tolist(),
        )
        for name, tensor in network.named_parameters()
    ]
    gradients = [
        None if tensor.grad is None else tensor.grad.clone().tolist()
        for tensor in network.parameters()
    ]
    buffers = [
        (name, id(tensor), tensor.data_ptr(), tensor.tolist())
        for name, tensor in network.named_buffers()
    ]
    return [modules, parameters, gradients, buffers]


@pytest.mark.parametrize("mode", [True, False])
@pytest.mark.parametrize("block", [True, False])
def test_network_of_the_user_stays_as_it_is(mode: bool, block: bool) -> None:
    network = small().train(mode)
    network.get_parameter("conv.bias").requires_grad_(False)
    network(images()).sum().backward()
    before = snapshot(network)
    if block:
        with fp.classifier(network, mean=0.5, std=0.2) as model:
            attack(model)
    else:
        attack(fp.classifier(network, mean=0.5, std=0.2))
    assert snapshot(network) == before


def attack(model: Classifier) -> None:
    """Differentiate by the pixels, as an attack does."""
    pixels = images().requires_grad_()
    model(pixels).sum().backward()
    assert pixels.grad is not None
    assert pixels.grad.any()


def test_block_ends_with_its_error_and_the_network_as_it_was() -> None:
    network = small()
    before = snapshot(network)
    with pytest.raises(RuntimeError, match="broken"), fp.classifier(network):
        raise RuntimeError("broken")
    assert snapshot(network) == before


def test_training_afterwards_changes_the_classifier_and_not_its_mode() -> None:
    network = small()
    model = fp.classifier(network)
    before = model(images())
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    for _ in range(3):
        optimizer.zero_grad()
        functional.cross_entropy(network(images()), torch.arange(4)).backward()
        optimizer.step()
    after = model(images())
    assert not torch.allclose(after, before)
    torch.testing.assert_close(after, network.eval()(images()))
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_weights_and_buffers_share_memory_with_the_network() -> None:
    network = small()
    model = fp.classifier(network, mean=0.5, std=0.2)
    ours, theirs = model.network.state_dict(), network.state_dict()
    assert ours.keys() == theirs.keys()
    assert [each.data_ptr() for each in ours.values()] == [
        each.data_ptr() for each in theirs.values()
    ]


def test_classifier_is_frozen_and_stays_in_eval_mode() -> None:
    model = fp.classifier(small())
    assert not any(module.training for module in model.modules())
    assert model.train() is model
    assert not any(module.training for module in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    torch.testing.assert_close(model(images()), model(images()))


def test_train_that_returns_nothing_is_no_obstacle() -> None:
    network = Unreturned(*small())
    model = fp.classifier(network)
    assert not any(module.training for module in model.modules())
    network.eval()
    torch.testing.assert_close(model(images()), network(images()))


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6)),
        ([0.1, 0.2, 0.3], [0.4, 0.5, 0.6]),
        (torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0.4, 0.5, 0.6])),
        (0.5, 0.25),
        ((0.5,), (0.25,)),
    ],
)
def test_normalization_is_the_first_layer(mean: Any, std: Any) -> None:
    network = small().eval()
    model = fp.classifier(network, mean=mean, std=std)
    means, stds = (torch.as_tensor(value).float().reshape(-1, 1, 1) for value in (mean, std))
    torch.testing.assert_close(model(images()), network((images() - means) / stds))
    pixels = images().requires_grad_()
    model(pixels).sum().backward()
    assert pixels.grad is not None


def test_without_mean_the_network_gets_the_pixels() -> None:
    network = small().eval()
    assert torch.equal(fp.classifier(network)(images()), network(images()))


@pytest.mark.parametrize("bounds", [(0, 1), (-1, 1), (0, 255)])
def test_bounds_are_those_of_the_pixels_that_are_tried(bounds: tuple[float, float]) -> None:
    seen: list[Tensor] = []
    network = nn.Flatten()
    network.register_forward_hook(lambda _, inputs, __: seen.extend(inputs))
    model = fp.classifier(network, bounds=bounds, input_shape=SHAPE)
    assert model.bounds == bounds
    (tried,) = seen
    low, high = bounds
    assert low <= tried.min() < low + 0.1 * (high - low)
    assert high >= tried.max() > high - 0.1 * (high - low)


def test_one_forward_pass_finds_the_number_of_classes() -> None:
    passes: list[int] = []
    network = small()
    network.register_forward_hook(lambda *_: passes.append(1))
    assert fp.classifier(network, input_shape=SHAPE).classes == 5
    assert passes == [1]


@pytest.mark.parametrize("classes", [2, 3, 4, 8, 10, 100, 1000])
def test_number_of_classes_is_found(classes: int) -> None:
    assert fp.classifier(small(classes)).classes == classes


def torchvision(name: str) -> nn.Module:
    from torchvision.models import get_model

    network: nn.Module = get_model(name, num_classes=7)
    return network


@pytest.mark.parametrize(
    "name",
    ["alexnet", "squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small", "resnet18"],
)
def test_input_shape_of_torchvision_networks_is_found(name: str) -> None:
    model = fp.classifier(torchvision(name), mean=[0.5] * 3, std=[0.2] * 3)
    assert model.classes == 7
    assert model.input_shape[0] == 3


class OneSize(nn.Module):
    """A network that asserts the size of its images, as vision transformers do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 16, stride=16)

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, 4)."""
        assert pixels.shape[2] == 96, "wrong image size"
        logits: Tensor = self.conv(pixels).mean((2, 3))
        return logits


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (OneSize(), (3, 96, 96)),
        (nn.Sequential(nn.Conv2d(1, 4, 5), nn.Flatten(), nn.Linear(4 * 576, 9)), (1, 28, 28)),
        (nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), (1, 28, 28)),
        (nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)), (3, 32, 32)),
        (nn.Sequential(nn.Linear(13, 20), nn.ReLU(), nn.Linear(20, 3)), (13,)),
        (nn.Sequential(nn.Linear(36, 20), nn.ReLU(), nn.Linear(20, 3)), (36,)),
        (nn.Flatten(), (3, 32, 32)),
    ],
)
def test_input_shape_is_found_from_the_first_layer(
    network: nn.Module, shape: tuple[int, ...]
) -> None:
    model = fp.classifier(network)
    assert model.input_shape == shape
    assert model(images(2, shape)).shape == (2, model.classes)


def test_mlp_of_flat_features_is_normalized_by_one_mean() -> None:
    network = nn.Linear(13, 3)
    model = fp.classifier(network, mean=0.5, std=2)
    torch.testing.assert_close(model(images(4, (13,))), network((images(4, (13,)) - 0.5) / 2))


def test_grey_network_is_a_classifier_of_one_channel() -> None:
    network = small(10, channels=1).eval()
    model = fp.classifier(network, mean=0.1307, std=0.3081)
    pixels = images(4, (1, 28, 28))
    torch.testing.assert_close(model(pixels), network((pixels - 0.1307) / 0.3081))


def test_in_place_layers_are_copied_and_the_network_keeps_its_own() -> None:
    relu = nn.ReLU(inplace=True)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), relu, nn.Conv2d(4, 4, 3), relu, nn.Flatten())
    network.append(nn.Linear(64, 3))
    model = fp.classifier(network, input_shape=SHAPE)
    assert relu.inplace
    ours = [module for module in model.modules() if isinstance(module, nn.ReLU)]
    assert [module.inplace for module in ours] == [False]  # one layer that runs twice
    torch.testing.assert_close(model(images()), network(images()))


@pytest.mark.parametrize(
    "first",
    [nn.ReLU(inplace=True), Computed(lambda pixels: pixels.mul_(2)), Computed(functional.relu_)],
)
def test_images_are_not_overwritten(first: nn.Module) -> None:
    network = nn.Sequential(first, nn.Flatten(), nn.Linear(192, 3))
    model = fp.classifier(network, bounds=(-1, 1), input_shape=SHAPE)
    pixels = 2 * images() - 1
    given = pixels.clone()
    logits = model(pixels)
    assert torch.equal(pixels, given)
    variable = pixels.clone().requires_grad_()
    model(variable).sum().backward()
    assert variable.grad is not None
    torch.testing.assert_close(logits, network(given.clone()))


def test_tied_weights_stay_tied() -> None:
    layers = nn.Linear(192, 192), nn.Linear(192, 192)
    layers[1].weight = layers[0].weight
    model = fp.classifier(nn.Sequential(nn.Flatten(), *layers), input_shape=SHAPE)
    first, second = (
        module.weight for module in model.network.modules() if isinstance(module, nn.Linear)
    )
    assert first is second
    assert first.data_ptr() == layers[0].weight.data_ptr()


def test_float64_network_keeps_its_precision() -> None:
    network = small().double().eval()
    model = fp.classifier(network, mean=[0.5] * 3, std=[0.2] * 3)
    assert model.dtype == torch.float64
    logits = model(images().double())
    assert logits.dtype == torch.float64
    torch.testing.assert_close(logits, network((images().double() - 0.5) / 0.2))


def test_classifier_without_weights_is_on_the_cpu_with_any_precision() -> None:
    model = fp.classifier(nn.Flatten(), input_shape=SHAPE)
    assert (model.device, model.dtype, model.classes) == (torch.device("cpu"), None, 192)


def test_log_softmax_gives_logits() -> None:
    assert fp.classifier(with_last(nn.LogSoftmax(1)), input_shape=SHAPE).classes == 5


def test_classifier_of_a_classifier_gives_its_logits() -> None:
    model = fp.classifier(small(), mean=0.5, std=0.2)
    torch.testing.assert_close(fp.classifier(model)(images()), model(images()))


def test_predict_equals_one_forward_pass() -> None:
    model = classifier(small())
    pixels = images(2 * CHUNK + 7).requires_grad_()
    logits = predict(model, pixels)
    assert not logits.requires_grad
    torch.testing.assert_close(logits, model(pixels).detach())


def test_draws_leave_the_global_generator_as_it_is() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    network = small()
    torch.manual_seed(3)
    fp.classifier(network)
    assert torch.equal(torch.rand(2), expected)
