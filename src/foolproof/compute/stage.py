"""Context of all stages: section of params.yaml and deterministic device."""

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
    """Section of params.yaml."""

    device: torch.device
    """Prepared: deterministic, with the threads of `compute.threads`."""


@contextmanager
def stage(section: type[SectionT], key: str | None = None) -> Iterator[Stage[SectionT]]:
    """Read a stage's section of params.yaml and prepare the device.

    Args:
        section: its class.
        key: of the section; by default the name of the class in snake case.

    Raises:
        FoolproofError: when the section is invalid, or FOOLPROOF_DEVICE is not a device of this
            machine.
    """
    yield Stage(load_settings(section, key), prepared_device())


def load_settings(section: type[SectionT], key: str | None) -> SectionT:
    """Read a section at its key, by default the name of its class in snake case."""
    return load_section(key or section_key(section), section)


def prepared_device() -> torch.device:
    """Prepare the device with the threads of params.yaml."""
    return prepare_device(load_section("compute", Compute).threads)


def section_key(section: type) -> str:
    """Return the key of a section, `attack_linf` for `AttackLinf`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", section.__name__).lower()
