"""The machine a stage runs on: which device, which precision, and what is said of it."""

import logging
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import pytest
import torch

from foolproof.compute.device import choose_device, prepare_device
from foolproof.compute.machine import (
    INSTRUCTION_SETS,
    cpu_model,
    describe_machine,
    instruction_set,
    training_precision,
)
from foolproof.core.errors import FoolproofError

CPU, GPU = torch.device("cpu"), torch.device("cuda:0")


@pytest.fixture(autouse=True)
def _undecided(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what was decided for another test, and what limits oneDNN here."""
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    monkeypatch.delenv("DNNL_MAX_CPU_ISA", raising=False)
    training_precision.cache_clear()
    yield
    training_precision.cache_clear()


def pretend_cpu(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Have PyTorch see a CPU with these instruction sets."""
    capabilities = {key: name in names for name, key in INSTRUCTION_SETS.items()}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)


def pretend_gpus(monkeypatch: pytest.MonkeyPatch, count: int, *, bfloat16: bool = True) -> None:
    """Have PyTorch see so many GPUs."""

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


AVX2 = ("AVX2", "AVX", "SSE4.1")
AVX512 = ("AVX-512", *AVX2)
BF16 = ("AVX-512 BF16", *AVX512)
AMX = ("AMX", *BF16)


@pytest.mark.parametrize(
    ("present", "limits", "expected", "precision"),
    [
        (AVX2, {}, "AVX2", "float32"),
        (AVX512, {}, "AVX-512", "float32"),
        (BF16, {}, "AVX-512 BF16", "bfloat16"),
        (AMX, {}, "AMX", "bfloat16"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}, "AVX-512 BF16", "bfloat16"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}, "AVX-512", "float32"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "avx2_vnni_2"}, "AVX2", "float32"),
        (AMX, {"DNNL_MAX_CPU_ISA": "AVX2"}, "AVX2", "float32"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "", "DNNL_MAX_CPU_ISA": "AVX2"}, "AVX2", "float32"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "ALL", "DNNL_MAX_CPU_ISA": "AVX2"}, "AMX", "bfloat16"),
        (AMX, {"ONEDNN_MAX_CPU_ISA": "SSE41"}, "SSE4.1", "float32"),
        (AVX2, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_AMX"}, "AVX2", "float32"),
        ((), {}, platform.machine(), "float32"),
    ],
)
def test_auto_is_bfloat16_where_the_cpu_multiplies_it_and_onednn_may(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    present: tuple[str, ...],
    limits: Mapping[str, str],
    expected: str,
    precision: str,
) -> None:
    pretend_cpu(monkeypatch, *present)
    for name, value in limits.items():
        monkeypatch.setenv(name, value)
    assert instruction_set(CPU) == expected
    assert training_precision("auto", CPU) == precision
    assert training_precision("float32", CPU) == "float32"
    assert caplog.messages == []


def test_without_onednn_auto_is_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_cpu(monkeypatch, *AMX)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert training_precision("auto", CPU) == "float32"


@pytest.mark.parametrize("native", [True, False])
def test_auto_on_a_gpu_leaves_emulation_alone(
    monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    pretend_gpus(monkeypatch, 1, bfloat16=native)
    assert training_precision("auto", GPU) == ("bfloat16" if native else "float32")


def test_forced_bfloat16_without_hardware_warns_once_of_its_cost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pretend_cpu(monkeypatch, *AVX2)
    assert [training_precision("bfloat16", CPU) for _ in range(3)] == ["bfloat16"] * 3
    [message] = caplog.messages
    assert "emulated on this machine (AVX2)" in message
    assert "5 to 23 times as long as float32" in message
    assert caplog.records[0].levelno == logging.WARNING


def test_forced_bfloat16_on_hardware_for_it_says_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pretend_cpu(monkeypatch, *BF16)
    assert training_precision("bfloat16", CPU) == "bfloat16"
    assert caplog.messages == []


@pytest.mark.parametrize("limit", ["DEFAULT", "AVX512_CORE_BF16", "AVX512_CORE", "AVX2"])
def test_the_decision_agrees_with_the_operating_system_and_with_onednn(limit: str) -> None:
    """The kernel says whether the CPU has it, oneDNN whether it computes it at all."""
    code = (
        "import torch; from foolproof.compute.device import *; cpu = torch.device('cpu');"
        "print(training_precision('auto', cpu) == 'bfloat16',"
        "torch.ops.mkldnn._is_mkldnn_bf16_supported())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": limit},
        capture_output=True,
        text=True,
        check=True,
    )
    native, computed = (word == "True" for word in ran.stdout.split())
    flags = Path("/proc/cpuinfo")
    if not flags.is_file():
        pytest.skip("this system does not list the flags of its CPU")
    words = set(flags.read_text(encoding="utf-8").split())
    limited = limit in ("AVX512_CORE", "AVX2")
    assert native == (bool(words & {"avx512_bf16", "amx_bf16"}) and not limited)
    assert computed or not native


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
def test_the_device_is_the_one_asked_for(
    monkeypatch: pytest.MonkeyPatch, wanted: str | None, gpus: int, expected: str
) -> None:
    pretend_gpus(monkeypatch, gpus)
    assert choose_device(wanted) == torch.device(expected)


@pytest.mark.parametrize("wanted", ["gpu", "", "0", "cuda", "cuda:7", "cuda:01", "CPU", "cpu:0"])
def test_an_unknown_device_is_one_sentence_on_what_is_accepted(
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
def test_a_gpu_beyond_the_count_is_told_the_count(
    monkeypatch: pytest.MonkeyPatch, gpus: int, here: str
) -> None:
    pretend_gpus(monkeypatch, gpus)
    with pytest.raises(FoolproofError, match=f"has a CPU and {here} found 'cuda:7'"):
        choose_device("cuda:7")


def test_mps_is_refused_by_name_with_a_reason() -> None:
    with pytest.raises(FoolproofError, match=r"mps is not supported, since .* neither float64"):
        choose_device("mps")


def test_prepare_device_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads = torch.get_num_threads()
    try:
        monkeypatch.setenv("FOOLPROOF_DEVICE", "cpu")
        assert prepare_device(1) == CPU
        monkeypatch.setenv("FOOLPROOF_DEVICE", "")
        with pytest.raises(FoolproofError, match="found ''"):
            prepare_device(1)
    finally:
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode("default")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_record_names_what_computes(
    monkeypatch: pytest.MonkeyPatch, precision: Literal["float32", "bfloat16"]
) -> None:
    pretend_cpu(monkeypatch, *AVX2)
    machine = describe_machine(CPU, precision)
    assert machine.python == platform.python_version()
    assert machine.torch == torch.__version__.partition("+")[0]
    assert (machine.device, machine.instruction_set) == ("cpu", "AVX2")
    assert machine.threads == torch.get_num_threads()
    assert all(str(value) in str(machine) for value in asdict(machine).values())
    assert "\n" not in str(machine)


def test_the_record_of_a_gpu_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_gpus(monkeypatch, 1, bfloat16=False)
    machine = describe_machine(GPU, "float32")
    assert (machine.model, machine.instruction_set) == ("A GPU", "compute capability 7.5")


def test_the_cpu_is_named_as_linux_does_or_else_as_the_platform(tmp_path: Path) -> None:
    listed = tmp_path / "cpuinfo"
    listed.write_text("vendor_id\t: X\nmodel name\t: A CPU @ 2 GHz\nmodel name\t: Other\n")
    assert cpu_model(listed) == "A CPU @ 2 GHz"
    fallback = platform.processor() or platform.machine()
    listed.write_text("vendor_id\t: X\nmodel name\t:\nflags\t: a b\n")
    assert cpu_model(listed) == fallback
    assert cpu_model(tmp_path / "none") == fallback


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_tensors_of_later_steps_need_no_new_pages() -> None:
    """Page faults are counted by the system; without the setting there are thousands."""
    code = """if True:
        import resource, sys, torch
        from foolproof.compute.device import keep_freed_memory
        if sys.argv[1:]:
            keep_freed_memory()
        for step in range(20):
            if step == 10:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            torch.ones(2**22).relu().exp()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    """
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
