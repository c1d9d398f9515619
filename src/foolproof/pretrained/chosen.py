"""What the stages share that look at photographs with the network that params.yaml chooses."""

from pathlib import Path

import torch

from foolproof.compute.device import prepare_device
from foolproof.core.params import load_section
from foolproof.params.data import Compute
from foolproof.params.pretrained import Pretrained as Choice
from foolproof.photos.photo import Photo, load_photos
from foolproof.pretrained.load import Pretrained, load_pretrained


def load_chosen_network() -> tuple[str, Pretrained, torch.device]:
    """Prepare the device, and load the network that `pretrained.network` names.

    Returns:
        The name, under which the download stage saved it, the network and its device.

    Raises:
        FoolproofError: when the section or the network's file is missing or wrong.
    """
    name = load_section("pretrained", Choice).network
    device = prepare_device(load_section("compute", Compute).threads)
    return name, load_pretrained(Path("data", f"{name}.npz"), device), device


def load_network_and_photos() -> tuple[str, Pretrained, torch.device, list[Photo]]:
    """Do as `load_chosen_network`, and load the downloaded photos, at least one.

    Raises:
        FoolproofError: also when the file of the photos is missing, damaged or empty.
    """
    return *load_chosen_network(), load_photos(Path("data/photos.npz"))
