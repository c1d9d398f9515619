"""params.yaml: the repository's own is valid, and each bad value is one sentence with its key."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from foolproof.core.errors import FoolproofError
from foolproof.core.params import ParamsError, load_section
from foolproof.params.attack_nontargeted import AttackNontargeted
from foolproof.params.data import Compute, Data
from foolproof.params.occlude import Occlude
from foolproof.params.schema import load_params
from foolproof.params.training import TrainMnist
from tests.repository import ROOT

VALID: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "params.yaml"


def write_with(path: Path, key: str, value: str | None) -> None:
    """Write the repository's params with another value, in YAML, at a key; None removes it."""
    content = deepcopy(VALID)
    *parents, last = key.split(".")
    section = content
    for parent in parents:
        section = section[parent]
    if value is None:
        del section[last]
    else:
        section[last] = yaml.safe_load(value)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def sentence_of(error: pytest.ExceptionInfo[ParamsError], path: Path) -> str:
    """Return what follows the file's name, which must stand first."""
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_the_params_of_the_repository_are_valid() -> None:
    params = load_params(ROOT / "params.yaml")
    assert params.model_dump() == VALID


def test_a_section_is_what_the_whole_has_at_its_key() -> None:
    path = ROOT / "params.yaml"
    params = load_params(path)
    assert load_section("train.mnist", TrainMnist, path) == params.train.mnist
    assert load_section("data", Data, path) == params.data
    assert load_section("compute", Compute, path) == params.compute


BAD_VALUES = [
    ("train.mnist.epochs", "-1", "input should be greater than 0, found -1"),
    ("train.mnist.epochs", "2.5", "input should be a valid integer, found 2.5"),
    ("train.mnist.epochs", "'3'", "input should be a valid integer, found '3'"),
    ("train.mnist.epochs", "true", "input should be a valid integer, found True"),
    ("train.deep.min_steps", "-1", "input should be greater than or equal to 0, found -1"),
    ("train.mnist.min_steps", "2.5", "input should be a valid integer, found 2.5"),
    ("train.mnist.batch_size", "0", "input should be greater than 0, found 0"),
    ("train.mnist.learning_rate", ".nan", "input should be a finite number, found nan"),
    ("train.mnist.learning_rate", ".inf", "input should be a finite number, found inf"),
    ("train.mnist.learning_rate", "0", "input should be greater than 0, found 0"),
    (
        "train.mnist.learning_rate",
        "fast",
        "input should be a valid number, unable to parse string as a number, found 'fast'",
    ),
    ("train.mnist.warmup", "1", "input should be less than 1, found 1"),
    ("train.mnist.momentum", "-0.1", "input should be greater than or equal to 0, found -0.1"),
    ("train.mnist.weight_decay", "-.inf", "input should be a finite number, found -inf"),
    (
        "train.mnist.validation_fraction",
        "0",
        "input should be greater than or equal to 0.02, found 0",
    ),
    (
        "train.mnist.precision",
        "float16",
        "input should be 'auto', 'float32' or 'bfloat16', found 'float16'",
    ),
    (
        "train.deep.optimizer",
        "sgd",
        "input should be 'muon', found 'sgd'",
    ),
    (
        "train.cifar10.optimizer",
        "muon",
        "input should be 'sgd' or 'adam', found 'muon'",
    ),
    (
        "train.cifar10.augmentation.mirror",
        "true",
        "input should be 'none', 'random' or 'alternating', found True",
    ),
    (
        "train.deep.augmentation.shift",
        "-1",
        "input should be greater than or equal to 0, found -1",
    ),
    ("train.deep.sgd.learning_rate", "0", "input should be greater than 0, found 0"),
    ("train.deep.sgd.head_learning_rate", "-1", "input should be greater than 0, found -1"),
    ("train.deep.sgd.momentum", "1", "input should be less than 1, found 1"),
    (
        "train.deep.sgd.first_bias_epochs",
        "-1",
        "input should be greater than or equal to 0, found -1",
    ),
    ("train.deep.sgd.first_bias_epochs", "1.5", "input should be a valid integer, found 1.5"),
    ("compute.threads", "0", "input should be greater than 0, found 0"),
    ("time_batchnorm.pairs", "1", "input should be greater than or equal to 2, found 1"),
    (
        "attack_nontargeted.noise.mean",
        "256",
        "input should be less than or equal to 255, found 256",
    ),
    ("attack_noise.confidence", "1", "input should be less than 1, found 1"),
    ("data.sources", "mirror", "input should be a valid list, found 'mirror'"),
]


@pytest.mark.parametrize(("key", "value", "sentence"), BAD_VALUES)
def test_a_bad_value_is_named_with_its_key(path: Path, key: str, value: str, sentence: str) -> None:
    write_with(path, key, value)
    with pytest.raises(ParamsError) as error:
        load_params(path)
    assert sentence_of(error, path) == f"{key}: {sentence}"


@pytest.mark.parametrize(
    ("key", "value", "place", "sentence"),
    [
        (
            "attack_nontargeted.classes",
            "[1, 10]",
            "attack_nontargeted.classes.1",
            "input should be less than or equal to 9, found 10",
        ),
        (
            "attack_nontargeted.classes",
            "[-1]",
            "attack_nontargeted.classes.0",
            "input should be greater than or equal to 0, found -1",
        ),
        (
            "data.sources",
            "[mirror, cloud]",
            "data.sources.1",
            "input should be 'mirror', 'official' or 'embedded', found 'cloud'",
        ),
        (
            "train.mnist.seeds",
            "[0, 1.5]",
            "train.mnist.seeds.1",
            "input should be a valid integer, found 1.5",
        ),
        (
            "occlude.fills",
            "{grey: 128, white: 300}",
            "occlude.fills.white",
            "input should be less than or equal to 255, found 300",
        ),
    ],
)
def test_a_bad_value_in_a_list_is_named_with_its_place(
    path: Path, key: str, value: str, place: str, sentence: str
) -> None:
    write_with(path, key, value)
    with pytest.raises(ParamsError) as error:
        load_params(path)
    assert sentence_of(error, path) == f"{place}: {sentence}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data.sources", "[mirror, mirror]"),
        ("attack_nontargeted.classes", "[1, 2, 1]"),
        ("train.mnist.seeds", "[0, 0]"),
        ("train.cifar10.seeds", "[1, 2, 1]"),
        ("train.deep.seeds", "[0, 0]"),
        ("occlude.sizes", "[4, 4]"),
    ],
)
def test_a_repeated_value_is_refused(path: Path, key: str, value: str) -> None:
    write_with(path, key, value)
    with pytest.raises(ParamsError) as error:
        load_params(path)
    sentence = sentence_of(error, path)
    assert sentence.startswith(f"{key}: ")
    assert sentence.endswith(f"a value is there twice, found {yaml.safe_load(value)}")


@pytest.mark.parametrize(
    "key",
    [
        "data.sources",
        "attack_nontargeted.classes",
        "train.mnist.seeds",
        "train.cifar10.seeds",
        "occlude.sizes",
    ],
)
def test_an_empty_list_is_refused(path: Path, key: str) -> None:
    write_with(path, key, "[]")
    with pytest.raises(ParamsError) as error:
        load_params(path)
    assert re.fullmatch(
        re.escape(key) + r": list should have at least 1 item .*, found \[\]",
        sentence_of(error, path),
    )


@pytest.mark.parametrize(
    "key",
    [
        "nonsense",
        "data.source",
        "train.mnist.epoch",
        "train.mnist.sgd",
        "train.cifar10.seed",
        "train.cifar10.sgd",
        "train.deep.sgd.epochs",
        "train.cifar100",
    ],
)
def test_an_unknown_key_is_refused(path: Path, key: str) -> None:
    write_with(path, key, "1")
    with pytest.raises(ParamsError) as error:
        load_params(path)
    assert sentence_of(error, path) == f"{key}: unknown key"


@pytest.mark.parametrize(
    "key", ["data", "train.mnist", "train.mnist.epochs", "train.deep.sgd", "occlude.sizes"]
)
def test_a_missing_key_is_named(path: Path, key: str) -> None:
    write_with(path, key, None)
    with pytest.raises(ParamsError) as error:
        load_params(path)
    assert sentence_of(error, path) == f"{key}: this key is missing"


def test_a_misspelt_key_gets_the_one_that_is_missing_beside_it(path: Path) -> None:
    write_with(path, "adder", "{seed: 0, bit: 8, long_bits: 9, long_count: 9, points: 4}")
    with pytest.raises(ParamsError) as error:
        load_params(path)
    sentences = sentence_of(error, path).split("; ")
    assert sentences[0] == "adder.bits: this key is missing"
    assert "adder.bit: unknown key; did you mean bits?" in sentence_of(error, path)
    assert "adder.points: unknown key" in sentences  # nothing like it is missing


def test_every_fault_is_named_at_once(path: Path) -> None:
    write_with(path, "train.mnist", "{epochs: 0, rate: 1}")
    with pytest.raises(ParamsError) as error:
        load_params(path)
    sentences = sentence_of(error, path).split("; ")
    assert "train.mnist.epochs: input should be greater than 0, found 0" in sentences
    assert "train.mnist.rate: unknown key" in sentences
    assert "train.mnist.batch_size: this key is missing" in sentences


def test_a_section_of_a_stage_has_the_same_sentences_with_the_whole_key(path: Path) -> None:
    write_with(path, "train.mnist.epochs", "0")
    with pytest.raises(ParamsError) as error:
        load_section("train.mnist", TrainMnist, path)
    assert sentence_of(error, path) == (
        "train.mnist.epochs: input should be greater than 0, found 0"
    )
    with pytest.raises(ParamsError) as error:
        load_section("train.fashion", TrainMnist, path)
    assert sentence_of(error, path) == "train.fashion: this key is missing"
    write_with(path, "attack_nontargeted.noise", "{mean: 128}")
    with pytest.raises(ParamsError) as error:
        load_section("attack_nontargeted", AttackNontargeted, path)
    assert sentence_of(error, path) == "attack_nontargeted.noise.std: this key is missing"


def test_a_fault_elsewhere_does_not_stop_a_stage_that_does_not_read_it(path: Path) -> None:
    write_with(path, "train.mnist.epochs", "0")
    assert load_section("occlude", Occlude, path).model_dump() == VALID["occlude"]


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(ParamsError) as error:
        load_params(path)
    assert sentence_of(error, path) == "no such file"


@pytest.mark.parametrize("text", ["data: [mirror", "a: 1\n\tb: 2", "data: {sources: [a}"])
def test_broken_yaml_is_said_in_one_line_with_its_place(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError) as error:
        load_params(path)
    sentence = sentence_of(error, path)
    assert sentence.startswith("not valid YAML: ")
    assert re.search(r"line \d+, column \d+", sentence)


def test_a_number_may_be_in_a_notation_that_yaml_takes_for_text(path: Path) -> None:
    """YAML 1.1 reads 1e-3 as a string, since it has no point."""
    write_with(path, "train.mnist.learning_rate", "1e-3")
    assert load_params(path).train.mnist.learning_rate == 0.001


def test_sections_cannot_be_changed() -> None:
    params = load_params(ROOT / "params.yaml")
    with pytest.raises(ValueError, match="frozen"):
        params.compute.threads = 1


def test_a_bad_parameter_is_an_error_that_the_user_can_put_right() -> None:
    assert issubclass(ParamsError, FoolproofError)


@pytest.mark.parametrize("text", ["", "- 1\n", "just words\n"])
def test_a_file_without_keys_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(ParamsError, match=r"params\.yaml: expected keys with values, found"):
        load_params(path)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ParamsError, match=r"params\.yaml: not a readable text file"):
        load_params(path)
    with pytest.raises(ParamsError, match="not a readable text file"):
        load_params(tmp_path)
