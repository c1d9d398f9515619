"""The machine a stage runs on: device, threads, determinism, precision, and a record of them."""

import ctypes
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
import torch.utils.deterministic

from foolproof.errors import FoolproofError

log = logging.getLogger(__name__)

# Of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4

Precision = Literal["float32", "bfloat16"]

# From the widest on, with the names that torch.cpu.get_capabilities() has for them.
INSTRUCTION_SETS = {
    "AMX": "amx_bf16",
    "AVX-512 BF16": "avx512_bf16",
    "AVX-512": "avx512_f",
    "AVX2": "avx2",
    "AVX": "avx",
    "SSE4.1": "sse4_1",
}

# Those that multiply bfloat16. Without them oneDNN converts it to float32 and back, or PyTorch
# multiplies naively; with AVX2-VNNI-2 alone the backward pass raises.
NATIVE_BFLOAT16 = ("AMX", "AVX-512 BF16")

# What oneDNN is limited to by the values of ONEDNN_MAX_CPU_ISA; the others leave AMX alone.
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
    """What computed a result."""

    device: str
    model: str
    """Of the CPU or GPU, as it calls itself."""

    instruction_set: str
    """The widest that oneDNN may use on the CPU, or the compute capability of the GPU."""

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


def prepare_device(threads: int) -> torch.device:
    """Make what follows repeatable to the bit, and choose the device.

    Args:
        threads: of the CPU; sums are grouped by thread, so the count decides their last bits.

    Raises:
        FoolproofError: when FOOLPROOF_DEVICE names no device of this machine.
    """
    # cuBLAS is repeatable only with a fixed workspace, which it reads when it starts.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    # The same as `use_deterministic_algorithms`, but for the second that it takes to import
    # torch's compiler, which nothing here uses.
    torch.set_deterministic_debug_mode("error")
    # It would also fill every new tensor before it is written, at a tenth of an attack's time;
    # that helps only code that reads memory it has not written.
    torch.utils.deterministic.fill_uninitialized_memory = False
    # From Ampere on a GPU would convolve float32 with the 10 bits of TF32's mantissa.
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    keep_freed_memory()
    return choose_device(os.environ.get("FOOLPROOF_DEVICE"))


def keep_freed_memory() -> None:
    """Have glibc, where it is the C library, keep freed memory for the next tensor.

    By default it gives large pieces back to the system at once. Every activation of every step
    then comes as new pages, and to make these costs up to a third of a training's CPU time
    (benchmarks/precision.py). What a process has freed is returned when it ends.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_MAX, 0)
        library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def choose_device(wanted: str | None) -> torch.device:
    """Find the device that the environment variable FOOLPROOF_DEVICE asks for.

    Args:
        wanted: `cpu`, `cuda` or `cuda:N`; None for a GPU where there is one, else the CPU.

    Raises:
        FoolproofError: when it is none of these, or this machine has no such GPU.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted is None:
        return torch.device("cuda" if gpus else "cpu")
    here = f"cuda:0 to cuda:{gpus - 1}" if gpus > 1 else "cuda:0" if gpus else "no CUDA GPU"
    accepted = f"accepted are cpu, cuda and cuda:N; this machine has a CPU and {here}"
    if wanted == "mps":
        raise FoolproofError(
            "FOOLPROOF_DEVICE: mps is not supported, since PyTorch has neither float64 nor all "
            f"deterministic algorithms on Apple's GPUs; {accepted}"
        )
    named = re.fullmatch(r"cpu|cuda(?::(0|[1-9]\d*))?", wanted)
    if named is None or (wanted != "cpu" and int(named[1] or 0) >= gpus):
        raise FoolproofError(f"FOOLPROOF_DEVICE: {accepted}, found {wanted!r}")
    return torch.device(wanted)


@cache
def training_precision(
    wanted: Literal["auto", "float32", "bfloat16"], device: torch.device
) -> Precision:
    """Decide in what precision a training computes; `auto` is bfloat16 where it is native.

    Where bfloat16 is asked for and is not native, a warning says what it costs, once.
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
    """Record what computes on `device`."""
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
    """Read the CPU's name for itself where Linux has it, else what the platform says."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    named = re.search(r"^model name[ \t]*:[ \t]*(\S.*)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()


def seeded(seed: int) -> torch.Generator:
    """Make a random generator of the CPU, whose draws are the same for every device."""
    return torch.Generator().manual_seed(seed)
