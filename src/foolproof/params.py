"""The typed schema of params.yaml: an unknown key or a bad value is one clear sentence."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from foolproof.errors import FoolproofError

Source = Literal["mirror", "official", "embedded"]
Seed = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(gt=0)]
Precision = Literal["float32", "bfloat16"]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]


class Section(BaseModel):
    """A section of params.yaml: immutable, and no key beside those named here."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ParamsError(FoolproofError):
    """params.yaml is not what the schema asks for; the message names the key."""


def _distinct(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError("must not repeat a value")
    return values


class Data(Section):
    """Where data and weights may come from, tried in this order."""

    sources: Annotated[list[Source], Field(min_length=1), AfterValidator(_distinct)]


class Compute(Section):
    """What decides the last bit of a result, beside code and data."""

    threads: Count


class Training(Section):
    """How a classifier is trained, and what is recorded on the way."""

    seeds: Annotated[list[Seed], Field(min_length=1), AfterValidator(_distinct)]
    epochs: Count
    batch_size: Count
    learning_rate: Positive
    warmup: Fraction
    momentum: Fraction
    weight_decay: NonNegative
    label_smoothing: Fraction
    precision: Precision
    validation_fraction: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
    evaluations_per_epoch: Count


class Train(Section):
    """One training section a data set."""

    mnist: Training


class Params(Section):
    """The whole of params.yaml."""

    data: Data
    compute: Compute
    train: Train


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check params.yaml.

    Raises:
        ParamsError: naming the file, the key, what was expected and what was found.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(f"{path}: no such file") from None
    except yaml.YAMLError as error:
        raise ParamsError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        raise ParamsError(f"{path}: " + "; ".join(_sentences(error))) from None


def _sentences(error: ValidationError) -> list[str]:
    return [_sentence(".".join(map(str, e["loc"])), e["type"], e["msg"], e["input"])
            for e in error.errors()]


def _sentence(key: str, kind: str, message: str, found: object) -> str:
    if kind == "extra_forbidden":
        return f"{key}: unknown key"
    if kind == "missing":
        return f"{key}: this key is missing"
    return f"{key}: {message[0].lower()}{message[1:]}, found {found!r}"
