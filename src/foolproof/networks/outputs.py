"""The outputs of layers during one forward pass."""

from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial

from torch import Tensor, nn


def layer_outputs(network: nn.Module, layers: Iterable[str], inputs: Tensor) -> dict[str, Tensor]:
    """Run a network and collect the outputs of layers.

    Forward hooks see every layer by its own name. Torchvision's `create_feature_extractor` names
    nodes of a traced graph, which differ where a layer runs twice or lies inside a traced leaf.

    Args:
        network: stays in its mode; gradients pass as they do without this function.
        layers: names as in `named_modules`; the empty name is the network itself.
        inputs: (N, ...).

    Returns:
        Outputs by name, in the order in which the layers run; of a layer that runs repeatedly, the
        last one. A layer that does not run is missing.

    Raises:
        AttributeError: when a name is no layer.
    """
    outputs: dict[str, Tensor] = {}

    def keep(name: str, _: nn.Module, __: object, output: Tensor) -> None:
        outputs.pop(name, None)
        outputs[name] = output

    with ExitStack() as hooks:
        for name in dict.fromkeys(layers):
            layer = network.get_submodule(name)
            hooks.callback(layer.register_forward_hook(partial(keep, name)).remove)
        network(inputs)
    return outputs


def channels_first(output: Tensor) -> Tensor:
    """Bring the channels of square maps (N, ...) before height and width.

    ConvNeXt has fully connected layers over maps, with the channels at the end. Outputs without
    height and width are returned as they are.
    """
    if output.dim() != 4 or output.shape[2] == output.shape[3]:
        return output
    return output.permute(0, 3, 1, 2)
