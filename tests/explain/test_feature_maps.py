"""Feature maps of torchvision's networks, the choice of channels, and statistics."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foolproof.core.errors import FoolproofError
from foolproof.explain.feature_maps import (
    LOW_LEVEL_FEATURES,
    choose_layers,
    feature_maps,
    layers_with_maps,
    low_level_features,
    min_max_normalize,
    most_informative_channels,
)
from foolproof.explain.layer_summary import (
    correlations,
    feature_map_statistics,
    summarize_layer,
)
from foolproof.pretrained.load import AUXILIARY, AUXILIARY_OPTIONS, Pretrained

# The side of a picture that is large enough, and the default choice of layers.
CHOICES = {
    "alexnet": (224, ["features.1", "features.4", "features.11"]),
    "convnext_tiny": (
        128,
        ["features.1.0.block.4", "features.3.2.block.4", "features.7.2.block.4"],
    ),
    "densenet121": (
        128,
        [
            "features.relu0",
            "features.transition2.relu",
            "features.denseblock4.denselayer16.relu2",
        ],
    ),
    "efficientnet_b0": (128, ["features.0.2", "features.4.0.block.0.2", "features.8.2"]),
    "googlenet": (128, ["conv1", "inception3b.branch4.1", "inception5b.branch4.1"]),
    "inception_v3": (171, ["Conv2d_1a_3x3", "Mixed_6a.branch3x3dbl_2", "Mixed_7c.branch_pool"]),
    "mobilenet_v2": (128, ["features.0.2", "features.7.conv.0.2", "features.18.2"]),
    "mobilenet_v3_small": (128, ["features.0.2", "features.4.block.0.2", "features.12.2"]),
    "resnet18": (128, ["relu", "layer2.1.relu", "layer4.1.relu"]),
    "squeezenet1_1": (128, ["features.1", "features.4.expand3x3_activation", "classifier.2"]),
}


def wrap(architecture: str) -> Pretrained:
    from torchvision.models import get_model

    torch.manual_seed(0)
    options = AUXILIARY_OPTIONS if architecture in AUXILIARY else {}
    body = get_model(architecture, num_classes=4, **options).eval().requires_grad_(False)
    network = nn.Sequential(OrderedDict(normalize=nn.Identity(), body=body))
    return Pretrained(architecture, network, ("a", "b", "c", "d"), 64, 64)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("architecture", CHOICES)
def test_the_default_layers_of_a_family(architecture: str) -> None:
    side, expected = CHOICES[architecture]
    pretrained = wrap(architecture)
    pixels = random(2, 3, side, side)
    possible = layers_with_maps(pretrained, pixels[:1])
    chosen = choose_layers([], possible)
    for name, maps in feature_maps(pretrained, pixels, chosen).items():
        assert maps.shape[0] == 2
        assert maps.shape[2:] == (possible[name],) * 2
    assert chosen == expected


@pytest.mark.parametrize(
    ("architecture", "nodes"),
    [
        # Torchvision's graph numbers the calls; ours is the last one of each layer.
        ("resnet18", {"relu": "relu", "layer1.0.relu": "layer1.0.relu_1"}),
        # A convolution with what follows it is one node.
        ("mobilenet_v2", {"features.3.conv.1.2": "features.3.conv.1"}),
        ("googlenet", {"inception4c.branch2.0": "inception4c.branch2.0.relu"}),
    ],
)
@torch.no_grad()
def test_maps_are_those_of_torchvision_s_feature_extractor(
    architecture: str, nodes: dict[str, str]
) -> None:
    from torchvision.models.feature_extraction import create_feature_extractor

    pretrained = wrap(architecture)
    pixels = random(3, 3, 64, 64)
    body = pretrained.network.get_submodule("body")
    extractor = create_feature_extractor(body, {node: name for name, node in nodes.items()})
    expected = extractor(pixels)
    found = feature_maps(pretrained, pixels, list(nodes))
    assert list(found) == list(nodes)
    for name, maps in found.items():
        torch.testing.assert_close(maps, expected[name])


def test_layers_come_in_the_order_in_which_they_run_without_tiny_maps() -> None:
    possible = layers_with_maps(wrap("mobilenet_v3_small"), random(1, 3, 64, 64))
    sides = list(possible.values())
    assert sides == sorted(sides, reverse=True)
    assert sides[-1] == 4
    assert not any(".activation" in name for name in possible)  # of squeeze and excitation
    assert "features.1.block.0.2" in possible


def test_channels_come_first_where_the_network_has_them_last() -> None:
    (maps,) = feature_maps(
        wrap("convnext_tiny"), random(1, 3, 64, 64), ["features.3.2.block.4"]
    ).values()
    assert maps.shape == (1, 4 * 192, 8, 8)


def test_no_hook_stays_behind() -> None:
    pretrained = wrap("squeezenet1_1")
    with pytest.raises(RuntimeError, match="channels"):
        layers_with_maps(pretrained, random(1, 1, 64, 64))
    layers_with_maps(pretrained, random(1, 3, 64, 64))
    assert not any(module._forward_hooks for module in pretrained.network.modules())


def test_requested_layers_keep_their_order() -> None:
    assert choose_layers(["c", "a"], {"a": 32, "b": 16, "c": 8}) == ["c", "a"]


def test_default_layers_are_first_middle_and_last() -> None:
    sides = {"a": 112, "b": 56, "c": 28, "d": 28, "e": 14, "f": 7, "g": 7}
    assert choose_layers([], sides) == ["a", "d", "g"]
    assert choose_layers([], {"a": 8, "b": 8, "c": 8}) == ["a", "c"]
    assert choose_layers([], {"a": 8}) == ["a"]


def test_unknown_layer_is_refused_with_valid_names() -> None:
    with pytest.raises(
        FoolproofError,
        match=r"^no layer with feature maps is named 'b', 'd'; the network has: a, c$",
    ):
        choose_layers(["a", "b", "d"], {"a": 8, "c": 4})


def greedy(maps: NDArray[np.float64], count: int) -> list[int]:
    """Choose by least squares what `most_informative_channels` chooses by one decomposition."""
    centred = maps - maps.mean(0)
    chosen: list[int] = []
    for _ in range(count):
        shown = centred[:, chosen]
        rest = centred - shown @ np.linalg.lstsq(shown, centred, rcond=None)[0]
        chosen.append(int(np.square(rest).sum(0).argmax()))
    return chosen


@pytest.mark.parametrize("photo", [0, 2])
def test_most_informative_channels_leave_minimal_residual_variance(photo: int) -> None:
    scale = random(12, 1, 1, seed=1) + 0.5
    maps = random(4, 12, 5, 5) * scale
    others = np.delete(maps.double().numpy(), photo, axis=0).mean(0)
    unusual = (maps[photo].double().numpy() - others).reshape(12, 25).T
    assert most_informative_channels(maps, photo, 5) == greedy(unusual, 5)


def test_shared_and_repeated_maps_are_not_chosen() -> None:
    maps = random(3, 4, 6, 6)
    maps[:, 0] = 100 * random(6, 6, seed=1)
    maps[:, 2] = 0.9 * maps[:, 1]
    assert set(most_informative_channels(maps, 1, 2)) == {1, 3}


def test_one_photo_alone_has_informative_channels() -> None:
    maps = torch.stack([torch.eye(4), 3 * torch.eye(4).flip(0), torch.ones(4, 4)])[None]
    assert most_informative_channels(maps, 0, 2) == [1, 0]
    assert sorted(most_informative_channels(maps, 0, 9)) == [0, 1, 2]


def test_min_max_normalized_maps_go_from_0_to_1() -> None:
    maps = torch.tensor([[[-1.0, 1.0], [0.0, 3.0]], [[5.0, 5.0], [5.0, 5.0]]])
    expected = torch.tensor([[[0, 0.5], [0.25, 1]], [[0, 0], [0, 0]]])
    torch.testing.assert_close(min_max_normalize(maps), expected)


def test_low_level_features_of_plain_colours() -> None:
    red, white, blue = torch.eye(3)[0], torch.ones(3), torch.eye(3)[2]
    pixels = torch.stack([red, white, blue])[:, :, None, None].expand(3, 3, 8, 8)
    features = low_level_features(pixels, 2)
    assert features.shape == (3, len(LOW_LEVEL_FEATURES), 2, 2)
    found = dict(zip(LOW_LEVEL_FEATURES, features.mean((2, 3)).T, strict=True))
    torch.testing.assert_close(found["brightness"], torch.tensor([0.299, 1, 0.114]))
    torch.testing.assert_close(found["red_green"], torch.tensor([1.0, 0, 0]))
    torch.testing.assert_close(found["yellow_blue"], torch.tensor([0.5, 0, -1]))
    for slope in ("rightward", "downward", "edges"):
        torch.testing.assert_close(found[slope], torch.zeros(3))


def test_slopes_are_those_of_scipy() -> None:
    from scipy.ndimage import sobel

    pixels = random(1, 3, 9, 9)
    features = dict(zip(LOW_LEVEL_FEATURES, low_level_features(pixels, 9)[0].numpy(), strict=True))
    rightward, downward = (
        sobel(features["brightness"], axis=axis, mode="nearest") / 8 for axis in (1, 0)
    )
    np.testing.assert_allclose(features["rightward"], rightward, atol=1e-6)
    np.testing.assert_allclose(features["downward"], downward, atol=1e-6)
    np.testing.assert_allclose(features["edges"], np.hypot(rightward, downward), atol=1e-6)


def test_slopes_are_per_pixel() -> None:
    ramp = torch.arange(8) / 8
    pixels = ramp[:, None].expand(1, 3, 8, 8)
    features = dict(zip(LOW_LEVEL_FEATURES, low_level_features(pixels, 8)[0], strict=True))
    torch.testing.assert_close(features["downward"][1:-1], torch.full((6, 8), 1 / 8))
    torch.testing.assert_close(features["rightward"], torch.zeros(8, 8))


def test_explained_variance_equals_linear_regression() -> None:
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import r2_score

    features = random(3, 6, 5, 5)
    maps = random(3, 7, 5, 5, seed=1) + torch.einsum(
        "ck,nkhw->nchw", random(7, 6, seed=2), features
    )
    maps[:, 4] = 0  # a dead channel does not count
    causes, values = (each.permute(0, 2, 3, 1).reshape(75, -1).numpy() for each in (features, maps))
    fitted = LinearRegression().fit(causes, values).predict(causes)
    expected = np.delete(r2_score(values, fitted, multioutput="raw_values"), 4).mean()
    found = feature_map_statistics(maps, features).explained_by_low_level_features
    assert found.mean().item() == pytest.approx(expected, rel=1e-4)


def test_constant_features_explain_nothing() -> None:
    features = torch.cat([random(2, 1, 5, 5), torch.zeros(2, 5, 5, 5)], dim=1)
    maps = torch.cat([3 - 2 * features[:, :1], random(2, 1, 5, 5, seed=1)], dim=1)
    first = feature_map_statistics(maps[:, :1], features)
    assert first.explained_by_low_level_features.tolist() == pytest.approx([1])
    assert (
        feature_map_statistics(maps[:, 1:], features).explained_by_low_level_features < 0.2
    ).all()


def test_sparsity_and_variance_between_photos_of_known_maps() -> None:
    maps = torch.zeros(2, 2, 1, 2)
    maps[:, 0, 0] = torch.tensor([[1.0, 1.0], [3.0, 3.0]])  # only the photo matters
    maps[:, 1, 0] = torch.tensor([[0.0, 2.0], [2.0, 4.0]])  # means 1 and 3 around 2: 4 of 8
    numbers = feature_map_statistics(maps, random(2, 6, 1, 2))
    assert numbers.sparsity.tolist() == [1 / 4, 0]
    assert numbers.between_photos == pytest.approx((1 + 4 / 8) / 2)
    assert feature_map_statistics(maps[:1, 1:], random(1, 6, 1, 2)).between_photos is None


def test_correlations_are_those_of_numpy() -> None:
    maps, features = random(2, 3, 4, 4), random(2, 6, 4, 4, seed=1)
    maps[:, 1] = 0
    found = correlations(maps, features)
    columns = torch.cat([maps[:, [0, 2]], features], dim=1).transpose(0, 1).flatten(1)
    expected = np.corrcoef(columns.numpy())[:2, 2:]
    np.testing.assert_allclose(found[[0, 2]].numpy(), expected, atol=1e-6)
    assert found[1].tolist() == [0] * 6


def test_layer_summary_names_closest_and_most_active_channels() -> None:
    features = random(3, 6, 4, 4)
    maps = torch.stack([-features[:, 5], features[:, 0], random(3, 4, 4, seed=1)], dim=1)
    maps[2, 2] += 5
    summary = summarize_layer(maps, features, 1, 2)
    assert (summary.channels, summary.side) == (3, 4)
    assert summary.statistics.describe() == feature_map_statistics(maps, features).describe()
    assert summary.closest["edges"].channel == 0
    assert summary.closest["edges"].correlation == pytest.approx(-1, abs=1e-5)
    assert summary.closest["edges"].by_photo["mean"] == pytest.approx(-1, abs=1e-5)
    assert summary.closest["edges"].by_photo["n"] == 3
    assert summary.closest["brightness"].channel == 1
    assert [each.channel for each in summary.shown] == most_informative_channels(maps, 1, 2)
    means = maps.mean((2, 3))
    for each in summary.shown:
        assert each.most_active_in == int(means[:, each.channel].argmax())
        here = correlations(maps[1:2], features[1:2])[each.channel]
        assert list(each.correlations.values()) == here.tolist()
