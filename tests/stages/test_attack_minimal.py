"""The stages `attack_minimal` and `evaluate_minimal` on a tiny network."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from foolproof.data.arrays import read_arrays
from foolproof.pretrained.load import load_pretrained, predict
from stages import attack_minimal, evaluate_minimal
from tests.stages.conftest import write_photos


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
            "normalized_steps": {"step_size": 0.5, "steps": 2, "confidence": 0.5},
            "ddn_steps": 3,
            "shown": 2,
        },
    }
    (photo_project / "params.yaml").write_text(yaml.safe_dump(params))
    with caplog.at_level(logging.WARNING):
        attack_minimal.main()
        evaluate_minimal.main()
    assert len(caplog.messages) == 2
    assert "classifies none of" in caplog.messages[0]
    assert caplog.messages[1] == "4 classes have no rank 1000: the targets are of rank 2"
    path = photo_project / "metrics/attacks/minimal.json"
    metrics: dict[str, Any] = json.loads(path.read_text())
    assert (metrics["photos_by"], metrics["labelled_photos"]) == ("prediction", 0)
    assert metrics["attacked_photos"] == metrics["pairs"] == len(labels)
    assert (metrics["classes"], metrics["ranks_left_out"]) == (4, [1000])
    assert list(metrics["by_rank"]) == ["2"]
    saved = read_arrays(photo_project / "data/attacks/minimal.npz")
    pretrained = load_pretrained(photo_project / "data/squeezenet1_1.npz", torch.device("cpu"))
    for method in ("normalized_steps", "ddn", "confident_steps"):
        assert saved[method].dtype == np.uint8
        logits = predict(pretrained, torch.from_numpy(saved[method]) / 255)
        success = logits.argmax(1).numpy() == saved["targets"]
        if method == "confident_steps":
            of_target = logits.softmax(1).numpy()[np.arange(len(success)), saved["targets"]]
            success &= of_target >= 0.5
        rate = metrics["methods"][method]["success_rate"]
        assert (rate["count"], rate["n"]) == (success.sum(), len(labels))
        changes = (saved[method].astype(float) - saved["originals"][saved["photos"]]) / 255
        norms = np.sqrt(np.square(changes).sum((1, 2, 3)))[success]
        median = metrics["methods"][method]["median_l2"]
        assert (median and median["value"]) == (
            pytest.approx(np.median(norms)) if len(norms) else None
        )
