"""Choice of the device, and its deterministic configuration."""

import ctypes
import logging
import os
import platform
import re

import torch
import torch.utils.deterministic

from foolproof.core.errors import FoolproofError

log = logging.getLogger(__name__)

# Of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


def prepare_device(threads: int) -> torch.device:
    """Make computations reproducible to the bit, and choose the device.

    Args:
        threads: of the CPU; sums are grouped by thread, so their last bits depend on the number.

    Raises:
        FoolproofError: when FOOLPROOF_DEVICE is not a device of this machine.
    """
    # cuBLAS is deterministic only with a fixed workspace, which it reads when it starts.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    # As `use_deterministic_algorithms`, which also imports torch's compiler and takes a second.
    torch.set_deterministic_debug_mode("error")
    # By default it also fills every new tensor, which takes a tenth of an attack's time and matters
    # only to code that reads uninitialized memory.
    torch.utils.deterministic.fill_uninitialized_memory = False
    # By default GPUs from Ampere on convolve float32 with the 10-bit mantissa of TF32.
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    keep_freed_memory()
    return choose_device(os.environ.get("FOOLPROOF_DEVICE"))


def keep_freed_memory() -> None:
    """Configure glibc, if it is the C library, to keep freed memory for the next tensor.

    By default it returns large blocks to the system at once, so that every activation needs new
    pages: up to a third of a training's CPU time (benchmarks/precision.py).
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_MAX, 0)
        library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def choose_device(wanted: str | None) -> torch.device:
    """Choose the device by the environment variable FOOLPROOF_DEVICE.

    Args:
        wanted: `cpu`, `cuda` or `cuda:N`; None for a GPU where there is one, else the CPU.

    Raises:
        FoolproofError: when it has another value, or this machine has no such GPU.
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
