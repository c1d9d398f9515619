"""Reading and validating params.yaml."""

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from foolproof.core.errors import FoolproofError


class Section(BaseModel):
    """A section of params.yaml: immutable, extra keys are forbidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ParamsError(FoolproofError):
    """params.yaml violates the schema; the message names the key."""


SectionT = TypeVar("SectionT", bound=Section)

Place = tuple[int | str, ...]
"""Of a value in the file: keys, and indices of lists."""


def _distinct(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError("a value is there twice")
    return values


def _no_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a number is expected")
    return value


Number = Annotated[float, BeforeValidator(_no_boolean), Field(allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**32, strict=True)]  # as NumPy and scikit-learn take them
Count = Annotated[int, Field(gt=0, strict=True)]
Positive = Annotated[Number, Field(gt=0)]
NonNegative = Annotated[Number, Field(ge=0)]
Fraction = Annotated[Number, Field(ge=0, lt=1)]
Probability = Annotated[Number, Field(gt=0, lt=1)]
GreyLevel = Annotated[Number, Field(ge=0, le=255)]
Digit = Annotated[int, Field(ge=0, le=9, strict=True)]
Distinct = AfterValidator(_distinct)
NotEmpty = Field(min_length=1)


def read_params(path: Path) -> Any:
    """Read params.yaml as plain data.

    Raises:
        ParamsError: when it is missing or not YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ParamsError(f"{path}: not a readable text file: {error}") from None
    except yaml.YAMLError as error:
        raise ParamsError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None


def validate(model: type[SectionT], content: Any, *, path: Path, key: str = "") -> SectionT:
    """Validate plain data against a section.

    Args:
        model: the section.
        content: plain data from the file.
        path: of the file, for the message.
        key: of `content` in the file, for the message.

    Raises:
        ParamsError: naming the file, the key, the expected and the found value.
    """
    if not isinstance(content, dict):
        where = f"{path}: {key}" if key else f"{path}"
        raise ParamsError(f"{where}: expected keys with values, found {content!r}")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        errors = error.errors()
        missing = {found["loc"] for found in errors if found["type"] == "missing"}
        sentences = []
        for found in errors:
            name = ".".join([*filter(None, [key]), *map(str, found["loc"])])
            if found["type"] == "extra_forbidden":
                sentences.append(f"{name}: unknown key{_guess(found['loc'], missing)}")
                continue
            sentences.append(f"{name}: {_expectation(found['type'], found['msg'], found['input'])}")
        raise ParamsError(f"{path}: {'; '.join(sentences)}") from None


def load_section(key: str, model: type[SectionT], path: Path = Path("params.yaml")) -> SectionT:
    """Read the section of params.yaml at a dotted key.

    Raises:
        ParamsError: when it is missing or violates the schema.
    """
    content = read_params(path)
    for part in key.split("."):
        if not isinstance(content, dict) or part not in content:
            raise ParamsError(f"{path}: {key}: this key is missing")
        content = content[part]
    return validate(model, content, path=path, key=key)


def _guess(place: Place, missing: Collection[Place]) -> str:
    """Ask for the most similar of the keys that are missing beside an unknown one."""
    beside = [str(other[-1]) for other in missing if other[:-1] == place[:-1]]
    similar = get_close_matches(str(place[-1]), beside, n=1)
    return f"; did you mean {similar[0]}?" if similar else ""


def _expectation(kind: str, message: str, found: object) -> str:
    if kind == "missing":
        return "this key is missing"
    return f"{message[0].lower()}{message[1:]}, found {found!r}"
