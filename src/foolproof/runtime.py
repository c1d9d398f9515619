"""The machine a stage runs on: device, threads, determinism."""

import os

import torch
import torch.utils.deterministic


def prepare_device(threads: int) -> torch.device:
    """Make what follows repeatable to the bit, and choose the device.

    The device is a GPU where there is one, and the CPU otherwise; the environment variable
    FOOLPROOF_DEVICE (`cpu`, `cuda`, `cuda:1`, ...) overrides that.

    Args:
        threads: of the CPU; sums are grouped by thread, so the count decides their last bits.
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
    default = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(os.environ.get("FOOLPROOF_DEVICE", default))


def seeded(seed: int) -> torch.Generator:
    """Make a random generator of the CPU, whose draws are the same for every device."""
    return torch.Generator().manual_seed(seed)
