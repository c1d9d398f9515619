"""Random valid params through the stages on tiny data: each ends right, or the schema refuses it.

`pytest tests/params/test_random_params.py --hypothesis-profile=thorough` draws ten sets for each
chain of stages, 300 in all; without it, two.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from foolproof.core.params import ParamsError, validate
from foolproof.params.schema import Params
from stages import check_params
from tests.stages.small_data import NETWORK, run_stage_of, small_workspace

MNIST = "explain_mnist models/mnist/best.safetensors"
PHOTOS = f"explain_photos data/{NETWORK}.npz"
ROBUST = ("attack_linf", "evaluate_linf", "attack_eot", "robustness")
TRAININGS = (
    *("train_mnist nobn", "train_mnist bn", "compare_batchnorm mnist", "select_network"),
    *("train_cis680 first", "train_cis680 second", "draw_curves cis680"),
    *("train_cifar10 nobn", "train_cifar10 bn", "train_deep", "compare_batchnorm cifar10"),
    *("compare_deep", "draw_curves cifar10", "train_robust"),
)

# Stages that read a section, and those that read what they write.
CHAINS: dict[str, tuple[str, ...]] = {
    "adder": ("adder",),
    "attack_eot": ROBUST,
    "attack_linf": ROBUST,
    "attack_minimal": ("attack_minimal", "evaluate_minimal"),
    "attack_noise": ("attack_noise",),
    "attack_nontargeted": ("attack_nontargeted",),
    "attack_one_sided": ("attack_one_sided", "evaluate_one_sided"),
    "attack_targeted": ("attack_targeted",),
    "classify_photos": ("classify_photos",),
    "compare_robust_network": ("train_robust", "compare_robust_network"),
    "compare_robustness": ("compare_robustness", "draw_robustness_comparison"),
    "evaluate_robustness": tuple(
        f"{stage} {group}"
        for group in ("mnist", "cifar10")
        for stage in ("evaluate_robustness", "draw_robust_accuracy")
    ),
    "explain": ("occlude", MNIST, "occlude_photos", PHOTOS),
    "feature_visualization": ("feature_visualization", "evaluate_feature_visualization"),
    "logistic_regression": ("extract_pet_features", "logistic_regression"),
    "occlude": ("occlude", MNIST),
    "occlude_photos": ("occlude_photos", PHOTOS),
    "receptive_fields": ("receptive_fields",),
    "robustness": ROBUST,
    "shallow_as_deep": ("shallow_as_deep",),
    "show_feature_maps": ("show_feature_maps",),
    "show_predictions": ("show_predictions",),
    "surfaces": ("surfaces",),
    "time_batchnorm": ("time_batchnorm",),
    "train": TRAININGS,
    "visualize": ("visualize",),
    "xor": ("xor",),
}

# Without a stage that could fail: names of sources, of a network and of threads.
OTHERS = {"compute", "data", "pretrained"}

SCHEMA = Params.model_json_schema()
NUMBERS = (1e-6, 0.004, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1, 1.5, 2, 3, 8, 30, 100, 1000)
COUNTS = (0, 1, 2, 3, 4, 5, 7, 12, 20)
LARGE = (20, 80, 300, 5000)
SEEDS = (0, 1, 2**31, 2**32 - 1)

# Keys for which large values take no longer.
SIZES = {"images", "jitter", "layers", "maps", "neighbours", "pairs", "ranks", "shown", "side"}
SIZES |= {"sizes", "stride", "tile", "top"}

# Right names and wrong ones.
WORDS = {
    "photo": ("cat.jpg", "peppers.png", "none.png"),
    "photos": ("cat.jpg", "odd.jpg", "none.png"),
    "target": ("rocket", "coffee", "no class"),
    "layers": ("features.4.squeeze_activation", "features.1", "nothing", "classifier.1"),
    "units": ("features.4.squeeze:0", "features.0:3", "rocket", "nothing:2", "features.0:99"),
}


def test_every_section_is_drawn() -> None:
    assert CHAINS.keys() | OTHERS == Params.model_fields.keys()


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference within the schema."""
    while "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def allowed(schema: dict[str, Any], values: tuple[float, ...]) -> st.SearchStrategy[float]:
    """Take the values within the limits of a number."""
    low, high = schema.get("minimum", -1e99), schema.get("maximum", 1e99)
    above, below = schema.get("exclusiveMinimum", -1e99), schema.get("exclusiveMaximum", 1e99)
    return st.sampled_from([v for v in values if low <= v <= high and above < v < below])


def values_of(  # noqa: PLR0911 (a case each)
    schema: dict[str, Any], key: str, now: Any
) -> st.SearchStrategy[Any]:
    """Make a strategy for the value of a key, whose value is `now`; small, for quick stages."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return st.one_of([values_of(each, key, now) for each in schema["anyOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    match schema["type"]:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer" if schema.get("exclusiveMaximum") == 2**32:
            return st.sampled_from(SEEDS)
        case "integer" if key in SIZES:
            return allowed(schema, COUNTS + LARGE)
        case "integer":
            return allowed(schema, COUNTS)
        case "number":
            return allowed(schema, NUMBERS)
        case "string":
            return st.sampled_from(WORDS.get(key, (now,)))
        case "array":
            items = values_of(schema["items"], key, now[0] if now else None)
            least = schema.get("minItems", 0)
            return st.lists(items, min_size=least, max_size=3, unique_by=repr)
    if "properties" not in schema:
        return st.just(now)
    return st.fixed_dictionaries(
        {
            name: values_of(each, name, (now or {}).get(name))
            for name, each in schema["properties"].items()
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with all that the stages read, in which they run."""
    folder = tmp_path_factory.mktemp("random")
    with small_workspace(folder):
        yield folder


@pytest.mark.parametrize("section", CHAINS)
@settings(
    max_examples=settings().max_examples if settings().max_examples < 100 else 2,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a chain of stages is too slow to shrink
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_valid_params_give_results(section: str, folder: Path, data: st.DataObject) -> None:
    path = folder / "params.yaml"
    params = yaml.safe_load((folder / "params.yaml").read_text())
    drawn = data.draw(values_of(SCHEMA["properties"][section], section, params[section]))
    if section == "occlude":
        drawn["measured"]["stride"] = 1  # the small images' bars may lie between wider positions
    changed = params | {section: drawn}
    if not accepted(changed, path):
        return
    kept = path.read_text()
    path.write_text(yaml.safe_dump(changed))
    try:
        for command in CHAINS[section]:
            run_stage_of(command)
    finally:
        path.write_text(kept)


def accepted(params: dict[str, Any], path: Path) -> bool:
    """Say whether `check_params` lets a run begin; what it refuses, no stage sees."""
    try:
        check_params.check_names(validate(Params, params, path=path))
    except ParamsError:
        return False
    return True
