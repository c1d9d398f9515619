"""The comparison of the deep network's ingredients: its recipes, optimizers and file."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from benchmarks import deep_recipe
from foolproof.compute.seeds import new_generator
from foolproof.core.files import read_csv
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import Split
from foolproof.networks.cifar10 import deep_cnn
from foolproof.training.loop import train
from tests.repository import ROOT
from tests.small_training import CONFIG

CHANGES = yaml.safe_load((ROOT / "benchmarks/recipes/ingredients.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ten training images of each of two classes alone."""
    monkeypatch.chdir(tmp_path)
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (20, 32, 32, 3), generator=random, dtype=torch.uint8)
    labels = torch.arange(20) % 2
    write_arrays(Path("data/cifar10.npz"), train_images=images.numpy(), train_labels=labels.numpy())
    Path("params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.setattr(deep_recipe, "prepare_device", lambda _: torch.device("cpu"))
    return tmp_path


def test_each_line_of_the_grid_is_a_recipe_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    recipes = deep_recipe.recipes_by_name(CHANGES)
    assert len(set(recipes.values())) == len(CHANGES) + 1


def test_finished_trainings_are_kept_and_not_run_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--seeds", "1", "--threads", "1", "--epochs", "1", "--folder", "."]
    chosen = ["--settings", "mirror none", "activation relu", "jpeg_quality 15"]
    deep_recipe.main([*arguments, *chosen])
    assert "4 of 4 trainings to run" in capsys.readouterr().out
    rows = read_csv(folder / "deep.csv")
    assert [row["activation"] for row in rows] == ["gelu", "gelu", "relu", "gelu"]
    assert [row["jpeg_quality"] for row in rows] == ["100", "100", "100", "15"]
    assert all(0 <= float(row["six_views"]) <= 1 for row in rows)
    deep_recipe.main([*arguments, *chosen])
    printed = capsys.readouterr().out
    assert "0 of 4 trainings to run" in printed
    assert "one view" in printed
    assert "six views" in printed


def test_an_unknown_setting_says_which_are_known(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        deep_recipe.main(["--settings", "gelu"])
    assert "unknown: gelu; known: default; mirror random" in capsys.readouterr().err
    assert folder.exists()


def test_an_encoding_of_low_quality_changes_the_images() -> None:
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, 3, 32, 32), generator=random, dtype=torch.uint8)
    labels = torch.zeros(2)
    low, high = (
        (deep_recipe.encode_again(Split(images, labels), quality).images.float() - images).abs()
        for quality in (10, 95)
    )
    assert low.mean() > high.mean() > 0


@pytest.mark.parametrize("filters", ["sgd", "torch_muon"])
def test_another_optimizer_trains_the_filters(folder: Path, filters: str) -> None:
    del folder
    recipe = replace(deep_recipe.default_recipe(), filters=filters, learning_rate=0.1)  # type: ignore[arg-type]
    torch.manual_seed(0)
    network = deep_cnn().to(memory_format=torch.channels_last)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    split = Split(torch.randint(0, 256, (8, 3, 32, 32), dtype=torch.uint8), torch.arange(8) % 2)
    config = replace(deep_recipe.config_of(recipe), epochs=1, precision=CONFIG.precision)
    with deep_recipe.optimizer_of_filters(recipe):
        train(network, split, split, config, new_generator(0), keep_best=False)
    after = network.state_dict()
    assert not torch.equal(before["conv3.weight"], after["conv3.weight"])
    assert torch.equal(before["conv1.weight"], after["conv1.weight"])
