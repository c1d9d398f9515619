"""Section of every stage that uses the pretrained network."""

from foolproof.core.params import Section


class Pretrained(Section):
    """Which classifier of torchvision or timm."""

    network: str
