"""Section of every stage that uses the pretrained network."""

from foolproof.core.params import Section


class Pretrained(Section):
    """Which of torchvision's networks."""

    network: str
