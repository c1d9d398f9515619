"""Instruction sets, precision of a training, and the record of the machine."""

import logging
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import pytest
import torch

from foolproof.compute.machine import (
    cpu_model,
    describe_machine,
    instruction_set,
    training_precision,
)
from tests.compute.pretend import pretend_cpu, pretend_gpus

CPU, GPU = torch.device("cpu"), torch.device("cuda:0")


@pytest.fixture(autouse=True)
def _no_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clear cached decisions and limits of oneDNN."""
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    monkeypatch.delenv("DNNL_MAX_CPU_ISA", raising=False)
    training_precision.cache_clear()
    yield
    training_precision.cache_clear()


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
def test_auto_is_bfloat16_where_cpu_and_onednn_multiply_it(
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
def test_auto_on_a_gpu_is_bfloat16_only_without_emulation(
    monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    pretend_gpus(monkeypatch, 1, bfloat16=native)
    assert training_precision("auto", GPU) == ("bfloat16" if native else "float32")


def test_emulated_bfloat16_warns_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pretend_cpu(monkeypatch, *AVX2)
    assert [training_precision("bfloat16", CPU) for _ in range(3)] == ["bfloat16"] * 3
    [message] = caplog.messages
    assert "emulated on this machine (AVX2)" in message
    assert "5 to 23 times as long as float32" in message
    assert caplog.records[0].levelno == logging.WARNING


def test_native_bfloat16_does_not_warn(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pretend_cpu(monkeypatch, *BF16)
    assert training_precision("bfloat16", CPU) == "bfloat16"
    assert caplog.messages == []


@pytest.mark.parametrize("limit", ["DEFAULT", "AVX512_CORE_BF16", "AVX512_CORE", "AVX2"])
def test_auto_agrees_with_cpu_flags_and_onednn(limit: str) -> None:
    """The kernel lists the CPU's flags; oneDNN tells whether it computes bfloat16 at all."""
    code = (
        "import torch; from foolproof.compute.machine import *; cpu = torch.device('cpu');"
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


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_machine_record_has_versions_threads_and_instruction_set(
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


def test_machine_record_of_a_gpu_has_its_name_and_capability(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pretend_gpus(monkeypatch, 1, bfloat16=False)
    machine = describe_machine(GPU, "float32")
    assert (machine.model, machine.instruction_set) == ("A GPU", "compute capability 7.5")


def test_cpu_model_is_read_from_cpuinfo_or_else_from_platform(tmp_path: Path) -> None:
    listed = tmp_path / "cpuinfo"
    listed.write_text("vendor_id\t: X\nmodel name\t: A CPU @ 2 GHz\nmodel name\t: Other\n")
    assert cpu_model(listed) == "A CPU @ 2 GHz"
    fallback = platform.processor() or platform.machine()
    listed.write_text("vendor_id\t: X\nmodel name\t:\nflags\t: a b\n")
    assert cpu_model(listed) == fallback
    assert cpu_model(tmp_path / "none") == fallback
