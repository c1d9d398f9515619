"""The machine: instruction set, precision of a training, and a record of both."""

import logging
import os
import platform
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import torch

log = logging.getLogger(__name__)

Precision = Literal["float32", "bfloat16"]

# From the widest to the narrowest, with their keys in torch.cpu.get_capabilities().
INSTRUCTION_SETS = {
    "AMX": "amx_bf16",
    "AVX-512 BF16": "avx512_bf16",
    "AVX-512": "avx512_f",
    "AVX2": "avx2",
    "AVX": "avx",
    "SSE4.1": "sse4_1",
}

# Those with bfloat16 multiplication. Without them oneDNN converts to float32 and back, or PyTorch
# multiplies naively; with AVX2-VNNI-2 alone the backward pass raises.
NATIVE_BFLOAT16 = ("AMX", "AVX-512 BF16")

# Limits of oneDNN by the value of ONEDNN_MAX_CPU_ISA; other values do not limit it.
LIMITS = {
    "SSE41": "SSE4.1",
    "AVX": "AVX",
    "AVX2": "AVX2",
    "AVX2_VNNI": "AVX2",
    "AVX2_VNNI_2": "AVX2",
    "AVX512_CORE": "AVX-512",
    "AVX512_CORE_VNNI": "AVX-512",
    "AVX512_CORE_BF16": "AVX-512 BF16",
    "AVX512_CORE_FP16": "AVX-512 BF16",
    "AVX10_1_512": "AVX-512 BF16",
}


@dataclass(frozen=True)
class Machine:
    """The machine and the versions that computed a result."""

    device: str
    model: str
    """Name of the CPU or GPU, as it reports it."""

    instruction_set: str
    """The widest that oneDNN may use on a CPU, or the compute capability of a GPU."""

    threads: int
    """Of the CPU."""

    precision: Precision
    """Of the forward and backward passes of a training."""

    python: str
    torch: str
    torchvision: str
    numpy: str

    def __str__(self) -> str:
        return (
            f"{self.precision} on {self.device}: {self.model}, {self.instruction_set}, "
            f"{self.threads} CPU threads; Python {self.python}, torch {self.torch}, "
            f"torchvision {self.torchvision}, NumPy {self.numpy}"
        )


@cache
def training_precision(
    wanted: Literal["auto", "float32", "bfloat16"], device: torch.device
) -> Precision:
    """Choose the precision of a training; `auto` is bfloat16 where the hardware multiplies it.

    Log a warning, once, where bfloat16 is requested but emulated.
    """
    native = _has_native_bfloat16(device)
    if wanted == "auto":
        return "bfloat16" if native else "float32"
    if wanted == "bfloat16" and not native:
        log.warning(
            "precision: bfloat16 is emulated on this machine (%s), which took 5 to 23 times as "
            "long as float32 on a CPU with AVX2; `precision: auto` takes what is fast",
            instruction_set(device),
        )
    return wanted


def _has_native_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        with torch.cuda.device(device):
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return torch.backends.mkldnn.is_available() and instruction_set(device) in NATIVE_BFLOAT16


def instruction_set(device: torch.device) -> str:
    """Name the widest instruction set of a CPU that oneDNN may use, or a GPU's capability.

    oneDNN reads ONEDNN_MAX_CPU_ISA, or else DNNL_MAX_CPU_ISA, in any case of letters.
    """
    if device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        return f"compute capability {major}.{minor}"
    value = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA") or ""
    widest = list(INSTRUCTION_SETS).index(LIMITS.get(value.upper(), "AMX"))
    allowed = list(INSTRUCTION_SETS.items())[widest:]
    capabilities = torch.cpu.get_capabilities()
    present = [name for name, key in allowed if capabilities.get(key)]
    return present[0] if present else platform.machine()


def describe_machine(device: torch.device, precision: Precision) -> Machine:
    """Describe the machine and the versions of packages."""
    return Machine(
        device=str(device),
        model=torch.cuda.get_device_name(device) if device.type == "cuda" else cpu_model(),
        instruction_set=instruction_set(device),
        threads=torch.get_num_threads(),
        precision=precision,
        python=platform.python_version(),
        torch=version("torch"),
        torchvision=version("torchvision"),
        numpy=version("numpy"),
    )


def cpu_model(path: Path = Path("/proc/cpuinfo")) -> str:
    """Read the CPU model from /proc/cpuinfo, or else from `platform`."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    named = re.search(r"^model name[ \t]*:[ \t]*(\S.*)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()
