"""Choice and configuration of the device."""

import mmap
import platform
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch

from foolproof.compute.device import choose_device, prepare_device
from foolproof.core.errors import FoolproofError
from tests.compute.pretend import pretend_gpus


@pytest.mark.parametrize(
    ("wanted", "gpus", "expected"),
    [
        (None, 0, "cpu"),
        (None, 2, "cuda"),
        ("cpu", 2, "cpu"),
        ("cuda", 1, "cuda"),
        ("cuda:1", 2, "cuda:1"),
    ],
)
def test_choose_device_returns_the_named_device(
    monkeypatch: pytest.MonkeyPatch, wanted: str | None, gpus: int, expected: str
) -> None:
    pretend_gpus(monkeypatch, gpus)
    assert choose_device(wanted) == torch.device(expected)


@pytest.mark.parametrize("wanted", ["gpu", "", "0", "cuda", "cuda:7", "cuda:01", "CPU", "cpu:0"])
def test_unknown_device_is_refused_with_the_accepted_ones(
    monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    pretend_gpus(monkeypatch, 0)
    with pytest.raises(FoolproofError) as error:
        choose_device(wanted)
    assert str(error.value) == (
        "FOOLPROOF_DEVICE: accepted are cpu, cuda and cuda:N; this machine has a CPU and "
        f"no CUDA GPU, found {wanted!r}"
    )


@pytest.mark.parametrize(("gpus", "here"), [(1, "cuda:0,"), (3, "cuda:0 to cuda:2,")])
def test_gpu_beyond_the_count_is_refused_with_the_count(
    monkeypatch: pytest.MonkeyPatch, gpus: int, here: str
) -> None:
    pretend_gpus(monkeypatch, gpus)
    with pytest.raises(FoolproofError, match=f"has a CPU and {here} found 'cuda:7'"):
        choose_device("cuda:7")


def test_mps_is_refused_with_a_reason() -> None:
    with pytest.raises(FoolproofError, match=r"mps is not supported, since .* neither float64"):
        choose_device("mps")


def test_prepare_device_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads = torch.get_num_threads()
    try:
        monkeypatch.setenv("FOOLPROOF_DEVICE", "cpu")
        assert prepare_device(1) == torch.device("cpu")
        monkeypatch.setenv("FOOLPROOF_DEVICE", "")
        with pytest.raises(FoolproofError, match="found ''"):
            prepare_device(1)
    finally:
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode("default")


@pytest.fixture
def tensor_floats(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Enable TF32, and restore the settings of the process afterwards."""
    monkeypatch.setenv("FOOLPROOF_DEVICE", "cpu")
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    matmul.allow_tf32 = cudnn.allow_tf32 = True
    yield
    matmul.allow_tf32, cudnn.allow_tf32 = before
    torch.set_deterministic_debug_mode("default")


@pytest.mark.usefixtures("tensor_floats")
def test_prepare_device_turns_tf32_off() -> None:
    prepare_device(torch.get_num_threads())
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    convolutions = torch.backends.cudnn.conv  # type: ignore[attr-defined]  # of a class
    assert convolutions.fp32_precision != "tf32"


def counts_page_faults() -> bool:
    """Whether touching fresh memory raises the count (sandboxed kernels keep 0)."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    with mmap.mmap(-1, 64 * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE) as memory:
        memory.write(b"x" * len(memory))
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt > before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_memory_is_reused_without_page_faults() -> None:
    """The system counts page faults; without the setting there are thousands."""
    code = """if True:
        import resource, sys, torch
        from foolproof.compute.device import keep_freed_memory
        if sys.argv[1:]:
            keep_freed_memory()
        def faults() -> int:
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for step in range(20):
            if step == 10:
                before = faults()
            torch.ones(2**24).relu().exp()  # more than the 32 MiB that glibc may keep
        print(faults() - before)
    """
    if not counts_page_faults():
        pytest.skip("this kernel counts no page faults")
    counts = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, *arguments],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for arguments in ([], ["keep"])
    ]
    assert counts[1] < 100 < counts[0]
