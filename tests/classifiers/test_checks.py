"""The message of each check, one sentence that says what was expected and what was found."""

import pytest
import torch
from torch import Tensor, nn

import foolproof as fp
from foolproof.classifiers.checks import (
    as_classes,
    check_epsilon,
    check_images,
    check_labels,
    check_model,
    check_targets,
)
from foolproof.classifiers.classifier import Classifier, classifier

SHAPE = (3, 8, 8)


def model(bounds: tuple[float, float] = (0.0, 1.0)) -> Classifier:
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 5))
    return classifier(network, input_shape=SHAPE, bounds=bounds)


def images(count: int = 4) -> Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(0))


def test_network_in_place_of_a_classifier_is_refused_with_the_way_to_make_one() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 5))
    for check in (check_model, lambda net: check_images(net, images())):
        with pytest.raises(
            fp.FoolproofError,
            match=r"expected a classifier, found Sequential; fp\.classifier\(net, mean=\.\.\., "
            r"std=\.\.\.\) makes one from a network",
        ):
            check(network)


def test_valid_images_pass() -> None:
    check_images(model(), images())
    check_images(model((-1, 1)), 2 * images() - 1)
    # Rounding of a sum may exceed a bound by a hair.
    check_images(model(), images().clamp(min=0.1) / images().clamp(min=0.1).max() + 1e-7)
    check_images(classifier(nn.Linear(13, 3)), torch.rand(2, 13))


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (images(0), r"a batch of at least one image \(N, C, H, W\), found \(0, 3, 8, 8\)"),
        (images()[0], r"a batch of at least one image \(N, C, H, W\), found \(3, 8, 8\)"),
        (images().flatten(), r"a batch of at least one image \(N, C, H, W\), found \(768,\)"),
        (
            (255 * images()).to(torch.uint8),
            r"expected floating-point pixels in \[0, 1\], found torch\.uint8",
        ),
        (images().double(), r"images are torch\.float64, the weights are torch\.float32"),
        (torch.full((2, *SHAPE), torch.nan), "images contain NaN"),
        (
            images().mul(255).round(),
            r"expected pixels in \[0, 1\], found 0 to 25\d; normalization belongs into "
            r"fp\.classifier\(mean=, std=\), another range into bounds=",
        ),
        (images() - 0.5, r"expected pixels in \[0, 1\], found -0\.49\d* to 0\.49"),
        (images() + torch.inf, r"expected pixels in \[0, 1\], found inf to inf"),
    ],
)
def test_invalid_images_are_refused(pixels: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        check_images(model(), pixels)
    assert "\n" not in str(error.value)


def test_message_names_the_bounds_of_the_classifier() -> None:
    with pytest.raises(ValueError, match=r"expected pixels in \[-1, 1\], found 0\.\d+ to 2;"):
        check_images(model((-1, 1)), 2 * images())
    with pytest.raises(ValueError, match=r"at least one image \(N, 13\), found \(13,\)"):
        check_images(classifier(nn.Linear(13, 3)), torch.rand(13))


def test_images_on_another_device_are_refused() -> None:
    pixels = torch.empty(2, *SHAPE, device="meta")
    with pytest.raises(ValueError, match="images are on meta, the classifier is on cpu"):
        check_images(model(), pixels)
    labels = torch.empty(2, dtype=torch.long, device="meta")
    with pytest.raises(ValueError, match="labels are on meta, the classifier is on cpu"):
        check_labels(model(), labels, 2)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (torch.tensor([0, 1, 2]), r"expected labels as an int64 tensor \(4,\), found torch\.int64 "
                                  r"\(3,\)"),
        (torch.zeros(4, 1).long(), r"an int64 tensor \(4,\), found torch\.int64 \(4, 1\)"),
        (torch.zeros(4), r"an int64 tensor \(4,\), found torch\.float32 \(4,\)"),
        (torch.zeros(4).int(), r"an int64 tensor \(4,\), found torch\.int32 \(4,\)"),
        ([0, 1, 2, 3], r"an int64 tensor \(4,\), found list"),
        (3, r"an int64 tensor \(4,\), found int"),
        (torch.tensor([0, 5, 1, 7]), "expected labels from 0 to 4, found 5"),
        (torch.tensor([0, 4, -1, 7]), "expected labels from 0 to 4, found -1"),
    ],
)  # fmt: skip
def test_invalid_labels_are_refused(labels: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_labels(model(), labels, 4)


def test_targets_equal_to_labels_are_refused_with_their_number() -> None:
    labels, targets = torch.tensor([0, 1, 2, 3]), torch.tensor([1, 1, 0, 3])
    with pytest.raises(
        ValueError,
        match="expected targets other than the labels, but 2 of 4 are equal, the first at index 1",
    ):
        check_targets(model(), targets, labels)
    check_targets(model(), torch.tensor([1, 0, 0, 4]), labels)
    with pytest.raises(ValueError, match="expected targets from 0 to 4, found 9"):
        check_targets(model(), torch.tensor([9, 0, 0, 0]), labels)


@pytest.mark.parametrize("eps", [0, -0.1, torch.nan, torch.inf])
def test_epsilon_of_zero_or_below_is_refused(eps: float) -> None:
    with pytest.raises(
        ValueError, match=f"expected eps above 0, in units of the pixels, found {eps:g}"
    ):
        check_epsilon(eps)


def test_epsilon_above_zero_passes() -> None:
    check_epsilon(8 / 255)


def test_one_class_is_expanded_to_all_images() -> None:
    assert as_classes(model(), 3, 4).tolist() == [3, 3, 3, 3]
    given = torch.tensor([0, 4])
    assert as_classes(model(), given, 2) is given
    with pytest.raises(ValueError, match="expected target from 0 to 4, found 5"):
        as_classes(model(), 5, 4)
    with pytest.raises(ValueError, match=r"expected target as an int64 tensor \(4,\), found"):
        as_classes(model(), given, 4)
