"""Validate the whole of params.yaml before any other stage runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dvc.utils.serialize import load_yaml

from foolproof.assets.catalogue import asset_named
from foolproof.assets.packaged import EFFICIENTNET_LITE
from foolproof.core.errors import FoolproofError
from foolproof.core.files import atomic_write
from foolproof.core.params import ParamsError, read_params
from foolproof.core.stage import run_stage
from foolproof.params.schema import Params, load_params
from foolproof.pretrained.families import last_activation

PARAMS = Path("params.yaml")


def main() -> None:
    """Validate; the file written is always the same, so a valid change makes no stage stale."""
    params = load_params(PARAMS)
    check_reading(PARAMS)
    check_networks(params)
    check_names(params)
    with atomic_write(Path("data/params_checked.txt")) as temporary:
        temporary.write_text("params.yaml is valid\n", encoding="utf-8")


def check_reading(path: Path) -> None:
    """Raise for a value that DVC reads differently: by YAML 1.2, where PyYAML reads YAML 1.1.

    DVC would run a stage again, or not, by another value than the stage's: 010 is 8 or 10.

    Raises:
        ParamsError: with the key and both values.
    """
    others = dict(leaves_of(load_yaml(path)))
    for key, value in leaves_of(read_params(path)):
        # 1e-3 is text to PyYAML; the schema makes a number of it.
        if value != others[key] and not (isinstance(value, str) and _number(value) == others[key]):
            raise ParamsError(
                f"{path}: {key}: written so that the stages read {value!r} and DVC "
                f"{others[key]!r}; write the value that you mean"
            )


def leaves_of(content: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """List the values of plain data with their dotted keys."""
    if isinstance(content, dict | list):
        pairs = content.items() if isinstance(content, dict) else enumerate(content)
        for name, value in pairs:
            yield from leaves_of(value, f"{key}.{name}" if key else str(name))
    else:
        yield key, content


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def check_networks(params: Params) -> None:
    """Raise for a network that is unknown, or that a stage does not support.

    Raises:
        ParamsError: with the key, and the networks or families that are supported.
    """
    inspected = {
        "pretrained.network": params.pretrained.network,
        "feature_visualization.network": params.feature_visualization.network,
    }
    for key, name in (
        inspected
        | {"feature_visualization.transfer_network": params.feature_visualization.transfer_network}
    ).items():
        with refused(key):
            if key in inspected:
                last_activation(name)
            # Listed in the package; looking others up takes seconds.
            if name not in EFFICIENTNET_LITE:
                asset_named(name)


def check_names(params: Params) -> None:
    """Raise for a layer or unit that a network lacks, where its weights are here.

    Raises:
        ParamsError: with the key, and names that the network has.
    """
    layers, units = params.show_feature_maps.layers, params.feature_visualization.units
    if not (layers or units):
        return
    # Imported lazily: torchvision takes seconds.
    from foolproof.explain.check_names import check_layers, check_units  # noqa: PLC0415

    if layers and (network := weights_of(params.pretrained.network)).exists():
        with refused("show_feature_maps.layers"):
            check_layers(network, layers)
    if units and (network := weights_of(params.feature_visualization.network)).exists():
        with refused("feature_visualization.units"):
            check_units(network, units)


def weights_of(network: str) -> Path:
    """Name the file that `download` writes."""
    return Path("data", f"{network}.npz")


@contextmanager
def refused(key: str) -> Iterator[None]:
    """Name a key of params.yaml in the errors of a block."""
    try:
        yield
    except FoolproofError as error:
        raise ParamsError(f"{PARAMS}: {key}: {error}") from None


if __name__ == "__main__":
    run_stage(main)
