"""Stages that visualize or attack trained networks, whose weights must not change."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from torch import nn

from foolproof.compute.stage import Stage, load_settings, prepared_device
from foolproof.core.params import SectionT
from foolproof.data.datasets import Dataset, load_dataset
from foolproof.networks.weights import load_network, unchanged_weights
from foolproof.trained.folding import fold_batch_norm

ModuleT = TypeVar("ModuleT", bound=nn.Module)


@dataclass(frozen=True, eq=False)
class NetworkStage(Stage[SectionT]):
    """A stage that uses trained networks."""

    _checks: ExitStack
    _digests: list[str] = field(default_factory=list)

    def watch(self, network: ModuleT) -> ModuleT:
        """Return a network whose weights are compared at the end of the stage."""
        self._digests.append(self._checks.enter_context(unchanged_weights(network)))
        return network

    def load(self, name: str, networks: Mapping[str, Callable[[], nn.Sequential]]) -> nn.Sequential:
        """Load models/<name>.safetensors: eval mode, frozen, watched.

        Args:
            name: such as `mnist/best`.
            networks: constructors by name; the metadata of the file names one.
        """
        return self.watch(
            load_network(Path(f"models/{name}.safetensors"), networks, self.device)[1]
        )

    def folded(self, network: nn.Module) -> nn.Module:
        """Copy a network with its batch norm folded, for attacks to differentiate; watched."""
        return self.watch(fold_batch_norm(network))

    def dataset(self, name: str) -> Dataset:
        """Load data/<name>.npz on the device of the stage."""
        return load_dataset(Path(f"data/{name}.npz"), self.device)

    @property
    def weights_sha256(self) -> str:
        """The digest of the first network that was loaded."""
        return self._digests[0]


@contextmanager
def network_stage(
    section: type[SectionT], key: str | None = None
) -> Iterator[NetworkStage[SectionT]]:
    """Extend `stage`: compare at the end the weights of all watched networks.

    Raises:
        FoolproofError: as in `stage`.
        RuntimeError: when the block changed a weight.
    """
    settings = load_settings(section, key)
    with ExitStack() as checks:
        yield NetworkStage(settings, prepared_device(), checks)
