"""What users of other libraries of attacks ask for most, as properties of every attack."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import foolproof as fp
from foolproof.attacks.result import AttackResult
from foolproof.classifiers.classifier import Classifier

EPS = 0.2


class Own(nn.Module):
    """A network that a user may have written: dropout, batch norm, and one ReLU for all layers."""

    def __init__(self, classes: int = 4, channels: int = 3, *, inplace: bool = True) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(channels, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.second = nn.Conv2d(6, 6, 3, stride=2)
        self.relu = nn.ReLU(inplace=inplace)
        self.drop = nn.Dropout(0.3)
        self.last = nn.Linear(54, classes)
        # Logits that differ as those of a trained network do.
        self.last.weight.data.mul_(20)

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, classes) of pixels (N, C, 8, 8)."""
        maps = self.relu(self.norm(self.first(pixels)))
        maps = self.relu(self.second(maps))
        logits: Tensor = self.last(self.drop(maps.flatten(1)))
        return logits


def eot(model: Classifier, x: Tensor, y: Tensor, unit: float, **options: Any) -> AttackResult:
    def flipped(images: Tensor, generator: torch.Generator) -> Tensor:
        chosen = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
        return torch.where(chosen.to(images.device), images.flip(3), images)

    options |= {"eps": EPS * unit, "steps": 5, "step_size": 0.05 * unit}
    return fp.attacks.pgd_eot(model, x, y, view=flipped, samples=2, **options)


def other_class(model: Classifier, y: Tensor) -> int:
    """Choose the target of a universal perturbation, where all labels are equal."""
    return (int(y[0]) + 1) % model.classes


def noise(
    model: Classifier, x: Tensor, y: Tensor, unit: float, targets: Tensor | None = None
) -> AttackResult:
    target = other_class(model, y) if targets is None else int(targets[0])
    options: dict[str, Any] = {"eps": EPS * unit, "steps": 10, "step_size": 0.05 * unit}
    return fp.attacks.universal_noise(model, x, y, targets=target, **options)


def maximization(
    model: Classifier, x: Tensor, y: Tensor, unit: float, targets: Tensor | None = None
) -> AttackResult:
    """Maximize an activation from the images; a gradient scales with the inverse of pixels."""
    target = (y + 1) % model.classes if targets is None else targets
    return fp.attacks.activation_maximization(
        model, target, start=x, steps=100, step_size=0.05 * unit**2
    )


Attack = Callable[..., AttackResult]

ATTACKS: dict[str, Attack] = {
    "fgsm": lambda model, x, y, unit, **o: fp.attacks.fgsm(model, x, y, eps=EPS * unit, **o),
    "fgsm l2": lambda model, x, y, unit, **o: fp.attacks.fgsm(
        model, x, y, eps=1.5 * unit, norm="l2", **o
    ),
    "pgd": lambda model, x, y, unit, **o: fp.attacks.pgd(
        model, x, y, eps=EPS * unit, steps=10, **o
    ),
    "pgd l2": lambda model, x, y, unit, **o: fp.attacks.pgd(
        model, x, y, eps=1.5 * unit, steps=10, norm="l2", **o
    ),
    "pgd_eot": eot,
    "apgd": lambda model, x, y, unit, **o: fp.attacks.apgd(
        model, x, y, eps=EPS * unit, steps=10, **o
    ),
    # Its norms are those of the bounds.
    "ddn": lambda model, x, y, _, **o: fp.attacks.ddn(model, x, y, steps=20, **o),
    "one_sided_fgsm": lambda model, x, y, unit, **o: fp.attacks.one_sided_fgsm(
        model, x, y, step_size=0.05 * unit, steps=5, **o
    ),
    "universal_noise": noise,
    "activation_maximization": maximization,
}

every_attack = pytest.mark.parametrize("name", ATTACKS)


def run(name: str, model: Classifier, x: Tensor, y: Tensor, **options: Any) -> AttackResult:
    """Run an attack, with eps and steps in units of the pixels."""
    low, high = model.bounds
    return ATTACKS[name](model, x, y, high - low, **options)


def draw(model: Classifier, count: int = 8, shape: tuple[int, ...] = (3, 8, 8)) -> Any:
    """Draw images of 8 bits that have one predicted class, and that class as their label."""
    low, high = model.bounds
    generator = torch.Generator().manual_seed(1)
    levels = torch.randint(0, 256, (40 * count, *shape), generator=generator)
    pixels = low + (high - low) * (levels / 255).to(model.dtype or torch.float32)
    predicted = model(pixels).argmax(1)
    chosen = (predicted == predicted.mode().values).nonzero()[:count, 0]
    assert len(chosen) == count
    return pixels[chosen], predicted[chosen]


@pytest.fixture(scope="module")
def model() -> Classifier:
    return fp.classifier(Own(), mean=[0.4, 0.5, 0.6], std=[0.3, 0.3, 0.3], input_shape=(3, 8, 8))


@every_attack
@pytest.mark.parametrize("bounds", [(0.0, 255.0), (-1.0, 1.0)])
def test_attack_is_the_same_for_every_range_of_pixels(
    name: str, bounds: tuple[float, float]
) -> None:
    """Normalization is inside of the classifier, and eps is in units of the pixels."""
    low, width = bounds[0], bounds[1] - bounds[0]
    network = Own().double()
    unit = fp.classifier(network, mean=0.45, std=0.3, input_shape=(3, 8, 8))
    other = fp.classifier(
        network, mean=low + 0.45 * width, std=0.3 * width, bounds=bounds, input_shape=(3, 8, 8)
    )
    x, y = draw(unit)
    expected, found = run(name, unit, x, y), run(name, other, low + width * x, y)
    torch.testing.assert_close((found.x_adv - low) / width, expected.x_adv, atol=1e-9, rtol=0)
    torch.testing.assert_close(found.linf / width, expected.linf, atol=1e-9, rtol=0)
    levels = [result.x_adv_8_bit.int() for result in (found, expected)]
    assert (levels[0] - levels[1]).abs().max() <= 1  # where a pixel is between two levels
    assert torch.equal(found.success, expected.success)


@every_attack
def test_normalization_of_the_classifier_equals_that_of_a_normalizing_network(
    name: str, model: Classifier
) -> None:
    x, y = draw(model)
    whole = nn.Sequential(model.normalize, model.network)
    found = run(name, fp.classifier(whole, input_shape=(3, 8, 8)), x, y)
    assert torch.equal(found.x_adv, run(name, model, x, y).x_adv)


@every_attack
def test_saved_8_bit_pictures_still_fool(name: str, model: Classifier, tmp_path: Path) -> None:
    x, y = draw(model)
    result = run(name, model, x, y)
    criterion = result.success_8_bit
    assert criterion.any()
    for index in criterion.nonzero()[:, 0].tolist():
        path = tmp_path / f"{index}.png"
        Image.fromarray(result.x_adv_8_bit[index].permute(1, 2, 0).numpy()).save(path)
        saved = torch.from_numpy(np.asarray(Image.open(path)).copy()).permute(2, 0, 1)
        assert torch.equal(saved, result.x_adv_8_bit[index])
        pixels = saved.float() / 255
        assert model(pixels[None]).argmax(1).item() != y[index]
        linf = (pixels - x[index]).abs().max()
        assert linf <= result.linf[index] + 1 / 510 + 1e-6
        if name in ("fgsm", "pgd", "pgd_eot", "apgd"):
            assert linf <= EPS + 1 / 510 + 1e-6


@every_attack
def test_network_in_train_mode_is_attacked_in_eval_mode(name: str) -> None:
    network = Own().train()
    network(torch.rand(50, 3, 8, 8))
    statistics = network.norm.state_dict()
    before = {key: value.clone() for key, value in statistics.items()}
    trained = fp.classifier(network, input_shape=(3, 8, 8))
    x, y = draw(trained)
    found = run(name, trained, x, y)
    assert all(module.training for module in network.modules())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(torch.equal(value, before[key]) for key, value in statistics.items())
    evaluated = fp.classifier(network.eval(), input_shape=(3, 8, 8))
    assert torch.equal(found.x_adv, run(name, evaluated, x, y).x_adv)
    assert torch.equal(network(found.x_adv).argmax(1) != y, evaluated(found.x_adv).argmax(1) != y)


def test_adversarial_training_attacks_the_network_as_it_is_now() -> None:
    """Between the steps of a training, which leaves no gradient of the attack behind."""
    network = Own()
    model = fp.classifier(network, input_shape=(3, 8, 8))
    x, y = draw(model, 16)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    losses = []
    for _ in range(12):
        x_adv = fp.attacks.pgd(model, x, y, eps=0.02, steps=3, early_stop=False).x_adv
        network.train()
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(x_adv), y)
        assert all(parameter.grad is None for parameter in model.parameters())
        loss.backward()
        optimizer.step()
        losses.append(nn.functional.cross_entropy(model(x_adv), y).item())
    assert losses[-1] < losses[0]
    assert model(x).argmax(1).eq(y).double().mean() > 0.9


@every_attack
@pytest.mark.parametrize("classes", [2, 3, 10, 100])
def test_every_number_of_classes_from_two_up_is_attacked(name: str, classes: int) -> None:
    model = fp.classifier(Own(classes), input_shape=(3, 8, 8))
    x, y = draw(model)
    result = run(name, model, x, y)
    assert result.success.any()
    wrong = model(result.x_adv).argmax(1) != y
    assert wrong[result.success].all()


@pytest.mark.parametrize(("classes", "needed"), [(2, 3), (3, 4)])
def test_loss_that_needs_more_classes_says_so(classes: int, needed: int) -> None:
    model = fp.classifier(Own(classes), input_shape=(3, 8, 8))
    x, y = draw(model)
    targets = None if needed == 3 else (y + 1) % classes
    with pytest.raises(ValueError, match=f"at least {needed} classes, the classifier has"):
        fp.attacks.pgd(model, x, y, eps=0.1, loss="dlr", targets=targets)


@every_attack
def test_result_does_not_depend_on_the_batch(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all images at once, in chunks, and of one alone."""
    model = fp.classifier(Own().double(), input_shape=(3, 8, 8))
    x, y = draw(model, 7)
    whole = run(name, model, x, y)
    monkeypatch.setattr("foolproof.compute.chunks.CHUNK", 3)
    chunked = run(name, model, x, y)
    for field in fields(AttackResult):
        if name == "pgd_eot":  # draws other views in other batches
            break
        found, expected = getattr(chunked, field.name), getattr(whole, field.name)
        torch.testing.assert_close(found, expected, equal_nan=True)
    if name not in ("pgd_eot", "universal_noise"):  # one perturbation for the batch
        index = slice(0, 1) if name == "apgd" else slice(4, 5)  # starts are drawn in order
        alone = run(name, model, x[index], y[index])
        torch.testing.assert_close(alone.x_adv, whole.x_adv[index])
        assert torch.equal(alone.steps, whole.steps[index])


@every_attack
def test_images_on_another_device_are_refused_with_both_devices(
    name: str, model: Classifier
) -> None:
    x, y = draw(model)
    with pytest.raises(ValueError, match="images are on meta, the classifier is on cpu"):
        run(name, model, x.to("meta"), y)


@every_attack
def test_every_attack_can_be_targeted(name: str, model: Classifier) -> None:
    x, y = draw(model)
    for step in range(1, model.classes):
        targets = (y + step) % model.classes
        result = run(name, model, x, y, targets=targets)
        before, after = (model(each).log_softmax(1) for each in (x, result.x_adv))
        gain = (after - before).gather(1, targets[:, None])
        assert gain.mean() > 0
        assert torch.equal(result.success, after.argmax(1) == targets)


@pytest.mark.parametrize("name", sorted(ATTACKS.keys() - {"activation_maximization"}))
def test_targets_equal_to_labels_are_refused(name: str, model: Classifier) -> None:
    """Activation maximization has no labels."""
    x, y = draw(model)
    with pytest.raises(ValueError, match="expected targets other than the labels, but 8 of 8"):
        run(name, model, x, y, targets=y)


class Counted(nn.Module):
    """A network that counts the images it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.network, self.seen = Own().eval(), [0]

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute the logits."""
        self.seen[0] += len(pixels)
        logits: Tensor = self.network(pixels)
        return logits


BUDGETS = {"fgsm": 1, "fgsm l2": 1, "ddn": 20, "pgd_eot": 5, "one_sided_fgsm": 5}
BUDGETS |= {"activation_maximization": 100}
BUDGETED = ["pgd", "pgd l2", "apgd"]


@pytest.mark.parametrize("name", BUDGETED)
def test_early_stop_saves_queries_and_loses_no_success(name: str, model: Classifier) -> None:
    x, y = draw(model)
    early, late = (run(name, model, x, y, early_stop=stop) for stop in (True, False))
    assert early.success.all()
    assert torch.equal(early.success, late.success) or early.success.sum() >= late.success.sum()
    assert early.queries.sum() < late.queries.sum()
    assert (early.steps <= 10).all()
    assert (late.steps == 10).all()


@every_attack
def test_steps_and_queries_are_within_the_budget(name: str, model: Classifier) -> None:
    x, y = draw(model)
    budget = BUDGETS.get(name, 10)
    result = run(name, model, x, y)
    assert (result.steps <= budget).all()
    samples = 2 if name == "pgd_eot" else 1
    bisections = 20 if name == "ddn" else 0
    assert (result.queries <= samples * (budget + 1) + bisections).all()
    assert len(result.history) == budget + 1


@pytest.mark.parametrize("name", ["fgsm", "pgd", "pgd_eot", "apgd", "one_sided_fgsm"])
def test_queries_are_the_forward_passes_of_the_network(name: str) -> None:
    network = Counted()
    model = fp.classifier(network, input_shape=(3, 8, 8))
    counted = model.network
    assert isinstance(counted, Counted)
    x, y = draw(model)
    counted.seen[0] = 0
    result = run(name, model, x, y)
    # The record takes one pass for the pictures of 8 bits, and one where success is decided anew.
    of_record = counted.seen[0] - int(result.queries.sum())
    assert of_record in (len(x), 2 * len(x))


@every_attack
def test_every_attack_gives_the_same_record(name: str, model: Classifier) -> None:
    x, y = draw(model)
    given = x.clone()
    result = run(name, model, x, y)
    assert isinstance(result, AttackResult)
    assert torch.equal(x, given)
    assert result.x_adv.shape == result.x_adv_8_bit.shape == x.shape
    assert (result.x_adv.dtype, result.x_adv_8_bit.dtype) == (x.dtype, torch.uint8)
    for field in ("success", "success_8_bit", "l2", "linf", "steps", "queries"):
        assert getattr(result, field).shape == (len(x),)
    assert result.success.dtype == result.success_8_bit.dtype == torch.bool
    assert result.steps.dtype == result.queries.dtype == torch.long
    assert result.history.shape[1:] == (len(x),)
    assert result.x_adv.min() >= 0
    assert result.x_adv.max() <= 1
    perturbation = (result.x_adv - x).flatten(1)
    torch.testing.assert_close(result.l2, perturbation.norm(dim=1))
    torch.testing.assert_close(result.linf, perturbation.abs().amax(1))
    assert not any(getattr(result, field.name).requires_grad for field in fields(AttackResult))
    some = result.at(torch.tensor([5, 2]))
    assert torch.equal(some.x_adv, result.x_adv[[5, 2]])
    assert torch.equal(some.history.nan_to_num(0), result.history[:, [5, 2]].nan_to_num(0))


@every_attack
def test_equal_calls_give_equal_results(name: str, model: Classifier) -> None:
    x, y = draw(model)
    first = run(name, model, x, y)
    torch.rand(7)  # the global generator is not used
    assert torch.equal(run(name, model, x, y).x_adv, first.x_adv)


@every_attack
def test_grey_images_of_one_channel_are_attacked(name: str) -> None:
    model = fp.classifier(Own(channels=1), mean=0.5, std=0.3, input_shape=(1, 8, 8))
    x, y = draw(model, shape=(1, 8, 8))
    result = run(name, model, x, y)
    assert result.x_adv.shape == (8, 1, 8, 8)
    assert result.success.any()


@every_attack
def test_reused_or_in_place_relu_changes_nothing(name: str) -> None:
    in_place, plain = (
        fp.classifier(Own(inplace=inplace), input_shape=(3, 8, 8)) for inplace in (True, False)
    )
    x, y = draw(plain)
    assert torch.equal(run(name, in_place, x, y).x_adv, run(name, plain, x, y).x_adv)


@every_attack
def test_own_network_in_place_of_a_classifier_is_refused_with_the_way_to_make_one(
    name: str, model: Classifier
) -> None:
    x, y = draw(model)
    network: Any = Own()
    network.bounds, network.classes = (0.0, 1.0), 4
    with pytest.raises(fp.FoolproofError, match=r"found Own; fp\.classifier\(net, mean="):
        run(name, network, x, y)


@every_attack
@pytest.mark.parametrize("value", [-0.5, 2.0, torch.nan])
def test_invalid_pixels_are_refused(name: str, model: Classifier, value: float) -> None:
    x, y = draw(model)
    x[3, 1, 2, 2] = value
    with pytest.raises(ValueError, match=r"expected pixels in \[0, 1\], found|contain NaN"):
        run(name, model, x, y)


def test_own_network_is_evaluated_by_the_worst_case_of_all_attacks() -> None:
    """One call, no tuning: never above the accuracy that any single attack leaves."""
    model = fp.classifier(Own(), input_shape=(3, 8, 8))
    x, y = draw(model, 20)
    found = fp.robust_accuracy(model, x, y, eps=[0.01, 0.05], steps=10)
    assert found.clean_accuracy == 1
    for eps, accuracy, images in zip(found.eps, found.accuracy, found.x_adv, strict=True):
        single = fp.attacks.pgd(model, x, y, eps=eps, steps=10)
        assert accuracy <= 1 - single.success.double().mean().item()
        assert accuracy == model(images).argmax(1).eq(y).double().mean().item()
        assert (images - x).abs().max() <= eps + 1e-6
    assert found.accuracy[0] >= found.accuracy[1]
