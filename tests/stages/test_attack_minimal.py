"""What `attack_minimal` measures of its changes, on a network that can be computed by hand."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from foolproof.models.pretrained import Pretrained
from stages.attack_minimal import measure, summarize


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
