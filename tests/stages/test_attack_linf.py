"""The stages from `attack_linf` to `robustness` on a tiny network and four pictures."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import yaml
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from foolproof.data.arrays import read_arrays
from foolproof.photos.photo import load_photos
from foolproof.pretrained.load import load_pretrained, network_pixels, predict
from stages import attack_eot, attack_linf, evaluate_linf, robustness
from tests.params.photo_attacks import ATTACK, EOT, ROBUSTNESS
from tests.stages.conftest import CLASSES, write_network, write_photos, write_record

NETWORK = "shufflenet_v2_x0_5"
NAMES = ("cat.jpg", "peppers.png", "odd.jpg", "missed.jpg")
LEVEL = 1 / 255


def logits_of(project: Path) -> Tensor:
    """Compute the logits of each photo."""
    pretrained = load_pretrained(project / f"data/{NETWORK}.npz", torch.device("cpu"))
    pictures = [photo.picture for photo in load_photos(project / "data/photos.npz")]
    return predict(pretrained, network_pixels(pretrained, pictures))


def predicted_by(project: Path) -> list[str]:
    """Name the predicted class of each photo."""
    return [CLASSES[index] for index in logits_of(project).argmax(1).tolist()]


@pytest.fixture
def project(photo_folder: Path) -> Path:
    """A working folder with a network, and photos of which the last is labelled wrongly."""
    from torchvision.models import get_model

    torch.manual_seed(0)
    body = get_model(NETWORK, num_classes=len(CLASSES))
    with torch.no_grad():  # batch statistics of a trained network
        for _ in range(3):
            body(5 * torch.rand(4, 3, 80, 80) - 2.5)
    write_network(photo_folder, NETWORK, body.requires_grad_(False))
    write_photos(photo_folder, dict.fromkeys(NAMES, "zebra"))
    logits = logits_of(photo_folder)
    scale = 1 / logits.std(0)  # different predicted classes, of moderate probability
    body.get_parameter("fc.weight").mul_(scale[:, None])
    body.get_parameter("fc.bias").sub_(logits.mean(0)).mul_(scale)
    write_network(photo_folder, NETWORK, body)
    labels = predicted_by(photo_folder)
    labels[-1] = CLASSES[CLASSES.index(labels[-1]) - 1]
    write_photos(photo_folder, dict(zip(NAMES, labels, strict=True)))
    write_params(photo_folder)
    return photo_folder


def write_params(project: Path, **changes: Any) -> None:
    params = {
        "compute": {"threads": 1},
        "pretrained": {"network": NETWORK},
        "attack_linf": {**ATTACK, **changes},
        "attack_eot": EOT,
        "robustness": ROBUSTNESS,
    }
    (project / "params.yaml").write_text(yaml.safe_dump(params))


def linf_metrics(project: Path) -> dict[str, Any]:
    """Run `attack_linf` and `evaluate_linf`, and read the metrics."""
    attack_linf.main()
    evaluate_linf.main()
    return read_metrics(project, "linf")


def robustness_metrics(project: Path) -> dict[str, Any]:
    """Run `attack_eot` and `robustness`, and read the metrics."""
    attack_eot.main()
    robustness.main()
    return read_metrics(project, "robustness")


def read_metrics(project: Path, name: str) -> dict[str, Any]:
    metrics: dict[str, Any] = json.loads((project / f"metrics/attacks/{name}.json").read_text())
    return metrics


def close(figures: Mapping[str, Figure], *_: Any, **__: Any) -> None:
    """Replace `save_figures`, which takes the longest, in tests without figures."""
    for figure in figures.values():
        plt.close(figure)


def farthest(images: NDArray[Any], originals: NDArray[Any]) -> float:
    """Find the largest change of a pixel, in units of 1/255, of valid images."""
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 1
    return float(np.abs(images.astype(float) - originals).max() / LEVEL)


def test_saved_arrays_satisfy_the_constraint_and_equal_the_metrics(project: Path) -> None:
    predicted = predicted_by(project)
    target = CLASSES[CLASSES.index(predicted[1]) - 1]
    requested = [
        {"photo": "peppers.png", "target": target},
        {"photo": "odd.jpg", "target": predicted[2]},
    ]
    write_params(project, examples=requested)
    metrics = linf_metrics(project)
    assert (metrics["candidate_photos"], metrics["attacked_photos"], metrics["pairs"]) == (4, 3, 4)
    assert (metrics["photos_by"], metrics["labelled_photos"]) == ("label", 4)
    assert metrics["input_shape"] == [3, 80, 80]
    saved = read_arrays(project / "data/attacks/linf.npz")
    assert 0 < farthest(saved["images"], saved["originals"]) <= 4 + 1e-4
    assert metrics["max_violation"] < 1e-7
    # The examples first, then every other photo with a random target.
    assert list(saved["names"]) == ["peppers.png", "odd.jpg", "cat.jpg"]
    assert CLASSES[saved["targets"][0]] == target
    assert (saved["targets"] != saved["labels"]).all()
    peppers, odd = metrics["examples"]
    assert metrics["first_example"] == {**peppers, "epsilon": 4}
    assert (peppers["replaced"], odd["replaced"]) == (False, True)
    assert peppers["requested"] == requested[0]
    pretrained = load_pretrained(project / f"data/{NETWORK}.npz", torch.device("cpu"))
    for name, expected in (("originals", "probability_before"), ("images", "confidence")):
        classes = torch.from_numpy(saved["labels" if name == "originals" else "targets"])
        probabilities = predict(pretrained, torch.from_numpy(saved[name])).softmax(1)
        found = probabilities.gather(1, classes[:, None])[:, 0].tolist()
        examples = [each[expected] for each in metrics["examples"]]
        assert examples == pytest.approx(found[:2], abs=1e-5)
    assert saved["epsilons"].tolist() == [1, 4, 60]
    rates = metrics["by_epsilon"]
    assert list(rates) == ["1", "4", "60"]
    assert metrics["success_rate"] == rates["4"]["success_rate"]
    assert metrics["success_rate"]["count"] == saved["pairs_success"][1].sum()
    assert rates["60"]["success_rate"]["count"] > 0
    for index, found in enumerate(rates.values()):
        lost = saved["pairs_success"][index] & ~saved["pairs_rounded_success"][index]
        assert found["rounding"]["only_first"] == lost.sum()
    confidences = [found["mean_confidence"]["mean"] for found in rates.values()]
    assert confidences == sorted(confidences)
    pictures = saved["photos"][saved["pairs_photos"]].astype(int)
    assert 0 < np.abs(saved["pairs_images"] - pictures).max() <= 4
    assert metrics["max_violation_8_bit"] == 0
    assert saved["pairs_steps"].max() <= 4
    assert (project / "plots/evaluate_linf_sweep.csv").read_text().count("\n") == 1 + 3 * 5
    assert {path.name for path in (project / "plots/evaluate_linf").glob("*.png")} == {
        "example.png",
        "examples.png",
        "sweep.png",
    }


def test_manipulated_photos_satisfy_the_constraint_and_the_stages_repeat_to_the_byte(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linf_metrics(project)
    metrics = robustness_metrics(project)
    saved = read_arrays(project / "data/attacks/eot.npz")
    given = read_arrays(project / "data/attacks/linf.npz")
    assert np.array_equal(saved["clean"], given["originals"])
    assert np.array_equal(saved["plain"], given["images"])
    for kind, epsilon in {"plain": 4, "plain_large": 8, "eot": 8}.items():
        assert 0 < farthest(saved[kind], saved["clean"]) <= epsilon + 1e-4
        assert metrics["epsilon"][kind] == epsilon
        assert metrics["gradients"][kind] == 4
        assert metrics["max_violation"][kind] < 1e-7
    for manipulation in ("none", "mirror", "crop", "rotation", "grey"):
        compared = metrics[manipulation].pop("eot_over_plain")["probability"]
        means = {kind: each["mean_probability"] for kind, each in metrics[manipulation].items()}
        assert set(means) == {"clean", "plain", "plain_large", "eot"}
        assert {each["n"] for each in [*means.values(), compared]} == {3}
        difference = means["eot"]["mean"] - means["plain_large"]["mean"]
        assert compared["mean"] == pytest.approx(difference)
    (photo,) = metrics["photos"]
    assert photo["photo"] == "peppers.png"
    assert metrics["none"]["clean"]["top1_rate"]["count"] == 3
    assert metrics["none"]["clean"]["destruction_rate"]["count"] == 0
    assert metrics["steps"] == {"plain": 4, "plain_large": 4, "eot": 2}
    by_strength = metrics["eot_over_plain_by_strength"]
    assert set(by_strength["rotation"]) == {"0", "30"}
    assert by_strength["rotation"]["30"]["probability"]["n"] == 3
    lines = (project / "plots/robustness_strength.csv").read_text().splitlines()
    assert len(lines) == 1 + 4 * 7
    figures = {path.stem for path in (project / "plots/robustness").glob("*.png")}
    kinds = ("clean", "plain", "plain_large", "eot")
    assert figures == {"strength", *(f"manipulations_{kind}" for kind in kinds)}
    patterns = ("data/attacks/*.npz", "metrics/attacks/*.json", "plots/*.csv")
    files = [path for pattern in patterns for path in project.glob(pattern)]
    assert len(files) == 2 + 2 + 2
    before = [path.read_bytes() for path in files]
    monkeypatch.setattr(evaluate_linf, "save_figures", close)
    monkeypatch.setattr(robustness, "save_figures", close)
    linf_metrics(project)
    robustness_metrics(project)
    assert [path.read_bytes() for path in files] == before


def test_without_photos_left_each_example_keeps_its_own_request(
    project: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate_linf, "save_figures", close)
    predicted = predicted_by(project)
    others = [CLASSES[CLASSES.index(name) - 1] for name in predicted]
    names = ("owl.jpg", *NAMES[:3])
    requested = [
        {"photo": name, "target": target}
        for name, target in zip(names, ("cat", *others[:3]), strict=True)
    ]
    write_params(project, examples=requested, epsilons=[4], pairs=1, steps=1)
    with caplog.at_level(logging.WARNING):
        metrics = linf_metrics(project)
    assert [example["photo"] for example in metrics["examples"]] == list(NAMES[:3])
    assert [example["requested"] for example in metrics["examples"]] == requested[1:]
    assert not any(example["replaced"] for example in metrics["examples"])
    assert "photos for 3 of 4 examples" in caplog.messages


@pytest.mark.parametrize(
    ("photo", "target", "reason"),
    [
        ("pepper.png", "rocket", "no photo is named pepper.png, the nearest: peppers.png, "),
        ("missed.jpg", "rocket", "missed.jpg is not classified correctly"),
        ("cat.jpg", "rockett", "no class is named rockett, the nearest: rocket, "),
    ],
)
@pytest.mark.parametrize("stand_in", [True, False])
def test_unknown_name_is_replaced_for_every_source(
    project: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    photo: str,
    target: str,
    reason: str,
    stand_in: bool,
) -> None:
    monkeypatch.setattr(evaluate_linf, "save_figures", close)
    write_params(project, examples=[{"photo": photo, "target": target}], steps=1)
    for asset in ("photos", NETWORK):
        write_record(project, asset, stand_in=stand_in)
    with caplog.at_level(logging.WARNING):
        metrics = linf_metrics(project)
    (example,) = metrics["examples"]
    assert example["replaced"] is True
    assert example["requested"] == {"photo": photo, "target": target}
    assert example["photo"] in NAMES[:3]
    (message,) = caplog.messages
    assert message.startswith(
        f"{example['photo']} -> {example['target']} in place of {photo} -> {target}: "
    )
    assert reason in message


@pytest.mark.parametrize(("label", "labelled"), [("zebra", 0), ("", 0), (None, 4)])
def test_without_correct_photo_all_start_from_their_predicted_class(
    project: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    label: str | None,
    labelled: int,
) -> None:
    monkeypatch.setattr(evaluate_linf, "save_figures", close)
    monkeypatch.setattr(robustness, "save_figures", close)
    predicted = predicted_by(project)
    wrong = [CLASSES[CLASSES.index(name) - 1] for name in predicted]
    labels = wrong if label is None else [label] * len(NAMES)
    write_photos(project, dict(zip(NAMES, labels, strict=True)))
    requested = [{"photo": "peppers.png", "target": wrong[1]}]
    write_params(project, examples=requested, steps=1)
    with caplog.at_level(logging.WARNING):
        metrics = linf_metrics(project)
    assert caplog.messages == [
        f"{NETWORK} classifies none of 4 photos correctly, of which {labelled} have a label among "
        "its classes; all are attacked, each starting from its predicted class"
    ]
    assert (metrics["photos_by"], metrics["attacked_photos"]) == ("prediction", 4)
    assert metrics["labelled_photos"] == labelled
    (example,) = metrics["examples"]
    assert (example["label"], example["replaced"]) == (predicted[1], False)
    assert example["probability_before"] > 1 / len(CLASSES)
    manipulated = robustness_metrics(project)
    assert manipulated["photos_by"] == "prediction"
    assert manipulated["none"]["clean"]["top1_rate"]["value"] == 1
    strengths = (project / "plots/robustness_strength.csv").read_text()
    assert "original (its predicted class)" in strengths
    assert "true class" not in strengths


def test_stages_run_with_one_photo(project: Path) -> None:
    write_photos(project, {"alone.jpg": ""})
    metrics = linf_metrics(project)
    assert [example["photo"] for example in metrics["examples"]] == ["alone.jpg"]
    assert metrics["pairs"] == len(CLASSES) - 1
    compared = robustness_metrics(project)["rotation"]["eot_over_plain"]["probability"]
    assert (compared["n"], compared["ci95"]) == (1, None)
