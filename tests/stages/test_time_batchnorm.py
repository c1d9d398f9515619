"""The stage `time_batchnorm`: a warm-up, then pairs in alternating order."""

from pathlib import Path

import pytest
import yaml

from foolproof.core.files import read_json
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import Split
from stages import time_batchnorm
from tests.small_training import bars
from tools.deps import ROOT


@pytest.mark.usefixtures("photo_folder")
def test_pairs_alternate_after_a_warmup_and_the_ratio_is_a_geometric_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images, labels = (part.numpy() for part in bars(60))
    arrays = {f"{split}_images": images[:, 0] for split in ("train", "test")}
    write_arrays(Path("data/mnist.npz"), **arrays, train_labels=labels, test_labels=labels)
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params |= {"compute": {"threads": 1}, "time_batchnorm": {"pairs": 3}}
    params["train"]["mnist"] |= {"batch_size": 2}
    Path("params.yaml").write_text(yaml.safe_dump(params))
    calls: list[tuple[str, int]] = []
    seconds = iter([100.0, 100.0, 1.0, 2.0, 8.0, 1.0, 1.0, 4.0])

    def time_epoch(network: str, training: Split, *_: object, **__: object) -> float:
        calls.append((network, len(training.labels)))
        return next(seconds)

    monkeypatch.setattr(time_batchnorm, "time_epoch", time_epoch)
    time_batchnorm.main()
    warmup = time_batchnorm.WARMUP_BATCHES * 2
    assert calls[:2] == [("nobn", warmup), ("bn", warmup)]
    assert [name for name, _ in calls[2:]] == ["nobn", "bn", "bn", "nobn", "nobn", "bn"]
    assert {count for _, count in calls[2:]} == {54}
    found = read_json(Path("metrics/timing/batchnorm_mnist.json"))
    assert found["seconds_per_epoch"] == {"nobn": [1, 1, 1], "bn": [2, 8, 4]}
    assert found["ratio"]["value"] == pytest.approx(4)
    assert found["ratio"]["n"] == 3
