"""The context of stages that use the pretrained network of params.yaml, and the photos."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from foolproof.compute.stage import load_settings, prepared_device
from foolproof.core.params import SectionT, load_section
from foolproof.params.pretrained import Pretrained as Choice
from foolproof.photos.photo import Photo, load_photos
from foolproof.pretrained.load import Pretrained, load_pretrained
from foolproof.trained.stage import NetworkStage


@dataclass(frozen=True, eq=False, kw_only=True)
class PhotoStage(NetworkStage[SectionT]):
    """A stage with a pretrained network."""

    name: str
    """Of the network: its file is data/<name>.npz."""

    pretrained: Pretrained
    """The network, watched."""

    @cached_property
    def photos(self) -> list[Photo]:
        """The downloaded photos, at least one.

        Raises:
            FoolproofError: when their file is missing, damaged or empty.
        """
        return load_photos(Path("data/photos.npz"))


@contextmanager
def photo_stage(section: type[SectionT], key: str | None = None) -> Iterator[PhotoStage[SectionT]]:
    """Extend `network_stage` by the network that `pretrained.network` names.

    Raises:
        FoolproofError: also when the network's file is missing or wrong.
    """
    settings = load_settings(section, key)
    name = load_section("pretrained", Choice).network
    device = prepared_device()
    pretrained = load_pretrained(Path("data", f"{name}.npz"), device)
    with ExitStack() as checks:
        made = PhotoStage(settings, device, checks, name=name, pretrained=pretrained)
        made.watch(pretrained.network)
        yield made
