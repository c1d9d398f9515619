"""A GPU that is pretended: it computes on the CPU, and raises where a real one would.

Its tensors say that they are on the device `meta`, which is a device like another to everything
that asks a tensor where it is, and keep their numbers on the CPU. They raise where tensors of two
devices meet, and where deterministic mode refuses an operation on a GPU. `FakeTensorMode`, which
knows no numbers, ends at the first decision that depends on one, as every attack takes some, and
PyTorch differentiates nothing on a fake GPU where no real one is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from tests.gpu.refused import refuses

DEVICE = torch.device("meta")

# Operations that take tensors of two devices: a copy, and indices on the CPU.
BETWEEN_DEVICES = {"_to_copy", "copy_"}
INDEXING = {"index", "index_put", "index_put_", "_unsafe_index"}


class MixedDevicesError(AssertionError):
    """Tensors on the CPU and on the GPU met in an operation."""


class RefusedError(AssertionError):
    """Deterministic mode refuses the operation on a GPU."""


class OnGpu(Tensor):
    """A tensor that says that it is on the GPU."""

    numbers: Tensor

    @staticmethod
    def __new__(cls: type["OnGpu"], numbers: Tensor) -> "OnGpu":
        """Wrap a tensor of the CPU."""
        made = Tensor._make_wrapper_subclass(
            cls,
            numbers.shape,
            strides=numbers.stride(),
            storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype,
            device=DEVICE,
        )
        made.numbers = numbers
        return made

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # PyTorch's stub has that it is disabled
        cls,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Compute on the CPU what is asked of the GPU."""
        return compute(func, args, dict(kwargs or {}))


class _Mode(TorchDispatchMode):
    """Makes new tensors on the pretended GPU where they are asked for."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else PyTorch's compiler is imported, which takes seconds

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return compute(func, args, dict(kwargs or {}))


class _FromNumbers(TorchFunctionMode):
    """Has tensors of Python's numbers made on the CPU and then moved, which `_Mode` can see."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        options = dict(kwargs or {})
        if func is Tensor.new_tensor:
            like, numbers = args
            return torch.tensor(numbers, dtype=options.get("dtype", like.dtype)).to(like.device)
        if func is Tensor.tolist:
            return func(inside(args[0]))
        if func not in (torch.tensor, torch.as_tensor):
            return func(*args, **options)
        device = options.pop("device", None)
        made: Tensor = func(*args, **options)
        return made if device is None else made.to(device)


def compute(func: torch._ops.OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Compute an operation on the CPU after a look at where its tensors are."""
    given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
    check_devices(func, args, given)
    on_gpu = any(isinstance(each, OnGpu) for each in given)
    if on_gpu and refuses(func, args):
        raise RefusedError(f"deterministic mode refuses {func} on a GPU")
    if kwargs.get("device") is not None:
        on_gpu = torch.device(kwargs["device"]) == DEVICE
        kwargs["device"] = torch.device("cpu")
    if (generator := kwargs.get("generator")) is not None and on_gpu:
        raise MixedDevicesError(f"{func}: {generator.device} generator for numbers on the GPU")
    result = func(*inside(args), **inside(kwargs))
    if func._schema.is_mutable:
        return args[0] if func._schema.returns else result
    return tree_map_only(Tensor, OnGpu, result) if on_gpu else result


def check_devices(
    func: torch._ops.OpOverload, args: tuple[Any, ...], given: Sequence[Tensor]
) -> None:
    """Raise where the operation's tensors are on two devices, as far as a GPU would."""
    name = func.overloadpacket.__name__
    if name in BETWEEN_DEVICES:
        return
    homes = {
        isinstance(each, OnGpu)
        for each in given
        if each.dim() > 0 or isinstance(each, OnGpu)  # a number of the CPU goes with everything
    }
    if len(homes) < 2:
        return
    if name in INDEXING and isinstance(args[0], OnGpu):
        values = [each for each in args[2:3] if isinstance(each, Tensor) and each.dim()]
        if all(isinstance(each, OnGpu) for each in values):
            return
    raise MixedDevicesError(f"{func}: tensors on the CPU and on the GPU")


def inside(values: Any) -> Any:
    """Give the numbers in place of the tensors that only say that they are on the GPU."""
    return tree_map_only(OnGpu, lambda each: each.numbers, values)


def _enter_without_gradients(mode: Any) -> None:
    """Enter `torch.no_grad` in place of inference mode, which knows no tensors in tensors."""
    mode._inference_mode_context = torch.no_grad()
    mode._inference_mode_context.__enter__()


class _NoThreads:
    """In place of a pool of threads, for what is pretended holds in one thread only."""

    def __init__(self, _: int) -> None:
        pass

    def __enter__(self) -> "_NoThreads":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    map = staticmethod(map)


@contextmanager
def pretended_gpu() -> Iterator[torch.device]:
    """Have a GPU; the context gives its device.

    Fused optimizers and autocast look at a device's name, and take the pretended one here as they
    take a real one; autocast then stays off.
    """
    autocast = torch.autocast
    overwrites = torch.__future__.get_overwrite_module_params_on_conversion()
    # A module that moves makes new parameters; put into the old ones, numbers would stay behind.
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    with (
        ExitStack() as kept,
        patch(
            "torch.optim.optimizer._get_fused_kernels_supported_devices", lambda: ["cpu", "meta"]
        ),
        patch("torch.autocast", lambda *_, **__: autocast("cpu", enabled=False)),
        patch("torch.inference_mode.__enter__", _enter_without_gradients),
        patch("foolproof.probes.features.ThreadPoolExecutor", _NoThreads),
        _FromNumbers(),
        _Mode(),
    ):
        kept.callback(torch.__future__.set_overwrite_module_params_on_conversion, overwrites)
        yield DEVICE
