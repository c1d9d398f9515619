"""What users of other libraries of explanations ask for most, as properties of every method."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import foolproof as fp
from foolproof.classifiers.classifier import Classifier
from tests.test_peer_requests import Own, draw

pytest.importorskip("foolproof.explain.gradients")

Explanation = Callable[[Classifier, Tensor, Tensor | int], Tensor]

EXPLANATIONS: dict[str, Explanation] = {
    "saliency": lambda *given: fp.explain.saliency(*given),
    "smoothgrad": lambda *given: fp.explain.smoothgrad(*given, samples=4),
    "integrated_gradients": lambda *given: fp.explain.integrated_gradients(*given, steps=16),
    "gradcam": lambda *given: fp.explain.gradcam(*given),
    "occlusion": lambda *given: fp.explain.occlusion(*given, size=3),
}

every_explanation = pytest.mark.parametrize("name", EXPLANATIONS)


def make(channels: int = 3, classes: int = 4, *, inplace: bool = True) -> Classifier:
    network = Own(classes, channels, inplace=inplace).double()
    return fp.classifier(network, mean=0.5, std=0.25, input_shape=(channels, 8, 8))


@every_explanation
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("classes", [2, 10])
def test_every_explanation_has_one_shape(name: str, channels: int, classes: int) -> None:
    """Also of grey images; the class is one for all, or one for each image."""
    model = make(channels, classes)
    x, y = draw(model, shape=(channels, 8, 8))
    given = x.clone()
    maps = EXPLANATIONS[name](model, x, y)
    assert maps.shape == (8, 8, 8)
    assert maps.isfinite().all()
    assert not maps.requires_grad
    assert torch.equal(x, given)
    torch.testing.assert_close(EXPLANATIONS[name](model, x, int(y[0])), maps)


@every_explanation
def test_map_of_an_image_does_not_depend_on_the_batch(name: str) -> None:
    model = make()
    x, y = draw(model)
    maps = EXPLANATIONS[name](model, x, y)
    for index in (0, 5):
        alone = EXPLANATIONS[name](model, x[index, None], y[index, None])
        torch.testing.assert_close(alone, maps[index, None])


@every_explanation
def test_reused_or_in_place_relu_changes_no_map(name: str) -> None:
    x, y = draw(make())
    in_place, plain = (EXPLANATIONS[name](make(inplace=value), x, y) for value in (True, False))
    assert torch.equal(in_place, plain)


@every_explanation
def test_network_in_train_mode_is_explained_in_eval_mode_and_stays_as_it_is(name: str) -> None:
    network = Own().train()
    model = fp.classifier(network, input_shape=(3, 8, 8))
    x, y = draw(model)
    maps = EXPLANATIONS[name](model, x, y)
    assert all(module.training for module in network.modules())
    assert all(each.requires_grad and each.grad is None for each in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())
    evaluated = fp.classifier(network.eval(), input_shape=(3, 8, 8))
    assert torch.equal(EXPLANATIONS[name](evaluated, x, y), maps)


@every_explanation
def test_map_is_the_same_for_every_range_of_pixels(name: str) -> None:
    """Up to the unit of a pixel, in which gradients are measured."""
    unit = make()
    levels = fp.classifier(
        unit.network, mean=127.5, std=63.75, bounds=(0, 255), input_shape=(3, 8, 8)
    )
    x, y = draw(unit)
    expected, found = (EXPLANATIONS[name](*given, y) for given in ((unit, x), (levels, 255 * x)))
    scale = expected.abs().max() / found.abs().max()
    torch.testing.assert_close(scale * found, expected)


@every_explanation
def test_black_and_constant_images_have_finite_maps(name: str) -> None:
    model = make()
    for value in (0.0, 0.5, 1.0):
        x = torch.full((2, 3, 8, 8), value, dtype=torch.float64)
        assert EXPLANATIONS[name](model, x, 1).isfinite().all()


@every_explanation
def test_invalid_input_is_refused_with_one_sentence(name: str) -> None:
    model = make()
    x, y = draw(model)
    for images, classes, message in (
        (2 * x, y, r"expected pixels in \[0, 1\], found"),
        (x[0], y, "expected a batch of at least one image"),
        (x, y + 9, "expected target from 0 to 3, found"),
        (x, 4, "expected target from 0 to 3, found 4"),
        (x, y[:3], r"expected target as an int64 tensor \(8,\), found"),
    ):
        with pytest.raises(ValueError, match=message):
            EXPLANATIONS[name](model, images, classes)
    with pytest.raises(fp.FoolproofError, match=r"found Own; fp\.classifier\(net, mean="):
        EXPLANATIONS[name](Own(), x, y)  # type: ignore[arg-type]


@every_explanation
def test_scores_say_which_map_means_something(name: str) -> None:
    """A score is a number for each image, and that of a map and of its opposite differ."""
    model = make()
    x, y = draw(model)
    maps = EXPLANATIONS[name](model, x, y)
    for score in (fp.explain.deletion_score, fp.explain.insertion_score):
        values, opposite = (score(model, x, y, each, steps=8) for each in (maps, -maps))
        assert values.shape == (8,)
        assert values.min() >= 0
        assert values.max() <= 1
        assert not torch.allclose(values, opposite)


def test_layer_that_is_not_there_is_refused_with_those_that_are() -> None:
    model = make()
    x, y = draw(model)
    with pytest.raises(fp.FoolproofError, match="no layer 'frist'.*: first, second"):
        fp.explain.gradcam(model, x, y, layer="frist")


def test_gradcam_takes_the_last_convolution() -> None:
    model = make()
    x, y = draw(model)
    last = fp.explain.gradcam(model, x, y, layer="second")
    assert torch.equal(fp.explain.gradcam(model, x, y), last)
    assert isinstance(model.network.get_submodule("second"), nn.Conv2d)
