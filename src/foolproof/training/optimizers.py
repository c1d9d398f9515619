"""The optimizers of a training and their learning rates."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from foolproof.training.config import TrainConfig
from foolproof.training.muon import Muon


def make_optimizers(network: nn.Module, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """Make the optimizers of a network's parameters that are trained.

    SGD with Nesterov momentum and Adam (Kingma and Ba, arXiv 1412.6980) take all. Muon takes the
    filters of the convolutions, and SGD the rest.
    """
    parameters = [each for each in network.parameters() if each.requires_grad]
    if config.optimizer == "adam":
        return [
            torch.optim.Adam(
                parameters,
                lr=config.learning_rate,
                betas=(config.momentum, 0.999),
                weight_decay=config.weight_decay,
                fused=True,
            )
        ]
    if config.optimizer == "sgd":
        return [
            torch.optim.SGD(
                parameters,
                lr=config.learning_rate,
                momentum=config.momentum,
                weight_decay=config.weight_decay,
                nesterov=config.momentum > 0,
                fused=True,
            )
        ]
    return _muon_and_sgd(parameters, config)


def _muon_and_sgd(
    parameters: list[nn.Parameter], config: TrainConfig
) -> list[torch.optim.Optimizer]:
    """Divide the parameters: filters, matrices, the first layer's bias, other biases and scales."""
    sgd = config.sgd
    assert sgd is not None, "the schema asks for it where the optimizer is muon"
    vectors = [each for each in parameters if each.dim() == 1]
    groups: list[dict[str, Any]] = [
        {"params": vectors[:1], "epochs": sgd.first_bias_epochs},
        {"params": vectors[1:]},
        {"params": [each for each in parameters if each.dim() == 2], "lr": sgd.head_learning_rate},
    ]
    return [
        Muon(
            [each for each in parameters if each.dim() == 4],
            lr=config.learning_rate,
            momentum=config.momentum,
        ),
        torch.optim.SGD(
            [group for group in groups if group["params"]],
            lr=sgd.learning_rate,
            momentum=sgd.momentum,
            nesterov=sgd.momentum > 0,
            fused=True,
        ),
    ]


def make_schedule(
    optimizer: torch.optim.Optimizer, warmup: float, *, batches: int, epochs: int
) -> LambdaLR:
    """Make the schedule of the learning rates: up over the warm-up, then down to zero.

    A group of parameters with the key `epochs` reaches zero after so many, and stays there.

    Args:
        optimizer: whose learning rates are the maxima.
        warmup: fraction of all steps, in [0, 1).
        batches: steps of an epoch.
        epochs: of the training.
    """
    return LambdaLR(
        optimizer,
        [
            warmup_then_decay(warmup, steps=batches * min(epochs, group.get("epochs", epochs)))
            for group in optimizer.param_groups
        ],
    )


def warmup_then_decay(warmup: float, *, steps: int) -> Callable[[int], float]:
    """Make the factor on the learning rate by step: up to 1 over `warmup`, then down to 0.

    Not torch's LinearLR in a SequentialLR: that multiplies the rate of the step before, and so
    gives other last bits, and its warm-up is a whole number of steps.

    Args:
        warmup: fraction of all steps, in [0, 1).
        steps: number of all steps.
    """

    def factor(step: int) -> float:
        progress = min(1.0, (step + 1) / (steps + 1))
        return min(progress / warmup if warmup else 1.0, (1 - progress) / (1 - warmup))

    return factor
