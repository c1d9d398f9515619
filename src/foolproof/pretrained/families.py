"""Supported families of convolutional classifiers, by the prefixes of their names.

Imported without torch, since params are checked against it before anything is loaded.
"""

from collections.abc import Mapping

from foolproof.core.errors import FoolproofError

# Non-linearity of the last hidden layer; None for ConvNeXt, where a layer norm comes last.
TORCHVISION: Mapping[str, str | None] = {
    "alexnet": "ReLU",
    "convnext": None,
    "densenet": "ReLU",
    "efficientnet": "SiLU",
    "googlenet": "ReLU",
    "inception": "ReLU",
    "mnasnet": "ReLU",
    "mobilenet_v2": "ReLU6",
    "mobilenet_v3": "Hardswish",
    "regnet": "ReLU",
    "resnet": "ReLU",
    "resnext": "ReLU",
    "shufflenet": "ReLU",
    "squeezenet": "ReLU",
    "vgg": "ReLU",
    "wide_resnet": "ReLU",
}
TIMM: Mapping[str, str | None] = {
    "mobilenetv2": "ReLU6",
    "mobilenetv3": "Hardswish",
    "regnetz": "SiLU",
    "semnasnet": "ReLU",
    "tf_efficientnet": "SiLU",
    "tf_efficientnet_lite": "ReLU6",
}
ACTIVATIONS: Mapping[str, str | None] = {**TORCHVISION, **TIMM}


def last_activation(architecture: str) -> str | None:
    """Name the non-linearity of the last hidden layer; None where a layer norm comes last.

    Raises:
        FoolproofError: when the family of the architecture is not supported, naming those that are.
    """
    families = [family for family in ACTIVATIONS if architecture.startswith(family)]
    if not families:
        raise FoolproofError(
            f"{architecture} is of no supported family; feature maps, units and hidden features "
            "need a convolutional network, whose name begins with one of: "
            f"{', '.join(sorted(ACTIVATIONS))}"
        )
    return ACTIVATIONS[max(families, key=len)]
