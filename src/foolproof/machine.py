"""What a training runs on here: device, precision, and the words for both."""

import platform
from pathlib import Path

import torch

from foolproof.runtime import prepare_device

_CPU_INFO = Path("/proc/cpuinfo")


def training_device(threads: int, precision: str) -> tuple[torch.device, torch.dtype]:
    """Find the device of a training, and the precision of its forward and backward passes.

    Args:
        threads: of the CPU.
        precision: as params.yaml asks for it.
    """
    return prepare_device(threads), getattr(torch, precision)


def describe_device(device: torch.device) -> dict[str, str]:
    """Name the processor and, for a CPU, the widest instruction set that PyTorch uses of it."""
    if device.type == "cuda":
        return {"device": str(device), "processor": torch.cuda.get_device_name(device)}
    return {
        "device": str(device),
        "processor": _cpu_model(),
        "instruction_set": _instruction_set(),
    }


def _cpu_model() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _instruction_set() -> str:
    bfloat16 = " BF16" if torch.cpu._is_avx512_bf16_supported() else ""
    return f"{torch.backends.cpu.get_cpu_capability()}{bfloat16}"
