"""What `prepare_device` promises of float32."""

from collections.abc import Iterator

import pytest
import torch

from foolproof.compute.device import prepare_device


@pytest.fixture
def tensor_floats(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Switch TF32 on, and put back what is set for the whole process."""
    monkeypatch.setenv("FOOLPROOF_DEVICE", "cpu")
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    matmul.allow_tf32 = cudnn.allow_tf32 = True
    yield
    matmul.allow_tf32, cudnn.allow_tf32 = before
    torch.set_deterministic_debug_mode("default")


@pytest.mark.usefixtures("tensor_floats")
def test_float32_is_not_computed_in_tensor_float_32() -> None:
    prepare_device(torch.get_num_threads())
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    convolutions = torch.backends.cudnn.conv  # type: ignore[attr-defined]  # of a class
    assert convolutions.fp32_precision != "tf32"
