"""The operations that PyTorch's deterministic mode refuses on a GPU."""

import re
from collections.abc import Mapping

import torch

# What PyTorch's documentation lists, by the first name in each line, as operations of ATen. A
# backward pass is an operation of its own there. Of the entries for other devices nothing is kept.
REFUSED: Mapping[str, tuple[str, ...]] = {
    "torch.nn.AvgPool3d": ("avg_pool3d_backward",),
    "torch.nn.AdaptiveAvgPool2d": ("_adaptive_avg_pool2d_backward",),
    "torch.nn.AdaptiveAvgPool3d": ("_adaptive_avg_pool3d_backward",),
    "torch.nn.AdaptiveMaxPool2d": ("adaptive_max_pool2d_backward",),
    "torch.nn.FractionalMaxPool2d": ("fractional_max_pool2d_backward",),
    "torch.nn.FractionalMaxPool3d": ("fractional_max_pool3d_backward",),
    "torch.nn.MaxUnpool1d": ("max_unpool2d",),
    "torch.nn.MaxUnpool2d": ("max_unpool2d",),
    "torch.nn.MaxUnpool3d": ("max_unpool3d",),
    "torch.nn.functional.interpolate": (
        "upsample_linear1d_backward",
        "upsample_bilinear2d_backward",
        "_upsample_bilinear2d_aa_backward",
        "upsample_bicubic2d_backward",
        "_upsample_bicubic2d_aa_backward",
        "upsample_trilinear3d_backward",
    ),
    "torch.nn.ReflectionPad1d": ("reflection_pad1d_backward",),
    "torch.nn.ReflectionPad2d": ("reflection_pad2d_backward",),
    "torch.nn.ReflectionPad3d": ("reflection_pad3d_backward",),
    # Classes of whole images go another way, which is deterministic.
    "torch.nn.NLLLoss": ("nll_loss2d_forward", "nll_loss2d_backward"),
    "torch.nn.CTCLoss": ("_ctc_loss_backward",),
    "torch.nn.EmbeddingBag": ("_embedding_bag_dense_backward",),
    "torch.Tensor.put_": ("put", "put_"),
    "torch.histc": ("histc",),
    # Without weights it counts whole numbers, whose order does not matter: see `refuses`.
    "torch.bincount": ("bincount",),
    # The overload that gives indices, and not the value alone: see `refuses`.
    "torch.median": ("median", "nanmedian"),
    "torch.nn.functional.grid_sample": ("grid_sampler_2d_backward", "grid_sampler_3d_backward"),
    "torch.Tensor.scatter_reduce": ("scatter_reduce", "scatter_reduce_"),
    # On Apple's GPUs, or for quantized numbers, only.
    "torch.Tensor.index_put": (),
    "torch.Tensor.index_reduce": (),
    "torch.kthvalue": (),
    "torch.nn.Embedding": (),
    "torch.nn.MaxPool2d": (),
    "torch.Tensor.resize_": (),
}

NAMES = {name for names in REFUSED.values() for name in names}


def documented() -> set[str]:
    """Read out of PyTorch's own documentation what deterministic mode refuses."""
    text = torch.use_deterministic_algorithms.__doc__ or ""
    _, _, refused = text.partition("will throw a\n    :class:`RuntimeError` when ``mode=True``:")
    listed, _, _ = refused.partition("In addition, several operations")
    return set(re.findall(r"^ {8}\* :\w+:`([\w.]+)`", listed, re.MULTILINE))


def refuses(operation: torch._ops.OpOverload, arguments: tuple[object, ...]) -> bool:
    """Say whether deterministic mode refuses an operation with these arguments on a GPU."""
    name = operation.overloadpacket.__name__
    if name == "bincount":
        return len(arguments) > 1 and arguments[1] is not None
    if name in ("median", "nanmedian"):
        return operation._overloadname != "default"
    return name in NAMES
