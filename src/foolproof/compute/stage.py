"""What every stage begins with: its section of params.yaml, and a device made repeatable."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic

import torch

from foolproof.compute.device import prepare_device
from foolproof.core.params import SectionT, load_section
from foolproof.params.data import Compute


@dataclass(frozen=True, eq=False)
class Stage(Generic[SectionT]):
    """A stage that computes."""

    settings: SectionT
    """Its section of params.yaml."""

    device: torch.device
    """Prepared: deterministic, with the threads of `compute.threads`."""


@contextmanager
def stage(section: type[SectionT], key: str | None = None) -> Iterator[Stage[SectionT]]:
    """Read a stage's section of params.yaml and prepare the device.

    Args:
        section: its class.
        key: where it stands; by default the name of the class in snake case.

    Raises:
        FoolproofError: when the section is not what the schema asks for, or FOOLPROOF_DEVICE names
            no device of this machine.
    """
    yield Stage(load_section(key or section_key(section), section), prepared_device())


def prepared_device() -> torch.device:
    """Prepare the device with the threads of params.yaml."""
    return prepare_device(load_section("compute", Compute).threads)


def section_key(section: type) -> str:
    """Name the key of a section, `attack_linf` for `AttackLinf`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", section.__name__).lower()
