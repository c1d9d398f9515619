"""Hold the whole of params.yaml against its schema, before any other stage runs."""

from pathlib import Path

from foolproof.assets.catalogue import asset_named
from foolproof.assets.lite import LITE
from foolproof.errors import FoolproofError
from foolproof.files import replacing
from foolproof.models.families import last_activation
from foolproof.params.base import ParamsError
from foolproof.params.schema import Params, load_params
from foolproof.stage import run_stage


def main() -> None:
    """Check; the file written says no more than that, so valid changes run nothing again."""
    check_networks(load_params())
    with replacing(Path("data/params_checked.txt")) as temporary:
        temporary.write_text("params.yaml is valid\n", encoding="utf-8")


def check_networks(params: Params) -> None:
    """Refuse networks that do not exist, or that a stage could not work with.

    Raises:
        ParamsError: naming the key, and the networks or families that work.
    """
    looked_into = {
        "pretrained.network": params.pretrained.network,
        "neurons.network": params.neurons.network,
    }
    for key, name in (looked_into | {"neurons.judge": params.neurons.judge}).items():
        try:
            if key in looked_into:
                last_activation(name)
            # Those are known to exist, and looking others up takes seconds.
            if name not in LITE:
                asset_named(name)
        except FoolproofError as error:
            raise ParamsError(f"params.yaml: {key}: {error}") from None


if __name__ == "__main__":
    run_stage(main)
