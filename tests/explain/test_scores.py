"""Deletion and insertion against curves by hand, and what must hold between them."""

from typing import get_args

import pytest
import torch
from torch import Tensor

from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.explain import replacement, scores
from foolproof.explain.scores import (
    Baseline,
    ProbabilityCurves,
    deletion_curve,
    deletion_score,
    insertion_curve,
    insertion_score,
)
from tests.explain.conftest import SIDE, OnePixel
from tests.explain.networks import SHAPE, bad_input, convolutional, images

TARGETS = torch.tensor([3, 0, 1, 1, 2])
BASELINES = get_args(Baseline)


@pytest.fixture(scope="module")
def model() -> Classifier:
    return classifier(convolutional(), input_shape=SHAPE)


@pytest.fixture(scope="module")
def maps() -> Tensor:
    return torch.rand(5, *SHAPE[1:], generator=torch.Generator().manual_seed(3))


def test_area_by_hand() -> None:
    curves = ProbabilityCurves(
        torch.tensor([0, 0.5, 1]), torch.tensor([[1, 0.5, 0], [1, 0, 0], [1, 1, 1]])
    )
    torch.testing.assert_close(curves.area, torch.tensor([0.5, 0.25, 1]))


def test_probability_falls_when_the_only_relevant_pixel_is_deleted(photo: Tensor) -> None:
    model = classifier(OnePixel(4, 8), input_shape=(3, SIDE, SIDE))
    maps = torch.zeros(1, SIDE, SIDE)
    maps[0, 4, 8] = 1
    before, after = (8 * value for value in (photo[:, 4, 8].mean(), photo.mean()))
    curves = deletion_curve(model, photo[None], 0, maps, steps=SIDE**2)
    expected = torch.stack([before] + [after] * SIDE**2).sigmoid()
    torch.testing.assert_close(curves.probabilities[0], expected)
    torch.testing.assert_close(curves.shares, torch.linspace(0, 1, SIDE**2 + 1))
    least = deletion_curve(model, photo[None], 0, -maps, steps=SIDE**2).probabilities[0]
    torch.testing.assert_close(least, torch.stack([before] * SIDE**2 + [after]).sigmoid())


def test_probability_rises_when_the_only_relevant_pixel_is_inserted(photo: Tensor) -> None:
    model = classifier(OnePixel(4, 8), input_shape=(3, SIDE, SIDE))
    maps = torch.zeros(1, SIDE, SIDE)
    maps[0, 4, 8] = 1
    (curve,) = insertion_curve(model, photo[None], 0, maps, steps=4, baseline="black").probabilities
    whole = (8 * photo[:, 4, 8].mean()).sigmoid()
    torch.testing.assert_close(curve, torch.stack([torch.tensor(0.5)] + [whole] * 4))
    (score,) = insertion_score(model, photo[None], 0, maps, steps=4, baseline="black")
    torch.testing.assert_close(score, (7 * whole + 0.5) / 8)


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize(("steps", "tile"), [(48, 1), (12, 1), (100, 3)])
def test_insertion_reverses_deletion_in_the_opposite_order(
    model: Classifier, maps: Tensor, baseline: Baseline, steps: int, tile: int
) -> None:
    deleted = deletion_curve(
        model, images(), TARGETS, maps, steps=steps, tile=tile, baseline=baseline
    )
    inserted = insertion_curve(
        model, images(), TARGETS, -maps, steps=steps, tile=tile, baseline=baseline
    )
    torch.testing.assert_close(deleted.probabilities, inserted.probabilities.flip(1))
    torch.testing.assert_close(deleted.area, inserted.area)


def test_curves_go_from_the_image_to_the_baseline(model: Classifier, maps: Tensor) -> None:
    x = images()
    curves = deletion_curve(model, x, TARGETS, maps, steps=7)
    assert curves.probabilities.shape == (5, 8)
    mean = x.mean((2, 3), keepdim=True).expand_as(x)
    for end, expected in ((0, x), (-1, mean)):
        probabilities = model(expected).softmax(1).gather(1, TARGETS[:, None])[:, 0]
        torch.testing.assert_close(curves.probabilities[:, end], probabilities)


def test_tiles_are_deleted_at_once(photo: Tensor) -> None:
    """Tiles of 5 pixels: 3 x 3, the last ones smaller; pixel (4, 8) is in the second one."""
    model = classifier(OnePixel(4, 8), input_shape=(3, SIDE, SIDE))
    maps = torch.zeros(1, SIDE, SIDE)
    maps[0, :5, :5], maps[0, 0, 9] = 0.5, 20
    (curve,) = deletion_curve(model, photo[None], 0, maps, tile=5).probabilities
    before, after = (8 * value for value in (photo[:, 4, 8].mean(), photo.mean()))
    torch.testing.assert_close(curve, torch.stack([before] + [after] * 9).sigmoid())


def test_blur_keeps_flat_images_and_smooths_others(model: Classifier) -> None:
    flat = torch.full((5, *SHAPE), 0.7)
    torch.testing.assert_close(scores._baseline_images(model, flat, "blur"), flat)
    blurred = scores._baseline_images(model, images(), "blur")
    assert blurred.std() < 0.3 * images().std()
    assert blurred.min() >= 0
    assert blurred.max() <= 1


def test_black_is_the_lower_bound(maps: Tensor) -> None:
    model = classifier(convolutional(), bounds=(-2, 1), input_shape=SHAPE)
    curves = deletion_curve(model, images(), 1, maps, baseline="black")
    black = model(torch.full((1, *SHAPE), -2.0)).softmax(1)[:, 1]
    torch.testing.assert_close(curves.probabilities[:, -1], black.expand(5))


@pytest.mark.parametrize("together", [1, 4, 1000])
def test_curves_do_not_depend_on_the_chunks(
    monkeypatch: pytest.MonkeyPatch, model: Classifier, maps: Tensor, together: int
) -> None:
    expected = deletion_curve(model, images(), TARGETS, maps, steps=6)
    alone = deletion_curve(model, images()[2:3], 1, maps[2:3], steps=6)
    torch.testing.assert_close(expected.probabilities[2:3], alone.probabilities)
    monkeypatch.setattr(replacement, "chunk_size", lambda _: together)
    found = deletion_curve(model, images(), TARGETS, maps, steps=6)
    torch.testing.assert_close(found.probabilities, expected.probabilities)


def test_grey_images_have_scores() -> None:
    shape = (1, 6, 8)
    model = classifier(convolutional(1), input_shape=shape)
    x, maps = images(2, shape), torch.rand(2, 6, 8)
    for score in (deletion_score(model, x, 0, maps), insertion_score(model, x, 0, maps)):
        assert score.shape == (2,)
        assert ((score >= 0) & (score <= 1)).all()


@pytest.mark.parametrize("case", range(5))
def test_bad_images_and_targets_are_refused(model: Classifier, maps: Tensor, case: int) -> None:
    x, target, message = bad_input(images())[case]
    for score in (deletion_score, insertion_score):
        with pytest.raises(ValueError, match=message):
            score(model, x, target, maps)


def test_bad_maps_and_settings_are_refused(model: Classifier, maps: Tensor) -> None:
    x = images()
    with pytest.raises(ValueError, match=r"one map for each image, \(5, 6, 8\), found .* \(1, 6"):
        deletion_score(model, x, 1, maps[:1])
    with pytest.raises(ValueError, match="maps contain NaN or infinite values"):
        insertion_score(model, x, 1, maps / 0)
    with pytest.raises(ValueError, match="expected steps as an integer of at least 1, found 0"):
        deletion_score(model, x, 1, maps, steps=0)
    with pytest.raises(ValueError, match="expected tile as an integer of at least 1, found 0"):
        insertion_score(model, x, 1, maps, tile=0)
    with pytest.raises(ValueError, match="one of mean, blur, black, found 'grey'"):
        deletion_score(model, x, 1, maps, baseline="grey")  # type: ignore[arg-type]
