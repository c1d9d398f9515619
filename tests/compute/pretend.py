"""Hardware that PyTorch is made to report."""

from contextlib import nullcontext

import pytest
import torch

from foolproof.compute.machine import INSTRUCTION_SETS


def pretend_cpu(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Make PyTorch report a CPU with these instruction sets."""
    capabilities = {key: name in names for name, key in INSTRUCTION_SETS.items()}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)


def pretend_gpus(monkeypatch: pytest.MonkeyPatch, count: int, *, bfloat16: bool = True) -> None:
    """Make PyTorch report this number of GPUs."""

    def supports(including_emulation: bool = True) -> bool:
        return including_emulation or bfloat16

    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supports)
    monkeypatch.setattr(
        torch.cuda, "get_device_capability", lambda _: (8, 0) if bfloat16 else (7, 5)
    )
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "A GPU")
