"""What `attack_minimal` attacks, and what it measures of its changes."""

import json
import logging
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from torch import Tensor, nn

from foolproof.pretrained.load import Pretrained
from stages import attack_minimal
from stages.attack_minimal import measure, possible_ranks, summarize
from tests.stages.conftest import write_photos


class Brightness(nn.Module):
    """The mean brightness as the second of two logits."""

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, 2)."""
        value = 10 * (pixels.mean((1, 2, 3)) - 0.5)
        return torch.stack([torch.zeros_like(value), value], 1)


def test_norms_and_probabilities_are_of_the_saved_arrays() -> None:
    network = nn.Sequential(OrderedDict(body=Brightness()))
    pretrained = Pretrained("brightness", network, ("dark", "bright"), resize=4, crop=4)
    originals = np.full((1, 3, 4, 4), 0.4, np.float32)
    saved = {
        "names": np.array(["cat.jpg"]),
        "labels": np.array([0]),
        "originals": originals,
        "rows": np.array([0]),
        "ranks": np.array([2]),
        "targets": np.array([1]),
        "few_steps": originals + np.float32(0.2),
        "search": originals,
    }
    plain, search = measure(pretrained, saved, torch.device("cpu"))
    assert (plain["photo"], plain["target"], plain["rank"]) == ("cat.jpg", "bright", 2)
    assert (plain["success"], search["success"]) == (True, False)
    assert plain["l2"] == pytest.approx(0.2 * np.sqrt(48), rel=1e-5)
    assert plain["linf"] == pytest.approx(0.2, rel=1e-5)
    assert plain["psnr"] == pytest.approx(-20 * np.log10(0.2), rel=1e-5)
    assert plain["target_before"] == pytest.approx(1 / (1 + np.e), rel=1e-4)
    assert plain["target_after"] == pytest.approx(1 / (1 + np.exp(-1)), rel=1e-4)
    assert (search["l2"], search["psnr"]) == (0, None)

    found = summarize([plain, search])
    assert (found["pairs"], found["success_rate"]) == (2, 0.5)
    assert found["median_l2"] == plain["l2"]
    assert summarize([search])["median_l2"] is None


@pytest.mark.parametrize(
    ("ranks", "possible"), [([2, 10, 4], [2, 4]), ([10, 100], [4]), ([2, 3], [2, 3])]
)
def test_ranks_beyond_the_classes_are_left_out(
    caplog: pytest.LogCaptureFixture, ranks: list[int], possible: list[int]
) -> None:
    with caplog.at_level(logging.WARNING):
        assert possible_ranks(ranks, 4) == possible
    left_out = [str(rank) for rank in ranks if rank > 4]
    expected = [
        f"4 classes have no rank {', '.join(left_out)}: the targets are of rank "
        f"{', '.join(map(str, possible))}"
    ]
    assert caplog.messages == (expected if left_out else [])


@pytest.mark.parametrize("labels", [{"a.jpg": "zebra", "b.jpg": ""}, {"alone.jpg": ""}])
def test_photos_without_known_labels_are_attacked_from_their_prediction(
    photo_project: Path, caplog: pytest.LogCaptureFixture, labels: dict[str, str]
) -> None:
    write_photos(photo_project, labels)
    params = {
        "compute": {"threads": 1},
        "pretrained": {"network": "squeezenet1_1"},
        "attack_minimal": {
            "ranks": [2, 1000],
            "few_steps": {"step_size": 0.5, "steps": 2},
            "search_steps": 3,
            "shown": 2,
        },
    }
    (photo_project / "params.yaml").write_text(yaml.safe_dump(params))
    with caplog.at_level(logging.WARNING):
        attack_minimal.main()
    assert len(caplog.messages) == 2
    assert "classifies none of" in caplog.messages[0]
    assert caplog.messages[1] == "4 classes have no rank 1000: the targets are of rank 2"
    path = photo_project / "metrics/attacks/minimal.json"
    metrics: dict[str, Any] = json.loads(path.read_text())
    assert (metrics["photos_by"], metrics["labelled_photos"]) == ("prediction", 0)
    assert metrics["photos"] == metrics["pairs"] == len(labels)
    assert (metrics["classes"], metrics["ranks_left_out"]) == (4, [1000])
    assert list(metrics["by_rank"]) == ["2"]
