"""Hold the whole of params.yaml against its schema, before any other stage runs."""

from pathlib import Path

from foolproof.files import replacing
from foolproof.params.schema import load_params
from foolproof.stage import run_stage


def main() -> None:
    """Check; the file written says no more than that, so valid changes run nothing again."""
    load_params()
    with replacing(Path("data/params_checked.txt")) as temporary:
        temporary.write_text("params.yaml is valid\n", encoding="utf-8")


if __name__ == "__main__":
    run_stage(main)
